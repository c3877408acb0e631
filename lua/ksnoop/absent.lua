--- What stands for what could not be made, while `ksnoop check` collects what is wrong: a script
--- goes on with it as with a probe, a span or an aggregation.
local mt = {}
local absent = setmetatable({}, mt)

-- Any method, which gives the same again.
local function method()
  return absent
end

function mt.__index()
  return method
end

-- As what ks.probe returns it takes a table; as an iterator it has nothing.
function mt.__call(_, t)
  return t ~= nil and absent or nil
end

return absent
