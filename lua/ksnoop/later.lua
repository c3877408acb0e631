--- A module that is read when it is first asked for something: of all there are, a command needs
--- few, and reading the others would take longer than what it does.
---
---     local agg = later "ksnoop.agg"
---
--- What it has can be called and asked for by name; pairs() sees nothing of it.
--- @param name string
--- @return table
return function(name)
  return setmetatable({}, { __index = function(self, key)
    local v = require(name)[key]
    if type(v) == "function" then -- a value may change
      rawset(self, key, v)
    end
    return v
  end })
end
