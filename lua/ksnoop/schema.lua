--- The tables that scripts write: unknown keys and holes are errors, with the nearest name.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local schema = {}

--- Checks that t has only the named entries of `known` (a list).
function schema.keys(at, what, t, known)
  for key in pairs(t) do
    if type(key) == "string" then
      local found = false
      for _, name in ipairs(known) do
        found = found or name == key
      end
      if not found then
        errors.raise(at, {
          message = ("%s has no option '%s'"):format(what, key),
          hint = core.nearest(key, known) or "options are " .. table.concat(known, ", "),
        })
      end
    elseif type(key) ~= "number" then
      errors.raise(at, { message = ("%s has an entry named by a %s"):format(what, type(key)) })
    end
  end
end

--- The array entries of t: false is skipped, a hole is an error.
function schema.list(at, what, t)
  local list, last = {}, 0
  for key in pairs(t) do
    if type(key) == "number" and key > last then
      last = key
    end
  end
  for i = 1, last do
    if t[i] == nil then
      errors.raise(at, {
        message = ("entry %d of %s is nil"):format(i, what),
        hint = "a name that was never set? false is skipped, nil is not",
      })
    elseif t[i] ~= false then
      list[#list + 1] = t[i]
    end
  end
  return list
end

--- A text on its way to C, where a NUL byte would cut it short unseen.
function schema.text(at, what, s)
  if s:find("%z") then
    errors.raise(at, { message = what .. " has a NUL byte in it" })
  end
  return s
end

return schema
