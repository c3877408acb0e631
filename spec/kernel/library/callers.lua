local guest = require "spec.kernel.guest"

return {
  words = [[func=shmem_rmdir 'filter=comm == "rmdir"']],
  workload = "cd /tmp; mkdir a b c; rmdir a b; rmdir c",
  check = function(out)
    local count, first, second = out:match "^Calls of shmem_rmdir\n[^\n]*\n +(%d+) +(%S+)\n +(%S+)%+%S+\n"
    assert.are.same({ "3", "shmem_rmdir" }, { count, first }, out)
    assert.matches("rmdir", second)
    assert.are.equal(1, #guest.lines(out, "^ +(%d+) +shmem_rmdir"))
  end,
}
