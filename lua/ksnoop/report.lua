--- What is said about a run besides its events: the header, losses, the summary.
local ffi = require "ffi"
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local human = require "ksnoop.human"
local output = require "ksnoop.output"
local unit = require "ksnoop.unit"

local C = core.C
local report = {}

-- In the order in which a hit meets them; the manual's ACCOUNTING says what each means.
local keys = { "hits", "recursion", "suppressed", "self", "sampled", "filtered", "faults",
  "unmatched", "matched", "lost", "overwritten", "kept", "aggregated", "delivered", "rejected",
  "undecodable", "cut_by_exit", "nils", "opened", "closed", "reopened", "gone", "full", "unopened",
  "open", "unfollowed", "remainder" }

local function integer(v)
  return v and ("%.0f"):format(v) or "null"
end

local function line(s)
  output.write(s .. "\n")
end

--- What a stream for machines begins with.
function report.header(trace)
  if trace.options.format == "csv" then
    csv.of(trace):head()
    output.flush() -- who started the workload may wait for it
    return
  end
  local places = {}
  for i, p in ipairs(trace.probes) do
    places[i] = core.json_string(p.name)
  end
  local wall = tostring(C.ks_start_wall(trace.handle)):gsub("ULL$", "")
  line(('{"type":"header","version":1,"kernel":%s,"time":%s,"probes":[%s]}'):format(
    core.json_string(core.string(C.ks_kernel(trace.handle))), wall, table.concat(places, ",")))
end

--- Says what a person should know of how the probes were put on.
function report.notes(trace)
  local lines = {}
  local note = C.ks_note(trace.handle)
  while note ~= nil do
    lines[#lines + 1] = core.safe(core.string(note))
    note = C.ks_note(trace.handle)
  end
  for _, p in ipairs(trace.probes) do
    lines[#lines + 1] = p:said_of_points()
  end
  if #lines > 0 and not trace.options.quiet then
    io.stderr:write("ksnoop: ", table.concat(lines, "\nksnoop: "), "\n")
  end
end

local causes = { ring_full = "the ring buffer was full",
  no_room = "there was no room to keep them" }

local function lost_text(name, n, cause)
  return ("ksnoop: %s lost %s events here: %s\n"):format(name, unit.count(n), causes[cause])
end

local function lost_by(trace, p, n, total, cause)
  if n == 0 then
    return
  elseif trace.options.format == "json" then
    line(('{"type":"loss","probe":%s,"lost":%s,"total":%s,"cause":"%s"}'):format(
      core.json_string(p.name), integer(n), integer(total), cause))
  elseif not trace.options.quiet then
    output.aside((trace.lost_text or lost_text)(p.name, n, cause))
  end
end

--- Says what was lost since the last time, where it happened in the stream.
function report.losses(trace)
  for _, p in ipairs(trace.probes) do
    local lost, unkept = tonumber(C.ks_lost(p.handle)), 0
    local seen, seen_unkept = p.lost_seen or 0, p.unkept_seen or 0
    if lost > seen then
      if p.keeps then
        unkept = math.min(tonumber(C.ks_unkept(p.handle)), lost) -- the two are not read at once
      end
      p.lost_seen, p.unkept_seen = lost, unkept
      lost_by(trace, p, lost - seen - (unkept - seen_unkept), lost, "ring_full")
      lost_by(trace, p, unkept - seen_unkept, lost, "no_room")
    end
  end
end

--- Says that the governor paused all probes, why, and what to do. g: struct ks_governed
function report.governed(trace, g)
  local name = core.string(C.ks_probe_name(g.probe))
  output.flush()
  io.stderr:write(
    ("ksnoop: tracing cost about %s %% of a processor for 3 s, and may cost %s %%: "):format(
      unit.count(g.share), unit.count(trace.options.budget or 50)), "all probes are paused\n",
    ("ksnoop: most of it was %s, %s hits a second\n"):format(name, unit.count(tonumber(g.hits))),
    'hint: a place that fewer pass, or sample = "1/100"; --budget sets what it may cost\n')
end

--- The aggregations that the script neither printed nor took: functions that print one each.
function report.untold(trace)
  local list = {}
  for _, a in ipairs(trace.aggs) do
    if not trace.options.quiet and a:untold() then
      local is_first = #list == 0
      list[#list + 1] = function()
        if not is_first and trace.options.format == "text" then
          line ""
        end
        a:print()
      end
    end
  end
  return list
end

-- How many events came after one of a later time; by how many ns at most.
local function lateness(trace)
  local by = ffi.new "uint64_t[1]"
  return tonumber(C.ks_late(trace.handle, by)), tonumber(by[0])
end

local function json_summary(trace)
  local probes = {}
  for i, p in ipairs(trace.probes) do
    local c, members = p:counters(), {}
    for n, key in ipairs(keys) do
      members[n] = ('"%s":%s'):format(key, integer(c[key]))
    end
    probes[i] = core.json_string(p.name) .. ":{" .. table.concat(members, ",") .. "}"
  end
  local late, by = lateness(trace)
  line(('{"type":"summary","probes":{%s},"late":%s,"late_by":%s}'):format(
    table.concat(probes, ","), integer(late), integer(by)))
end

-- What the line for people says, and in which words; true: also when it is 0. The last words are
-- for what the kernel does not tell of some probe.
local shown = {
  { "hits", "hits", true },
  { "delivered", "delivered", true },
  { "aggregated", "aggregated" },
  { "filtered", "filtered" },
  { "rejected", "rejected in Lua" },
  { "lost", "lost", true },
  { "faults", "with unreadable predicate" },
  { "suppressed", "suppressed" },
  { "self", "our own" },
  { "sampled", "left out by sampling" },
  { "remainder", "of these behind the last one taken" },
  { "recursion", "skipped by the kernel", false, "skipped by the kernel: unknown" },
  { "undecodable", "failed in the script" },
  { "cut_by_exit", "cut by the end" },
  { "nils", "unreadable values" },
  { "unmatched", "without their beginning" },
  { "never_returned", "whose end was not seen" },
  { "full", "nested too deep" },
  { "crowded", "for which there was no room" },
  { "open", "still open" },
  { "unfollowed", "outer calls not followed" },
  { "overwritten", "kept and overwritten" },
  { "kept", "kept to the end" },
}

--- What is said of events that --sort could not put in order: how many, and by how many ns at most.
function report.too_late(late, by)
  return ("ksnoop: %s events came too late to be put in order, by %s at most\n"):format(
    unit.count(late), human.dur(by))
end

local function text_summary(trace)
  local sums, words, is_unknown = {}, {}, {}
  for _, p in ipairs(trace.probes) do
    local counters = p:counters()
    is_unknown.recursion = is_unknown.recursion or not counters.recursion
    for key, v in pairs(counters) do
      if key == "full" and p.more then -- of a span
        key = "crowded"
      end
      sums[key] = (sums[key] or 0) + v
    end
  end
  if sums.gone then
    sums.never_returned = sums.reopened + sums.gone
  end
  for _, word in ipairs(shown) do
    local key, text, always, unknown = unpack(word)
    local v = sums[key]
    if v and (v > 0 or always) then
      words[#words + 1] = unit.count(v) .. " " .. text
    end
    if is_unknown[key] then
      words[#words + 1] = unknown
    end
  end
  output.flush()
  io.stderr:write("ksnoop: ", table.concat(words, ", "), "\n")
  local late, by = lateness(trace)
  if trace.options.sort and late > 0 then
    io.stderr:write(report.too_late(late, by))
  end
end

--- How many events found no room, of all probes.
function report.lost(trace)
  local lost = 0
  for _, p in ipairs(trace.probes) do
    lost = lost + tonumber(C.ks_lost(p.handle))
  end
  return lost
end

--- The end of the run: on stdout for machines, on stderr for people.
function report.summary(trace)
  if trace.options.format == "json" then
    json_summary(trace)
    output.flush()
  end
  if not trace.options.quiet then
    text_summary(trace)
    if trace.fed_back * 2 > trace.delivered and trace.fed_back >= 10 then
      io.stderr:write("ksnoop: ", unit.count(trace.fed_back), " of these events came from ",
        "processes that this output itself keeps busy: its reader, or the shell above\n",
        'hint: write to a file, or leave them out with where = "pid != ..."\n')
    end
  end
  local status = trace.child_done and C.ks_child_status(trace.handle) or 0
  if status ~= 0 and not trace.options.quiet then
    local code, signal = math.floor(status / 256) % 256, status % 128
    io.stderr:write(signal > 0 and ("ksnoop: the command was ended by signal %d\n"):format(signal)
      or ("ksnoop: the command ended with status %d\n"):format(code))
  end
end

return report
