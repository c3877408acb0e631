--- Which calls of a function did others lead to? Of path=a,b,c those of c in b in a.
local ks = require "ksnoop"

return ks.recipe {
  params = {
    path = ks.param.list { { "ksys_read", "vfs_read" }, "functions, the outermost first" },
    filter = ks.param.where { false, "an expression of the last one's that must hold" },
  },
  build = function(p)
    local outer, last = {}, p.path[#p.path]
    if not last then
      error("path names no function", 0)
    end
    for i = 1, #p.path - 1 do
      outer[i] = p.path[i]
    end
    return ks.call(last) {
      within = #outer > 0 and outer or nil,
      where = p.filter,
      p.out or ks.print(),
    }
  end,
}

-- ksnoop led_to.lua path=ksys_read,vfs_read,rw_verify_area
