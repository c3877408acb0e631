--- ks.test: what a script's probes make of events that are made up, without a kernel and its
--- privileges. Predicates and captures are evaluated by the engine that needs no BPF.
local hits = require "ksnoop.test_hits"
local limits = require "ksnoop.limits"
local output = require "ksnoop.output"
local printed = require "ksnoop.printed"
local report = require "ksnoop.report"
local terminal = require "ksnoop.terminal"

local test = {}

-- What aggregations have, in the order of their definition.
local function rows_of(trace)
  local all = {}
  for i, a in ipairs(trace.aggs) do
    all[i] = {}
    for key, value in a:rows() do
      table.insert(all[i], { key = key, value = value })
    end
  end
  return all
end

local function run(self, define, events)
  define()
  self.trace:check()
  hits.begin(self)
  for i, event in ipairs(events) do
    if not self.trace.stopping then
      hits.feed(self, event, i)
    end
  end
  self.trace.stopping = true
  output.flush() -- what was shown comes before what an ending prints
  for _, f in ipairs(self.trace.endings) do
    limits.watch "ks.at_end"
    f()
  end
  self.counts.rows = rows_of(self.trace)
  for _, f in ipairs(report.untold(self.trace)) do
    f()
  end
end

--- Runs what a function defines on events.
--- @param trace table a fresh one, which the function's probes go to; the caller closes it
--- @param define function
--- @param events table { { place, name = value, ... }, ... }
--- @return table text, rows, delivered, filtered, faults
function test.run(trace, define, events, at)
  local self = hits.new(trace, at)
  trace.in_lua = true -- aggregations too: no kernel adds anything up
  local ok, e, text = printed(terminal.plainly, run, self, define, events)
  hits.finish(self)
  limits.watch "the script" -- not the name of a probe that is gone soon
  if not ok then
    error(e, 0)
  end
  self.counts.text = text
  return self.counts
end

return test
