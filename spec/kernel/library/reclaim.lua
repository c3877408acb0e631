local guest = require "spec.kernel.guest"
local folder = "/tmp/cgroups"

return {
  before = function()
    guest.sh(([[mkdir %s; mount -t cgroup2 none %s; cd %s && echo +memory >cgroup.subtree_control && mkdir small &&
      echo 8M >small/memory.max]]):format(folder, folder, folder))
  end,
  -- What goes through the page cache needs the room of what is there. The kernel counts for itself how often the limit
  -- was met.
  workload = function()
    return ([[cd %s; echo $$ >small/cgroup.procs; dd if=/dev/%s of=/dev/null bs=1M count=32 2>/dev/null
      echo $$ >cgroup.procs; cat small/memory.events >&2]]):format(folder, guest.disk())
  end,
  check = function(out, err)
    local sum = 0
    for _, l in ipairs(guest.lines(out, "^ +(%d+) .* /small +%S+ +(%S+)$")) do
      assert.are.equal("try_to_free_mem_cgroup_pages", l[2])
      sum = sum + l[1]
    end
    assert.are.equal(tonumber(err:match "\nmax (%d+)"), sum, out)
    assert.is_true(sum >= 20, out)
  end,
  after = function() guest.sh(("rmdir %s/small; umount %s; rmdir %s"):format(folder, folder, folder)) end,
}
