--- The option `within`: the calls that hits must lie in, the outermost first.
local core = require "ksnoop.core"
local ending = require "ksnoop.ending"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"

local C = core.C
local within = {}

local words = {
  options = { "where", "capture" },
  hint = "where of the probe itself may be a function",
}

-- "a > b" as a list of places.
local function split(at, text)
  local list = {}
  for part in (text .. ">"):gmatch "([^>]*)>" do
    local place = part:match "^%s*(.-)%s*$"
    if place == "" then
      errors.raise(at, {
        message = ("a place is missing in within = %q"):format(text),
        hint = [[write it as "outer > inner"]],
      })
    end
    list[#list + 1] = place
  end
  return list
end

-- What the script says as a list of ENDs. What has options is one END; what has none, a list.
local function levels(at, t)
  if type(t) == "string" then
    return split(at, schema.text(at, "within", t))
  elseif type(t) ~= "table" then
    errors.raise(at, {
      message = ("within is a string or a list, not a %s"):format(type(t)),
      hint = [[within = "outer > inner", or { { "outer", where = "..." }, "inner" }]],
    })
  end
  for key in pairs(t) do
    if type(key) == "string" then
      return { t }
    end
  end
  local list = schema.list(at, "within", t)
  if #list == 0 then
    errors.raise(at, { message = "within names no call",
      hint = "leave it out: hits count anywhere" })
  end
  return list
end

--- Adds what the script says to a probe that has no texts yet.
--- @param trace, probe the core's
function within.add(trace, probe, t, at)
  for _, level in ipairs(levels(at, t)) do
    local e = ending.parse(at, "a call in 'within'", "call in 'within'", level, words)
    local places, count = ending.given(e)
    local handle = C.ks_within(probe, places, count, core.error)
    if handle == nil then
      errors.raise_core(at, core.error, count == 1 and e.places[1] or nil)
    end
    ending.fill(at, trace, handle, e)
  end
  if C.ks_within_ready(probe, core.error) < 0 then
    errors.raise_core(at, core.error)
  end
end

return within
