--- ksnoop explain: can a function be traced here, how, and if not why, and what instead.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local output = require "ksnoop.output"

local C = core.C

local explain = {}

-- A place is as good as its function: "return:vfs_read" asks about vfs_read.
local function name_of(place)
  return place:match "^%l+:(.*)$" or place
end

--- Explains each name, a block of lines or a line of JSON.
--- @param trace table with its BTF open
--- @param names table
--- @return number 0, or 3 when one of them can't be traced
function explain.run(trace, names)
  local json, code = trace.options.format == "json", 0
  for i, name in ipairs(names) do
    local text = core.text(function(buf, n)
      return C.ks_explain(trace.handle, name_of(name), json, buf, n, core.error)
    end)
    if not text then
      errors.raise_core(nil, core.error)
    end
    if core.error.kind ~= C.KS_OK then
      code = 3
    end
    output.write((i > 1 and not json) and "\n" .. text or text)
  end
  return code
end

return explain
