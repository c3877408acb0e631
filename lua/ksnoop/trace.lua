--- The command `trace`, of bcc's ksnoop: functions, or functions with values, whose calls and
--- returns are shown in its layout.
local csv = require "ksnoop.csv"
local errors = require "ksnoop.error"
local layout = require "ksnoop.trace_layout"
local output = require "ksnoop.output"
local place = require "ksnoop.trace_place"
local request = require "ksnoop.request"
local sink = require "ksnoop.sink"
local stack = require "ksnoop.trace_stack"
local values = require "ksnoop.trace_values"

local command = {}

-- All its values are there.
local function finish(trace, p)
  place.narrow(trace, p)
  local as = trace.options.format
  if as ~= "text" then
    local write
    write, p.hidden = sink.print():bind(trace.handle, p.handle, as, true,
      as == "csv" and csv.of(trace))
    p.sinks[1] = { f = write }
  else
    function p.receiver(_, variant)
      local text = layout.writer(trace, variant, p.shown)
      return function(record)
        output.write(text(record))
        return true
      end
    end
  end
  p.defined = true
end

-- One FUNC. Its entry and its return are events of their own, unless a comparison is to decide on
-- values of both.
local function add(trace, r)
  local sides = place.sides(trace, r)
  if sides.asks and #sides.entry > 0 and #sides.back > 0 then
    local p = place.new(trace, r, "call", "", "v")
    for _, v in ipairs(r.values) do
      values.add(r, p, v, not v.is_return)
    end
    for _, v in ipairs(r.values) do
      if v.op then
        values.ask(r, p, v, not v.is_return)
      end
    end
    finish(trace, p)
    return
  end
  if #sides.entry > 0 or not r.values then
    local p = place.new(trace, r, "probe", "", "v")
    place.fill(r, p, r.values and sides.entry or place.arguments(trace, r, p))
    finish(trace, p)
  end
  if #sides.back > 0 then
    local p = place.new(trace, r, "probe", "return:", "v")
    place.fill(r, p, sides.back)
    finish(trace, p)
  end
end

--- Defines the probes that the words of the command line ask for.
--- @param trace table see loop.lua
--- @param words table FUNC, ...
function command.define(trace, words)
  if #words == 0 then
    errors.raise(nil, { message = "what to trace?",
      hint = "the name of a function, such as ksnoop trace vfs_read" })
  end
  local requests = {}
  for i, word in ipairs(words) do
    requests[i] = request.read(word)
  end
  trace:open()
  if trace.options.stack and #requests > 1 then
    stack.define(trace, requests)
  else
    for _, r in ipairs(requests) do
      add(trace, r)
    end
  end
  if trace.options.debug then
    place.explain(trace)
  end
  if trace.options.format == "text" then
    trace.began = function()
      output.write(layout.titles)
      output.flush()
    end
    trace.lost_text = function(_, n)
      return ("Error: \t/* lost %d events */\n"):format(n)
    end
  end
end

return command
