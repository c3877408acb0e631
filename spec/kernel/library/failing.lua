local guest = require "spec.kernel.guest"

return {
  like = "6.1",
  words = [['funcs=shmem_*dir,shmem_unlink' 'filter=comm ~ "*dir"']],
  workload = "mkdir -p /tmp/not-empty/one; rmdir /tmp/not-empty 2>/dev/null; mkdir /tmp/empty; rmdir /tmp/empty",
  check = function(out)
    local found = guest.lines(out, "^%S+ +%d+ (%S+) +(shmem_%S+)%(.*dentry=0x%x+.*%) = (%-%u+)$")
    assert.are.same({ { "rmdir", "shmem_rmdir", "-ENOTEMPTY" } }, found, out)
  end,
}
