--- Which programs delete how many files, and which did they delete last?
local ks = require "ksnoop"

local count, last = {}, {}

ks.probe "vfs_unlink" {
  capture = { "comm", "name=str(dentry->d_name.name)" },
  function(e)
    count[e.comm] = (count[e.comm] or 0) + 1
    last[e.comm] = e.name
  end,
}

ks.at_end(function()
  local names = {}
  for comm in pairs(count) do
    names[#names + 1] = comm
  end
  table.sort(names, function(a, b) return count[a] > count[b] end)
  for _, comm in ipairs(names) do
    print(("%-16s %6d  %s"):format(comm, count[comm], last[comm] or "?"))
  end
end)
