--- Events in the layout of bcc's ksnoop.
local core = require "ksnoop.core"
local values = require "ksnoop.trace_values"

local C = core.C
local layout = {}

--- The line above all events.
layout.titles = ("%16s %4s %8s %s\n"):format("TIME", "CPU", "PID", "FUNCTION/ARGS")

local ENDING = ("\n%31s);\n\n"):format("")
local SECOND = 1000000000ULL
local clock = { checked = 0ULL, suspended = 0ULL }

-- bcc's clock does not count the time in which the machine was suspended, ours does.
local function monotonic(time)
  if time > clock.checked + SECOND then
    clock.checked, clock.suspended = C.ks_now(), C.ks_suspended()
  end
  return time - clock.suspended
end

--- The text of an event.
--- @param time cdata of the boot clock, as uint64_t
--- @param showers table values.showers'
function layout.text(time, cpu, pid, func, showers, record)
  local texts = {}
  for i, show in ipairs(showers) do
    texts[i] = show(record)
  end
  return ("%16s %4d %8d %s(\n%s%s"):format(tostring(monotonic(time)):match "%d+", cpu, pid, func,
    table.concat(texts, ",\n"), ENDING)
end

--- A function that makes the text of a record of a variant.
--- @param shown table the values, as values.add left them
function layout.writer(trace, variant, shown)
  local showers = values.showers(trace.handle, variant, shown)
  return function(record)
    return layout.text(record.time, record.cpu, record.pid,
      core.string(C.ks_point_func(trace.handle, record.point)), showers, record)
  end
end

return layout
