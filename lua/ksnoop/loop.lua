--- A trace from its first probe to its summary: definitions, running, the end.
local ffi = require "ffi"
local later = require "ksnoop.later"
local absent = require "ksnoop.absent"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local lease = require "ksnoop.lease"
local limits = require "ksnoop.limits"
local live = later "ksnoop.live"
local output = require "ksnoop.output"
local probe = require "ksnoop.probe"
local progress = require "ksnoop.progress"
local ready = require "ksnoop.ready"
local report = require "ksnoop.report"
local span = later "ksnoop.span"
local terminal = require "ksnoop.terminal"
local value = require "ksnoop.value"
local words = require "ksnoop.words"

local C = core.C
local BATCH = 10000 -- records between two looks at signals and timers,
local SLICE = 0.05 -- or seconds
local BUDGET = 50 -- percent of a processor that tracing may cost
local mt = {}
mt.__index = mt

local loop = {}

--- Opens a trace. options: format, btf, tracefs, buffer, no_hits, self, sort, unbuffered, pid,
--- command, duration, count, quiet.
function loop.new(options)
  return setmetatable({
    options = options,
    probes = {},
    timers = {},
    views = {}, -- timers of ks.live
    live = nil, -- live.lua's, from the first turn of a view on
    in_lua = false, -- is there no kernel to add up for aggregations? (test.lua)
    learnt = {}, -- functions that tell another trace of ks.define and ks.format
    tested = false, -- has the script run ks.test?
    breaks = nil, -- what is wrong, where that is collected (check.lua); else it is raised
    lacking = {}, -- names that captures which are wrong would have given
    csv = nil, -- csv.lua's stream, under -f csv
    where_at = nil, -- where in the script options.where is; nil: on the command line
    blame = nil, -- tells an error in a text of a recipe's caller from others: recipe.lua
    picks = {}, -- what ks.first took: { at =, places =, taken = }
    none = nil, -- the places of which ks.first found none
    sampled = false, -- does any probe look at some of its hits only?
    took = false, -- has an aggregation been taken in this turn of a view?
    endings = {},
    aggs = {}, -- aggregations, in the order of definition
    params = nil, -- of the recipe that is being built: { name, text }, for $name
    files = {}, -- that aggregations were printed to, open, by name
    delivered = 0,
    began = nil, -- a function that is called once the probes are on
    lost_text = nil, -- a function that says of a probe's name how many events were lost
    fed_back = 0, -- of these, events of processes that our output keeps busy
    peers = {},
    receivers = {}, -- { probe =, deliver = }, by the number of the point that a record comes from
    read = 0, -- records, in this turn
    errors = 0,
    said = {},
    exit = 0,
    fatal = nil, -- the exit code when a function took more time or memory than it may
  }, mt)
end

--- Opens the core's half; before the first probe.
function mt:open()
  if self.handle then
    return
  end
  limits.ours()
  local o, c = self.options, ffi.new "struct ks_options"
  c.btf, c.tracefs, c.buffer = o.btf, o.tracefs, o.buffer or 0
  c.pages = o.pages or 0
  c.no_hits, c.self, c.unbuffered = o.no_hits or false, o.self or false, o.unbuffered or false
  c.sort = o.sort or false
  c.budget = o.no_governor and 0 or o.budget or BUDGET
  c.helper_reads, c.max_probes = o.helper_reads or false, o.max_probes or 0
  self.handle = C.ks_open(c, core.error)
  if self.handle == nil then
    self.handle = nil
    errors.raise_core(nil, core.error)
  end
  words.load(self)
  limits.done()
end

--- Frees everything in the kernel and here.
function mt:close()
  if self.handle then
    limits.of_trace(nil)
    format.forget(self.handle)
    value.forget(self.handle)
    C.ks_close(self.handle)
    self.handle = nil
  end
end

-- A probe's table is compiled when the trace starts, all of them at once.
function mt:must_not_run(at)
  if self.now then
    errors.raise(at, {
      message = "the trace runs: a probe can't be added or changed any more",
      hint = "define all probes first; a function in where can turn events down later",
    })
  end
end

--- Keeps what is wrong; raises what is no error of ours, or where nothing is collected.
function mt:keep(e)
  if not self.breaks or not errors.is(e) then
    error(e, 0)
  end
  if self.blame then
    self.blame(e)
  end
  errors.point(e)
  local word = e.kind == C.KS_ENAME and e.text and e.text:sub(e.pos + 1, e.pos + e.len)
  for _, one in ipairs(self.breaks) do -- what is not there at all is said once for a probe
    local same = e.kind == C.KS_EABSENT and e.message == one.message and e.at and one.at
    if same and e.at.file == one.at.file and e.at.line == one.at.line then
      return
    end
  end
  if not self.lacking[word] then
    table.insert(self.breaks, e)
  end
end

--- Calls f, which raises what is wrong. Where that is collected it is kept, and the script goes on.
--- @return whether all was right, and f's result or what is wrong
function mt:try(f, ...)
  if not self.breaks then
    return true, f(...)
  end
  local depth = limits.depth()
  local ok, result = pcall(f, ...)
  if not ok then
    limits.depth(depth)
    self:keep(result)
  end
  return ok, result
end

-- What ks.first found nowhere is no place, and why is known.
local function check_place(self, place, at)
  if place == nil and self.none then
    errors.raise(at, { message = "this kernel has none of " .. table.concat(self.none, ", "),
      kind = tonumber(C.KS_EABSENT), code = 3 })
  end
end

local function new_probe(self, place, at, kind)
  check_place(self, place, at)
  limits.ours()
  local p = probe.new(self, place, at, kind)
  limits.done()
  self.probes[#self.probes + 1] = p
  return p
end

function mt:add(place, at, kind)
  self:must_not_run(at)
  self:open()
  local ok, p = self:try(new_probe, self, place, at, kind)
  return ok and p or absent
end

--- Adds a span, which has its table at once.
function mt:add_span(t, at)
  self:must_not_run(at)
  self:open()
  limits.ours()
  local ok, s = self:try(span.new, self, t, at)
  limits.done()
  return ok and s or absent
end

--- Every probe must have its table, and there must be one.
function mt:check()
  if #self.probes == 0 then
    errors.raise(nil, {
      message = "the script defines no probe",
      hint = 'one is: ks.probe "vfs_read" {}',
    })
  end
  for _, p in ipairs(self.probes) do
    if p.refused then
      errors.raise(p.at, {
        message = ("%s %q: the script passed over an error in its table"):format(p.word, p.place),
        hint = ("try what may be missing here with %s alone, its table comes after"):format(p.word),
      })
    elseif not p.defined then
      errors.raise(p.at, {
        message = ("%s %q never got its table"):format(p.word, p.place),
        hint = ('write %s "%s" { ... }, with {} for the default'):format(p.word, p.place),
      })
    end
  end
end

local codes = { [tonumber(C.KS_EPERM)] = 4, [tonumber(C.KS_ELIMIT)] = 2,
  [tonumber(C.KS_EENDED)] = 130 }

local function failed(self, at)
  local p = at[0] ~= nil and self.probes[C.ks_probe_index(at[0]) + 1]
  local e = core.error
  local text = core.string(C.ks_refused_text(self.handle))
  errors.raise(p and p.at or nil, {
    message = ffi.string(e.message),
    hint = e.hint[0] ~= 0 and ffi.string(e.hint) or nil,
    text = text,
    pos = e.pos,
    len = text and e.len or 0,
    code = codes[tonumber(e.kind)] or 3,
    kind = e.kind,
  })
end

--- Text to instructions, without privileges.
function mt:compile()
  local at = ffi.new "struct ks_probe *[1]"
  if C.ks_compile(self.handle, at, core.error) < 0 then
    failed(self, at)
  end
end

local function peers()
  local pids, set = ffi.new "int[64]", {}
  for i = 0, C.ks_peers(pids, 64) - 1 do
    set[pids[i]] = true
  end
  return set
end

-- Puts the probes on.
local function attach(self)
  local at, shown = ffi.new "struct ks_probe *[1]", nil
  repeat
    local more = C.ks_attach(self.handle, at, core.error)
    if more > 0 then
      shown = shown or progress.new(self)
      progress.show(shown)
    elseif shown then
      progress.done(shown)
    end
    if more < 0 then
      failed(self, at)
    end
  until more == 0
end

function mt:start()
  if self.options.command and C.ks_spawn(self.handle, self.options.command, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  self.peers = peers() -- looks around in /proc: not while the probes are on
  attach(self)
  limits.of_trace(self.handle)
  terminal.decide(self.options)
  self.now = tonumber(C.ks_start_time(self.handle)) / 1e9
  report.notes(self)
  for _, t in ipairs(self.timers) do
    t.due = self.now + t.seconds
  end
  self.deadline = self.options.duration and self.now + self.options.duration
  if self.options.format ~= "text" then
    report.header(self)
  end
  if self.began then
    self.began()
  end
  if self.options.ready then
    ready.tell(self.options.ready)
  end
end

local STOP = {} -- what os.exit raises in a script's function

-- An error in a script's function, with the script's part of the stack.
local function with_stack(e)
  if e == STOP or errors.is(e) then
    return e
  end
  local code, text, hint, place = limits.reason(e)
  text = text or type(e) == "string" and e
    or ("the script raised a %s instead of a message"):format(type(e))
  local lines = errors.stack(2, place)
  table.insert(lines, 1, core.safe(text))
  return { text = table.concat(lines, "\n"), code = code, hint = hint }
end

-- A script's function failed: said once for each place, and the run ends with 1, or goes on until
-- there were --max-errors. Too much time or memory ends it at once.
local function script_failed(self, e, where)
  if e == STOP then
    return
  elseif type(e) == "string" then -- with_stack was not called, or failed itself
    e = with_stack(e)
  end
  local text = errors.is(e) and tostring(e) or "ksnoop: " .. e.text
  self.errors = self.errors + 1
  self.exit = 1
  self.fatal = self.fatal or not errors.is(e) and e.code or nil
  if not self.said[text] then
    self.said[text] = true
    output.aside(text .. "\n" .. (where and "    in a function of " .. where .. "\n" or "")
      .. (not errors.is(e) and e.hint and "hint: " .. e.hint .. "\n" or ""))
  end
  if self.fatal or self.errors >= (self.options.max_errors or 1) then
    self.stopping = true
  end
end

-- Runs a function of the script's; its output keeps its place among ours.
local function call(self, f, where)
  if output.waiting() then
    output.flush()
  end
  limits.watch(where or "an aggregation")
  local ok, e = xpcall(f, with_stack)
  if e == limits.NO_MEMORY then
    limits.spare()
  end
  limits.rest()
  if not ok or limits.is_late() then -- the script may have caught it
    script_failed(self, ok and with_stack "" or e, where)
  end
end

-- Who gets the records of a point.
local function receiver(self, record)
  local p = self.probes[C.ks_probe_index(C.ks_record_probe(self.handle, record)) + 1]
  local r = { probe = p }
  local ok, e = pcall(function()
    r.deliver = p:receiver(C.ks_record_variant(self.handle, record))
  end)
  if not ok then -- said with its first event, as what is wrong in a script's function is
    r.deliver = function() error(e, 0) end
  end
  self.receivers[record.point] = r
  return r
end

local function delivered(self, pid)
  self.delivered = self.delivered + 1
  if self.peers[pid] then
    self.fed_back = self.fed_back + 1
  end
  if self.delivered == self.options.count then
    self.stopping = true
  end
end

local pressed = limits.pressed

-- One record after the other; true when none is left. Every event comes through here: LuaJIT
-- compiles this together with the script's functions, and nothing in it is allocated
-- (spec/lua/hot_spec.lua).
local function read(self, most, deadline)
  local handle, receivers = self.handle, self.receivers
  while self.read < most do
    local record = C.ks_next(handle)
    if record == nil then
      return true
    end
    self.read = self.read + 1
    self.at = receivers[record.point] or receiver(self, record)
    local p = self.at.probe
    if self.stopping then
      p.cut_by_exit = p.cut_by_exit + 1
    else
      local pid = record.pid
      self.pid = pid
      if self.at.deliver(record) then
        delivered(self, pid)
      else
        p.rejected = p.rejected + 1
      end
    end
    if self.read % 16 == 0 and (pressed() or tonumber(C.ks_now()) / 1e9 > deadline) then
      return false
    end
  end
  return false
end

--- Reads what is in the ring: `most` records of it, and no longer than until `deadline` (seconds of
--- the boot clock). True when none is left.
function mt:drain(most, deadline)
  self.read = 0
  local ok, empty, short
  limits.watch "events" -- ks_next says of which
  repeat
    ok, empty = xpcall(read, with_stack, self, most, deadline)
    if empty == limits.NO_MEMORY then -- with_stack was not called, and nothing can be before
      limits.spare()
    end
    if not ok then
      local e, p = empty, self.at and self.at.probe
      lease.tick() -- the event that it was raised in is over
      if e == STOP then -- it did what it wanted to
        delivered(self, self.pid)
      else
        p.undecodable = p.undecodable + 1
        script_failed(self, e, p and p.name)
      end
    end
    short = limits.pressed()
    if short then
      limits.collect()
    end
  until ok and not short
  limits.rest()
  if limits.is_late() then -- the script has caught it
    script_failed(self, with_stack "", self.at and self.at.probe.name)
  end
  report.losses(self)
  if not output.flush() then
    self.stopping = true
  end
  return empty
end

-- All views are one picture.
local function picture(self)
  self.live = self.live or live.new(self, self.views, function(f)
    call(self, f, "ks.live")
  end)
  return self.live
end

local function run_timers(self)
  for _, t in ipairs(self.timers) do
    if t.due <= self.now and not self.stopping then
      -- Turns that were missed are not made up for.
      t.due = t.once and math.huge
        or t.due + t.seconds * math.max(1, math.ceil((self.now - t.due) / t.seconds))
      if t.is_view then
        picture(self):turn(t)
      else
        call(self, t.f, t.once and "ks.after" or "ks.every")
      end
    end
  end
  if self.deadline and self.deadline <= self.now then
    self.over = true
  end
end

local function timeout(self)
  local due = self.now + 1 -- losses are reported at least once a second
  for _, t in ipairs(self.timers) do
    due = math.min(due, t.due)
  end
  due = math.min(due, self.deadline or due)
  return math.max(0, math.ceil((due - self.now) * 1000))
end

local function has(wake, bit)
  return wake % (bit * 2) >= bit
end

--- In a script's function: ends the trace from where it is.
function mt:leave()
  self.stopping = true
  error(STOP, 0)
end

local function turn(self)
  local drained, governed = true, ffi.new "struct ks_governed"
  while not self.stopping and not self.over do
    local wake = C.ks_wait(self.handle, drained and timeout(self) or 0, core.error)
    if wake < 0 then
      errors.raise_core(nil, core.error)
    end
    self.now = tonumber(C.ks_now()) / 1e9
    if C.ks_governed(self.handle, governed) then
      report.governed(self, governed)
      self.over = true
      self.exit = self.exit == 0 and 6 or self.exit
    end
    if has(wake, C.KS_WAKE_SIGNAL) or has(wake, C.KS_WAKE_CHILD) then
      self.over = true
      self.child_done = has(wake, C.KS_WAKE_CHILD)
    else
      drained = self:drain(BATCH, self.now + SLICE)
      run_timers(self)
    end
  end
end

--- Until a signal, the command's end, the deadline, the count or ks.stop.
function mt:run()
  self:start()
  local ok, e = pcall(turn, self)
  if e == limits.NO_MEMORY then -- of ours, as the script has it all
    limits.spare()
    script_failed(self, e)
    ok = true
  elseif errors.of_script(e) then -- of a finalizer, which runs anywhere
    script_failed(self, e)
    ok = true
  end
  self:finish()
  if not ok then
    error(e, 0)
  end
  return self.fatal or self.exit
end

--- Ends counting, reads the rest, runs at_end, prints what aggregations nobody printed, and the
--- summary.
function mt:finish()
  if C.ks_stop(self.handle, core.error) < 0 then
    io.stderr:write("ksnoop: ", ffi.string(core.error.message), "\n")
  end
  self:drain(math.huge, math.huge)
  if #self.views > 0 and not self.fatal and self.errors < (self.options.max_errors or 1)
    and not output.failed then
    picture(self):finish()
  elseif self.live then
    self.live:leave()
  end
  for _, f in ipairs(self.endings) do
    call(self, f, "ks.at_end")
  end
  for _, f in ipairs(report.untold(self)) do
    call(self, f)
  end
  call(self, collectgarbage, "a finalizer") -- what goes wrong in these is the script's
  collectgarbage "stop" -- so that none runs in what follows
  report.summary(self)
  if not output.flush() and output.failed.os ~= 32 then -- EPIPE: whoever read has enough
    io.stderr:write("ksnoop: ", ffi.string(output.failed.message), "\n")
    self.exit = 5
  elseif self.exit == 0 and self.options.fail_on_loss and report.lost(self) > 0 then
    self.exit = 7
  end
end

return loop
