--- What happens to probes when an event that is made up comes: entries, then what lies inside, then
--- returns; what opens and closes, and which calls a task is in. The counters are a kernel's.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local limits = require "ksnoop.limits"
local made = require "ksnoop.test_event"
local schema = require "ksnoop.schema"

local C = core.C
local hits = {}

local MS = 1000000
local ENTRY, RETURN = 1, 2 -- of ks_hit_turn

-- What an event says that lies in another one and says nothing else: whose call it is.
local inherited = { "pid", "tid", "uid", "gid", "comm", "cpu", "cgroup", "current" }

--- What a test knows of its trace: to be given to the other functions.
function hits.new(trace, at)
  return {
    trace = trace, at = at,
    clock = ffi.new "int64_t",
    counts = { delivered = 0, filtered = 0, faults = 0 },
    addresses = {}, setting = {}, -- of tables that are objects
    kept = {},                    -- hits that others know of
  }
end

-- The calls that its hits must lie in, the outermost first.
local function levels_of(handle)
  local list = {}
  local calls = C.ks_within_calls(handle)
  while calls ~= nil do
    table.insert(list, 1, { calls = calls, inside = {} }) -- inside: hits by task
    calls = C.ks_within_calls(calls)
  end
  return list
end

--- Begins to count what happens to each probe.
function hits.begin(self)
  for _, probe in ipairs(self.trace.probes) do
    local is_span = C.ks_span_opens(probe.handle) ~= nil
    local levels = levels_of(probe.handle)
    probe.fed = { hits = 0, filtered = 0, faults = 0, matched = 0, unmatched = 0, levels = levels,
      unfollowed = #levels > 0 and 0 or nil }
    if is_span then
      local fed = probe.fed
      fed.opened, fed.closed, fed.reopened, fed.full, fed.unopened, fed.gone = 0, 0, 0, 0, 0, 0
      fed.open, fed.ends = 0, {} -- ends: hits and their number by key
      fed.now = function() return self.clock end
    end
  end
end

--- Frees what is left of hits.
function hits.finish(self)
  for _, hit in ipairs(self.kept) do
    C.ks_hit_free(ffi.gc(hit, nil))
  end
  self.kept = {}
end

-- --- which hits an event is ---------------------------------------------------------------------

local function add(self, list, event, i, probe, of, role, level)
  for k = 0, C.ks_variant_count(of) - 1 do
    local variant = C.ks_variant(of, k)
    local hit = variant ~= nil and C.ks_hit(variant, event[1], core.error) or nil
    if hit ~= nil then
      list[#list + 1] = { probe = probe, variant = variant, hit = ffi.gc(hit, C.ks_hit_free),
        role = role, level = level, turn = C.ks_hit_turn(hit) }
    elseif variant ~= nil and core.error.kind ~= C.KS_EABSENT then
      made.refuse_core(self.at, i)
    end
  end
end

-- In the order in which they happen, of those of one turn: no hit lies in a call of its own, and a
-- span closes before it opens anew.
local function hits_of(self, event, i)
  local list = {}
  for _, probe in ipairs(self.trace.probes) do
    local opens = C.ks_span_opens(probe.handle)
    add(self, list, event, i, probe, probe.handle, opens ~= nil and "close" or "hit")
    if opens ~= nil then
      add(self, list, event, i, probe, opens, "open")
    end
    for level = #probe.fed.levels, 1, -1 do
      add(self, list, event, i, probe, probe.fed.levels[level].calls, "call", level)
    end
  end
  return list
end

local function no_place(self, i, place)
  local places = {}
  for _, p in ipairs(self.trace.probes) do
    local names = { p.place }
    for k, level in ipairs(p.fed.levels) do
      names[k + 1] = core.string(C.ks_probe_name(level.calls))
    end
    for name in table.concat(names, ", "):gsub(" %-> ", ", "):gmatch "[^,]+" do
      places[#places + 1] = name:match "^%s*(.-)%s*$"
    end
  end
  made.refuse(self.at, i, { message = ("no probe is at '%s'"):format(core.safe(place)),
    hint = core.nearest(place, places) or "probes are at " .. table.concat(places, ", ") })
end

-- --- what becomes of a hit ----------------------------------------------------------------------

local function filtered(self, fed)
  self.counts.filtered, fed.filtered = self.counts.filtered + 1, fed.filtered + 1
end

local function fault(self, fed)
  self.counts.faults, fed.faults = self.counts.faults + 1, fed.faults + 1
end

-- Its predicates, or those that are left of a span's, its captures and its sinks.
local function run(self, h, i)
  local record = ffi.new "const struct ks_record *[1]"
  local verdict = C.ks_hit_run(h.hit, record, core.error)
  local probe = h.probe
  if verdict == -2 then
    made.refuse_core(self.at, i)
  elseif verdict == -1 then
    fault(self, probe.fed)
  elseif verdict == 0 then
    filtered(self, probe.fed)
  else
    probe.fed.matched = probe.fed.matched + 1 -- also for a function that asks now
    if probe:receiver(h.variant)(record[0]) then
      self.counts.delivered = self.counts.delivered + 1
    else
      self.counts.filtered, probe.rejected = self.counts.filtered + 1, probe.rejected + 1
    end
  end
end

-- The call of a probe's innermost level, or of another one, that a task is in; false: in none.
local function find_outer(h, task, level)
  local levels = h.probe.fed.levels
  level = level or #levels
  if level == 0 then
    return true
  end
  local outer = levels[level].inside[task]
  if outer then
    C.ks_hit_within(h.hit, outer)
  end
  return outer ~= nil
end

-- What decides at an end or a call, and its key as a text.
local function decide(self, h, i)
  local key = ffi.new "uint64_t[1]"
  local verdict = C.ks_hit_end(h.hit, key, core.error)
  if verdict == -2 then
    made.refuse_core(self.at, i)
  end
  return verdict, tostring(key[0]), key[0]
end

local roles = {}

function roles.hit(self, h, i, task)
  h.probe.fed.hits = h.probe.fed.hits + 1
  if find_outer(h, task) then
    run(self, h, i)
  else
    filtered(self, h.probe.fed)
  end
end

function roles.close(self, h, i)
  local fed = h.probe.fed
  local verdict, key = decide(self, h, i)
  fed.hits = fed.hits + 1
  if verdict == -1 then
    fault(self, fed)
  elseif verdict == 0 then
    filtered(self, fed)
  elseif not fed.ends[key] then
    fed.unmatched = fed.unmatched + 1
  else
    C.ks_hit_opened(h.hit, fed.ends[key].hit)
    fed.ends[key], fed.closed, fed.open = nil, fed.closed + 1, fed.open - 1
    run(self, h, i)
  end
end

function roles.open(self, h, i, task)
  local fed = h.probe.fed
  if not find_outer(h, task) then
    return
  end
  local verdict, key, number = decide(self, h, i)
  if verdict == -1 then
    fed.unopened = fed.unopened + 1
  elseif verdict == 1 and not fed.ends[key] and fed.open >= h.probe.max then
    fed.full = fed.full + 1
  elseif verdict == 1 then
    if fed.ends[key] then
      fed.reopened = fed.reopened + 1
    else
      fed.open = fed.open + 1
    end
    fed.opened = fed.opened + 1
    fed.ends[key] = { hit = h.hit, key = number, nth = fed.opened }
    self.kept[#self.kept + 1] = h.hit
    h.is_kept = true
  end
end

function roles.call(self, h, i, task)
  local fed = h.probe.fed
  if not find_outer(h, task, h.level - 1) then
    return
  end
  local verdict = decide(self, h, i)
  if verdict == -1 then
    fed.unfollowed = fed.unfollowed + 1
  elseif verdict == 1 then
    local inside = fed.levels[h.level].inside
    h.leave = { inside = inside, task = task, before = inside[task] }
    inside[task] = h.hit
    self.kept[#self.kept + 1] = h.hit
    h.is_kept = true
  end
end

-- --- an event -----------------------------------------------------------------------------------

-- Those of an event's hits that come in some turns, at a time.
local function happen(self, list, event, i, turn, time, elapsed)
  for _, h in ipairs(list) do
    if turn == RETURN and h.turn == RETURN or turn ~= RETURN and h.turn ~= RETURN then
      limits.watch(h.probe.name)
      made.fill(self, h.hit, i, event)
      if elapsed then
        made.set(self, h.hit, i, "elapsed", elapsed)
      end
      made.set(self, h.hit, i, "time", time)
      roles[h.role](self, h, i, tostring(C.ks_hit_task(h.hit)))
      if not h.is_kept then
        C.ks_hit_free(ffi.gc(h.hit, nil))
      end
    end
  end
end

local feed

-- The events that lie in one, which is at `begin`; when the last of them ended.
local function feed_inner(self, event, i, list, begin)
  self.clock = begin
  for _, h in ipairs(list) do
    if h.turn == 0 then
      made.refuse(self.at, i, { message = ("%s is one moment: no events lie in it"):format(
        core.safe(event[1])), hint = "events lie in calls" })
    end
  end
  if event[1]:match "^return:" then
    made.refuse(self.at, i, { message = ("%s is where a call ends: no events lie in it"):format(
      core.safe(event[1])), hint = ('{ "%s", { ... } }'):format(core.safe(event[1]:sub(8))) })
  end
  for k = 2, #event do
    if type(event[k]) ~= "table" then
      made.refuse(self.at, i, { message = ("what lies in it is an event, not a %s"):format(
        type(event[k])), hint = '{ "vfs_fsync_range", ..., { "submit_bio_noacct", ... } }' })
    end
    local inner = {}
    for name, v in pairs(event[k]) do
      inner[name] = v
    end
    for _, name in ipairs(inherited) do
      if inner[name] == nil then
        inner[name] = event[name]
      end
    end
    feed(self, inner, ("%s.%d"):format(i, k - 1))
  end
  return self.clock
end

local function leave(list)
  for k = #list, 1, -1 do
    local l = list[k].leave
    if l then
      l.inside[l.task] = l.before
    end
  end
end

-- An event begins a millisecond after the last one's end, unless it says when it ends.
local function times_of(self, event)
  local elapsed = event.elapsed ~= nil and made.ns(self, event.elapsed) or nil
  if event.time == nil then
    return self.clock + MS, elapsed
  end
  return made.ns(self, event.time) - (elapsed or 0), elapsed
end

--- Has an event happen, and those that lie in it.
--- @param self table of hits.new
--- @param i string|number which one it is, for messages
function feed(self, event, i)
  if type(event) ~= "table" or type(event[1]) ~= "string" then
    made.refuse(self.at, i, { message = "this is no event",
      hint = 'one is a table, { "vfs_read", count = 100, ... }' })
  end
  schema.text(self.at, ("event %s: its place"):format(i), event[1])
  local list = hits_of(self, event, i)
  if #list == 0 then
    no_place(self, i, event[1])
  end
  local begin, elapsed = times_of(self, event)
  local stop = begin + (elapsed or 0)
  happen(self, list, event, i, ENTRY, stop)
  if #event > 1 then
    local last = feed_inner(self, event, i, list, begin)
    if not elapsed then -- it lasts as long as what lies in it
      stop, elapsed = last, last - begin
    elseif last > stop then
      made.refuse(self.at, i, { hint = "without elapsed it takes as long",
        message = ("it ends before what lies in it, which takes %s"):format(
          core.safe(tostring(last - begin):gsub("LL$", "ns"))) })
    end
  else
    elapsed = nil
  end
  leave(list)
  happen(self, list, event, i, RETURN, stop, elapsed)
  self.clock = stop
end

hits.feed = feed

--- What is open in a span, the one that opened first before others: records, with the key and the
--- time since, as ks_opened_next gives them.
function hits.opened(probe)
  local list = {}
  for _, e in pairs(probe.fed.ends) do
    list[#list + 1] = e
  end
  table.sort(list, function(a, b) return a.nth < b.nth end)
  for i, e in ipairs(list) do
    local record = ffi.new "const struct ks_record *[1]"
    if C.ks_hit_row(e.hit, probe.fed.now(), e.key, record, core.error) < 0 then
      errors.raise_core(errors.script(), core.error)
    end
    list[i] = record[0]
  end
  return list
end

return hits
