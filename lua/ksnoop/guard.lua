--- Calls a script's functions before the trace does, with the time and memory that they may have.
local errors = require "ksnoop.error"
local limits = require "ksnoop.limits"

local guard = {}
local depth = 0 -- calls in calls

--- What a script raised, as it is or, when it had too much time or memory, with where it was.
local function reason(e)
  local code, text, hint, place = limits.reason(e)
  if not code then
    return e
  end
  return errors.new(nil, { message = table.concat({ text, unpack(errors.stack(2, place)) }, "\n"),
    hint = hint, code = code })
end

--- Calls f. handle(e), or nil: makes of another error what is returned.
--- @return whether f did not raise, what it returned or raised
function guard.call(f, handle)
  limits.watch "the script"
  depth = depth + 1
  local ok, e = xpcall(f, function(e)
    local why = reason(e)
    if why == e and handle then
      return handle(e)
    end
    return why
  end)
  if e == limits.NO_MEMORY then -- no handler was called
    limits.spare()
    e = reason(e)
  end
  depth = depth - 1
  if depth > 0 then
    limits.watch "the script"
  else
    limits.rest()
  end
  if limits.is_late() then -- the script has caught it
    return false, reason(e)
  end
  return ok, e
end

return guard
