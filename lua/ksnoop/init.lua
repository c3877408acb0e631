--- The module that scripts require: names, and nothing else.
local ffi = require "ffi"
local later = require "ksnoop.later"
local absent = require "ksnoop.absent"
local agg = later "ksnoop.agg"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local limits = require "ksnoop.limits"
local loop = require "ksnoop.loop"
local options = require "ksnoop.options"
local param = require "ksnoop.param"
local recipe = later "ksnoop.recipe"
local schema = require "ksnoop.schema"
local sink = require "ksnoop.sink"
local terminal = require "ksnoop.terminal"
local test = later "ksnoop.test"
local unit = require "ksnoop.unit"
local view = require "ksnoop.view"
local words = require "ksnoop.words"

local ks = { version = "0.1.0" }

-- The trace that the script defines. The ksnoop program sets its options first (host below).
local trace = loop.new { format = "text" }
local hosted = false

local function seconds(at, what, t)
  local s = unit.duration(t)
  if not s or s <= 0 then
    errors.raise(at, {
      message = ("%s takes a time, not %s"):format(what, tostring(t)),
      hint = 'such as "5s", "100ms", or seconds as a number',
    })
  end
  return s
end

local function callable(at, what, f)
  if type(f) ~= "function" then
    errors.raise(at, { message = ("%s takes a function, not a %s"):format(what, type(f)) })
  end
  return f
end

local function place_of(kind, place, at)
  local p = trace:add(place, at, kind)
  return function(t)
    return p:define(t, errors.caller(2))
  end
end

local function aggregation(kind, t, at)
  local ok, a = trace:try(agg.new, trace, kind, t, at)
  return ok and a or absent
end

--- ks.probe "vfs_read" { where =, capture =, sinks... }; "return:vfs_read" for its return.
--- @param place string
--- @return function that takes the table and returns the probe
function ks.probe(place)
  return place_of("probe", place, errors.caller(2))
end

--- ks.call "vfs_read" { where =, capture =, sinks... }: a call from its entry to its return, with
--- retval, elapsed and entry(x).
--- @param place string
--- @return function that takes the table and returns the probe
function ks.call(place)
  return place_of("call", place, errors.caller(2))
end

--- ks.span { open = END, close = END, max =, where =, capture =, sinks... }: from one place to
--- another, paired by a key. END: { place, ..., key = "expr", where =, capture = }, or a list.
function ks.span(t)
  return trace:add_span(t, errors.caller(2))
end

--- ks.define("f(x, y)", "expression"): from now on f(a, b) means that in every expression.
function ks.define(head, expr)
  local at = errors.caller(2)
  trace:must_not_run(at)
  trace:open()
  trace:try(words.define, trace, head, expr, at)
  table.insert(trace.learnt, function(t) words.define(t, head, expr, at) end)
end

--- ks.format("struct x", function(v) return text end[, function(text) return bytes end]): from now
--- on the first function shows values of the type, and the second reads its literals.
function ks.format(name, show, parse)
  local at = errors.caller(2)
  trace:must_not_run(at)
  trace:open()
  trace:try(format.define, trace, name, show, parse, at)
  table.insert(trace.learnt, function(t) format.define(t, name, show, parse, at) end)
end

--- The value of a constant expression, such as "10s", "TCP_CLOSE" or "AF_INET + 1".
function ks.const(expr)
  local at = errors.caller(2)
  trace:open()
  local ok, value = trace:try(words.const, trace, expr, at)
  return not ok and 1 or value
end

--- Whether this kernel has "struct x", "struct x.member", "enum x", a typedef, a constant, a place.
function ks.has(what)
  trace:open()
  return words.has(trace, what, errors.caller(2))
end

--- ks.first { place, ... }: the first that this kernel has, or nil.
function ks.first(places)
  trace:open()
  return words.first(trace, places, errors.caller(2))
end

ks.print = sink.print

--- How many: ks.count "comm", ks.count { by = { "comm", "file=name(file)" } }. A sink, as the next
--- three: they keep numbers by key, in the kernel when all they are given are strings.
function ks.count(t)
  return aggregation("count", t, errors.caller(2))
end

--- How much in all: ks.sum { "retval|size", by = "comm" }.
function ks.sum(t)
  return aggregation("sum", t, errors.caller(2))
end

--- Count, sum, average, least and largest: ks.stats { "elapsed", by = "comm" }.
function ks.stats(t)
  return aggregation("stats", t, errors.caller(2))
end

--- How values are spread: ks.hist { "elapsed", by = "comm", step = , error = }.
function ks.hist(t)
  return aggregation("hist", t, errors.caller(2))
end

--- ks.param.KIND { default, "what it is for", min =, max =, choices = }: a parameter of a recipe.
ks.param = param.kinds

--- ks.recipe { params = { name = ks.param.KIND { ... } }, build = function(p) ... end }: what a
--- script returns to be used by others, require "name" { name = value, sink, ... }, and from the
--- command line, ksnoop name.lua name=value.
function ks.recipe(t)
  return recipe.new(function() return trace end, t, errors.caller(2))
end

--- What the probes that a function defines make of events that are made up, as a table: text, rows
--- (of each aggregation), delivered, filtered, faults. No privileges, nothing goes to the kernel.
--- events: { { "vfs_read", elapsed = "2ms", pid = 7, file = { f_flags = 2 } }, ... }
function ks.test(define, events)
  local at = errors.caller(2)
  callable(at, "ks.test", define)
  if type(events) ~= "table" then
    errors.raise(at, { message = ("ks.test takes a list of events, not a %s"):format(type(events)),
      hint = '{ { "vfs_read", count = 100 }, ... }' })
  end
  trace:must_not_run(at)
  local outer, o = trace, trace.options
  -- With a file's types nothing is asked of the kernel: it can do all that one can.
  local inner, copies = loop.new { format = "text", btf = o.btf or "/sys/kernel/btf/vmlinux",
    tracefs = o.tracefs }, view.copies
  outer.tested = true
  local ok, result = pcall(ks._in, inner, function()
    schema.keys(at, "the list of events", events, {})
    inner:open()
    for i, learn in ipairs(outer.learnt) do
      learn(inner)
      inner.learnt[i] = learn
    end
    return test.run(inner, define, schema.list(at, "the list of events", events), at)
  end)
  if view.copies == copies then -- else the script may have one still
    inner:close()
  end
  if not ok then
    error(result, 0)
  end
  return result
end

--- ks.options { buffer = "16M", duration = "10s", ... }: options of the command line, which wins.
function ks.options(t)
  local at = errors.caller(2)
  if type(t) ~= "table" then
    errors.raise(at, { message = ("ks.options takes a table, not a %s"):format(type(t)) })
  end
  schema.keys(at, "ks.options", t, options.names)
  if #schema.list(at, "ks.options", t) > 0 then
    errors.raise(at, { message = "options have names",
      hint = "such as ks.options { no_hits = true }" })
  end
  -- A test's trace has its types from the start.
  if trace.handle and not (trace.in_lua and #trace.probes == 0 and #trace.aggs == 0) then
    errors.raise(at, { message = "ks.options comes too late: the kernel's types are open already",
      hint = "put it in front of probes, ks.define, ks.has, ks.first and ks.const" })
  end
  for name, v in pairs(t) do
    if not limits.kept and (name == "callback_timeout" or name == "max_lua_mem") then
      errors.raise(at, { message = ("nobody here keeps to '%s'"):format(name),
        hint = "only the ksnoop program can end a script's functions" })
    end
    local value, message, hint = options.read(name, v, name)
    if value == nil then
      errors.raise(at, { message = message, hint = hint })
    elseif trace.options[name] == nil then
      trace.options[name] = value
      trace.where_at = name == "where" and at or trace.where_at
    end
  end
  if not trace.in_lua then -- a test's are not those of the run that it is in
    limits.apply(trace.options)
    terminal.decide(trace.options)
  end
end

-- An event or, unless only an event will do, a value that lies in one.
local function given(at, what, v, only_event)
  local is_view, is_event = view.is(v)
  if not is_view or (only_event and not is_event) then
    errors.raise(at, { message = ("%s takes an event%s, not %s"):format(what,
      only_event and "" or " or a value of one",
      v == nil and "nil" or is_view and "a value" or "a " .. type(v)) })
  end
  return v
end

--- A copy of an event, or of a value that lies in one, that lasts; of anything else itself.
ks.copy = view.copy

--- ks.text(e, "field", "spec"): a field of an event as a printer shows it; of a value its member or
--- element, or all of it. spec: as behind | in a template.
function ks.text(v, name, spec)
  local at = errors.caller(2)
  local _, is_event = view.is(given(at, "ks.text", v))
  if name == nil and is_event then
    errors.raise(at, { message = 'ks.text takes an event and the name of a field',
      hint = 'such as ks.text(e, "pid")' })
  elseif spec ~= nil and type(spec) ~= "string" then
    errors.raise(at, {
      message = ("'%s' is no way to show a value"):format(core.safe(tostring(spec))),
      hint = "what comes behind | in a template: x, size, dur, clock, sym, tree, full, fold, O_*",
    })
  end
  return view.text(v, name, spec)
end

--- Why a field of an event is nil: "EFAULT"; nil when it is not.
function ks.why(e, name)
  return view.why(given(errors.caller(2), "ks.why", e, true), name)
end

--- A value as a key of a table: 64-bit cdata, of which two equal ones are two keys, as a number or,
--- where that is not exact, as text.
function ks.key(v)
  if ffi.istype("int64_t", v) or ffi.istype("uint64_t", v) then
    local n = core.exact(v)
    return type(n) == "number" and n or tostring(v):match "^-?%d+"
  end
  return v
end

local SHORTEST = 1e-3 -- of what comes again and again, in seconds

local function timer(at, what, t, f)
  local s = seconds(at, what, t)
  if what ~= "ks.after" and s < SHORTEST then
    errors.raise(at, { message = ("%s takes a time from 1ms on, not %s"):format(what, tostring(t)),
      hint = "what is due all the time leaves no time for events" })
  end
  local new = {
    seconds = s,
    f = callable(at, what, f),
    due = trace.now and trace.now + s, -- defined while the trace runs
  }
  trace.timers[#trace.timers + 1] = new
  return new
end

--- Calls f every t (a duration), between events.
function ks.every(t, f)
  timer(errors.caller(2), "ks.every", t, f)
end

--- Calls f once, a duration after the start, or after now when the trace runs.
function ks.after(t, f)
  timer(errors.caller(2), "ks.after", t, f).once = true
end

--- Calls f every t (a duration), and once at the end; on a terminal what it prints replaces what it
--- printed before.
function ks.live(t, f)
  local new = timer(errors.caller(2), "ks.live", t, f)
  new.is_view = true
  trace.views[#trace.views + 1] = new
end

--- Calls f when the trace has ended, before the summary.
function ks.at_end(f)
  trace.endings[#trace.endings + 1] = callable(errors.caller(2), "ks.at_end", f)
end

--- Ends the trace; code is the exit status (0).
function ks.stop(code)
  if code ~= nil and (type(code) ~= "number" or code % 1 ~= 0 or code < 0 or code > 255) then
    errors.raise(errors.caller(2), { message = "an exit status is a whole number from 0 to 255" })
  end
  trace.exit = code or trace.exit
  trace.stopping = true
end

--- Runs the trace and exits; only needed under a stock luajit: the ksnoop program does it itself.
function ks.run()
  if hosted then
    return
  end
  local ok, e = pcall(function()
    trace:check()
    return trace:run()
  end)
  trace:close()
  if ok then
    os.exit(e, true)
  end
  io.stderr:write(tostring(e), "\n")
  os.exit(errors.is(e) and e.code or 1, true)
end

-- For what has a script define something apart: calls f while what scripts define goes to another
-- trace. Raises what f raises, and returns its result.
function ks._in(other, f, ...)
  local outer = trace
  trace = other
  local ok, result = pcall(f, ...)
  trace = outer
  if not ok then
    error(result, 0)
  end
  return result
end

-- For cli.lua, which runs the trace itself.
function ks._host()
  hosted = true
  return trace
end


return ks
