local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "sync"']],
  workload = "cd /tmp; echo text >file; sync file; sync -d file; sync -f /; sync",
  check = function(out)
    local found = {}
    for _, l in ipairs(guest.lines(out, "^%S+ +%d+ sync +(%S+) +[%d.]+%a+ ?(.*)$")) do
      found[#found + 1] = (table.concat(l, " "):gsub(" +", " "))
    end
    assert.are.same({ "fsync 0 /tmp/file", "fdatasync 0 /tmp/file", "syncfs 0 /", "ksys_sync " }, found, out)
  end,
}
