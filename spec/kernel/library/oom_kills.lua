local guest = require "spec.kernel.guest"
local folder = "/tmp/cgroups"

return {
  before = function()
    guest.sh(([[mkdir %s; mount -t cgroup2 none %s; cd %s && echo +memory >cgroup.subtree_control && mkdir small &&
      echo 8M >small/memory.max]]):format(folder, folder, folder))
  end,
  workload = ([[
    (echo 0 >%s/small/cgroup.procs; exec build/guest/library eats 64) & echo $! >&2; wait; true]]):format(folder),
  check = function(out, err)
    local eater = err:match "^(%d+)\n"
    local found = guest.lines(out, "^%S+ +(%d+) (%S+) +(%d+) (%S+) +%d+ +(%S+) (%S+)$")
    assert.are.same({ { eater, "library", eater, "library", "8.0M", "small" } }, found, out)
  end,
  after = function() guest.sh(("rmdir %s/small; umount %s; rmdir %s"):format(folder, folder, folder)) end,
}
