--- The loop over events, run over made-up records: what LuaJIT makes of it, what it allocates, and
--- what it takes beside a loop over a plain FFI struct. Prints one line of a Lua table.
---
---     luajit spec/bench/events.lua BTF WHAT [COUNT]
local ffi = require "ffi"

local ks = require "spec.support.ks"
local btf, what, count = arg[1], arg[2], tonumber(arg[3] or 1000000)

ffi.cdef [[
void *memchr(const void *s, int c, size_t n);
struct plain { uint8_t header[32]; uint32_t f; uint64_t h; int16_t c; };
]]

-- Records that differ from one another, in the place of the ring's. Their first byte is always the
-- same, so that memchr finds it where it is: a call of C for each, as ks_next is.
local N, ROOM = 4096, 256
local records, at, last = ffi.new("uint8_t[?]", N * ROOM), 0, 0
local core = ks.require "ksnoop.core"
local record_t = ffi.typeof "const struct ks_record *"

local function next_record()
  if at == last then
    return nil
  end
  at = at + 1
  return ffi.cast(record_t, ffi.C.memchr(records + (at % N) * ROOM, 7, 1))
end

core.C = setmetatable({ ks_next = next_record, ks_lost = function() return 0 end },
  { __index = core.C })
local C = core.C
local loop = ks.require "ksnoop.loop"
local output = ks.require "ksnoop.output"
local sink = ks.require "ksnoop.sink"

local function probe(trace, t)
  t.capture = t.capture or { "f", "h", "c", "text=odd->text" }
  return trace:add(t.place or "everything", nil):define({ capture = t.capture, where = t.where,
    unpack(t) }, nil)
end

-- The records of several probes, by turns of unequal lengths.
local function fill(trace)
  local random, fields = 1, {}
  local variant = C.ks_variant(trace.probes[1].handle, 0)
  for i = 0, C.ks_field_count(variant) - 1 do
    local f = C.ks_field(variant, i)
    fields[ffi.string(f.name)] = f.offset
  end
  local function below(n)
    random = (random * 16807) % 2147483647
    return random % n
  end
  for i = 0, N - 1 do
    local bytes = records + i * ROOM
    local r = ffi.cast("struct ks_record *", bytes)
    r.time, r.pid, r.tid = 7, below(9), below(9)
    r.point = below(#trace.probes)
    ffi.cast("uint32_t *", bytes + fields.f)[0] = below(100)
    ffi.cast("uint64_t *", bytes + fields.h)[0] = below(1000)
    ffi.cast("int16_t *", bytes + fields.c)[0] = below(100) - 50
    if fields.comm then
      ffi.copy(bytes + fields.comm, "sshd")
    end
    if fields.text then
      ffi.copy(bytes + fields.text, ("text %d"):format(below(3)))
    end
  end
  return fields
end

local function run(trace, n)
  last = at + n
  trace:drain(math.huge, math.huge)
end

-- The program text of a test: functions that the loop has not seen compiled before.
local function predicate()
  return assert(loadstring "return function(e) return e.f > 50 and e.h < 900 and e.c ~= 3 end")()
end

-- How often LuaJIT gave up on a loop or had no way to compile it, and how many traces it made.
local function watch()
  local seen = { stops = 0, aborts = 0, why = {} }
  local vmdef = require "jit.vmdef"
  require("jit").attach(function(event, _, func, pc, code, reason)
    if event == "stop" then
      seen.stops = seen.stops + 1
    elseif event == "abort" then
      seen.aborts = seen.aborts + 1
      local info = require("jit.util").funcinfo(func, pc)
      seen.why[#seen.why + 1] = ("%s: %s"):format(info.loc or "?",
        (vmdef.traceerr[code] or "?"):format(reason))
    end
  end, "trace")
  return seen
end

local cases = {}

function cases.one(trace)
  local c = { n = 0 }
  probe(trace, { where = predicate(), function() c.n = c.n + 1 end })
  return c
end

-- Two predicates, two sinks, values as keys, a string.
function cases.several(trace)
  local c = { n = 0, by = {} }
  for i = 1, 3 do
    probe(trace, {
      where = { predicate(), function(e) return e.text ~= "text 1" end },
      function(e) c.by[e.pid] = (c.by[e.pid] or 0) + i end,
      function(e) c.n = c.n + (e.h - e.h + 1) end,
    })
  end
  return c
end

-- What the others must not do: make a function for each event, which LuaJIT has no code for,
function cases.closure(trace)
  local c = { n = 0 }
  probe(trace, { where = predicate(), function(e)
    local f = function() return e.f end
    c.n = c.n + f()
  end })
  return c
end

-- and keep an event.
function cases.kept(trace)
  local c = { n = 0, last = false }
  probe(trace, { where = predicate(), function(e)
    c.n, c.last = c.n + 1, e
  end })
  return c
end

-- Members of a struct, elements of an array, of which views are made on the way.
function cases.values(trace)
  local c = { n = 0 }
  probe(trace, {
    capture = { "f", "h", "c", "bits=*bits", "numbers=odd->numbers" },
    where = function(e) return e.bits.low < 9 and e.numbers[2] == 0 and e.f > 50 end,
    function(e) c.n = c.n + e.numbers[3] + 1 end,
  })
  return c
end

-- Prints to where nothing is kept.
function cases.print(trace)
  core.C.ks_write = function() return 0 end
  probe(trace, { sink.print "{pid} {f} {c}" })
  return { n = 0 }
end

-- As the default printer shows a function of two numbers that returned.
cases["print-return"] = function(trace)
  core.C.ks_write = function() return 0 end
  probe(trace, { place = "return:everything", capture = { "comm", "f", "c", "h", "retval" },
    sink.print "{time} {pid|7} {comm|-15} {func}(f={f}, c={c}) = {retval}" })
  return { n = 0 }
end

-- The same predicate over records as plain structs, and nothing else.
local function plain_loop(test)
  return function(n)
    local hits = 0
    for i = 1, n do
      local r = ffi.cast("const struct plain *", ffi.C.memchr(records + (i % N) * ROOM, 7, 1))
      if test(r) then
        hits = hits + 1
      end
    end
    return hits
  end
end

local function events_loop(trace, test)
  local lease, view = ks.require "ksnoop.lease", ks.require "ksnoop.view"
  local p = trace.probes[1]
  local ticket = view.new(trace.handle, C.ks_variant(p.handle, 0), 0, "everything").ticket
  local clock, place, bytes_t = lease.clock, lease.place, ffi.typeof "const uint8_t *"
  return function(n)
    local hits = 0
    for i = 1, n do
      place[0] = ffi.cast(bytes_t, ffi.C.memchr(records + (i % N) * ROOM, 7, 1))
      if test(ffi.cast(ticket, clock[0])) then
        hits = hits + 1
      end
      clock[0] = clock[0] + 1
    end
    return hits
  end
end

-- The least of several turns, in seconds of this process.
local function least(loops, n)
  local best, hits = {}, {}
  for _ = 1, 9 do
    for i, f in ipairs(loops) do
      local start = os.clock()
      hits[i] = f(n)
      best[i] = math.min(best[i] or math.huge, os.clock() - start)
    end
  end
  return best, hits
end

local trace = loop.new { format = "text", btf = btf, quiet = true, self = true }
local result
if what == "ratio" then
  cases.one(trace)
  local fields = fill(trace)
  for name in pairs { f = 1, h = 1, c = 1 } do
    assert(fields[name] == ffi.offsetof("struct plain", name), name)
  end
  local best, hits = least({ plain_loop(predicate()), events_loop(trace, predicate()) }, count)
  assert(hits[1] == hits[2] and hits[1] > 0)
  result = { hits = hits[1], plain = best[1], events = best[2], ratio = best[2] / best[1] }
else
  local c = cases[what](trace)
  fill(trace)
  run(trace, 20) -- the first event of each probe makes what reads it
  local seen = watch()
  run(trace, 100000)
  collectgarbage()
  collectgarbage "stop"
  local before, stops, aborts = collectgarbage "count", seen.stops, seen.aborts
  run(trace, count)
  result = { n = c.n, kib = collectgarbage "count" - before, stops = stops, aborts = aborts,
    late = seen.stops + seen.aborts - stops - aborts, rejected = trace.probes[1].rejected,
    delivered = trace.delivered, why = table.concat(seen.why, "; ") }
  output.flush()
end

local words = {}
for name, v in pairs(result) do
  words[#words + 1] = type(v) == "number" and ("%s = %.17g"):format(name, v)
    or ("%s = %q"):format(name, v)
end
io.stderr:write("return { ", table.concat(words, ", "), " }\n")
