--- The way of one event through a probe's functions and sinks, as one function without loops: a
--- loop inside the loop over events is what LuaJIT does not compile.
local ffi = require "ffi"
local access = require "ksnoop.access"
local lease = require "ksnoop.lease"
local output = require "ksnoop.output"

local deliver = {}

local function plain(sinks)
  local lines, lends = {}, false
  for i, sink in ipairs(sinks) do
    lines[i] = ("sinks[%d].f(record)"):format(i)
    lends = lends or sink.lends
  end
  if lends then
    lines[#lines + 1] = "clock[0] = clock[0] + 1" -- as below
  end
  lines[#lines + 1] = "return true"
  return lines
end

local function with_event(wheres, sinks)
  local lines = { "place[0] = cast(bytes, record)", "local e = cast(ticket, clock[0])" }
  local function add(line, ...)
    lines[#lines + 1] = line:format(...)
  end
  -- What a function prints comes behind what was printed before.
  local settle = "if waiting() then flush() end"
  if #wheres > 0 then
    add(settle)
  end
  for i in ipairs(wheres) do
    add("if not wheres[%d](e) then clock[0] = clock[0] + 1 return false end", i)
  end
  for i, sink in ipairs(sinks) do
    if sink.takes_event then
      add(settle)
    end
    add("sinks[%d].f(%s)", i, sink.takes_event and "e" or "record")
  end
  add "clock[0] = clock[0] + 1" -- as lease.tick() does
  add "return true"
  return lines
end

--- Makes the function for one variant of a probe: takes a record through the Lua predicates and the
--- sinks. It returns whether it was delivered.
--- @param event table what view.new made
--- @param wheres table functions
--- @param sinks table { f =, takes_event =, lends = } in order
function deliver.new(event, wheres, sinks)
  local needs_event = #wheres > 0
  for _, sink in ipairs(sinks) do
    needs_event = needs_event or sink.takes_event
  end
  local lines = needs_event and with_event(wheres, sinks) or plain(sinks)
  return access.compile("record", table.concat(lines, "\n"), {
    ticket = event.ticket,
    clock = lease.clock,
    place = lease.place,
    bytes = ffi.typeof "const uint8_t *",
    waiting = output.waiting,
    flush = output.flush,
    wheres = wheres,
    sinks = sinks,
  })
end

return deliver
