--- Aggregations with time slots, as lines and as maps: every event is in the column of its time.
local ks = require "spec.support.ks"

describe("an aggregation over time", function()
  local agg = ks.require "ksnoop.agg"
  local output, terminal = ks.require "ksnoop.output", ks.require "ksnoop.terminal"
  local at = { file = "/scripts/t.lua", line = 7 }
  local write, flush, width, heights = output.write, output.flush, terminal.width, terminal.heights
  local trace, written, columns, marks

  before_each(function()
    trace = { aggs = {}, files = {}, options = { format = "text" } }
    written, columns, marks = {}, 80, { "1", "2", "3", "4", "5", "6", "7", "8" }
    output.write = function(s) written[#written + 1] = s end
    output.flush = function() return true end
    terminal.width = function() return columns end
    terminal.heights = function() return marks end
  end)
  after_each(function()
    output.write, output.flush, terminal.width, terminal.heights = write, flush, width, heights
  end)

  -- counts: { [key] = { events in slot 0, in slot 1, ... } }; the event's value is value(slot, i)
  local function filled(kind, options, counts, value)
    local a = agg.new(trace, kind, options, at)
    for comm, list in pairs(counts) do
      for slot, n in ipairs(list) do
        for i = 1, n do
          a { comm = comm, time = (slot - 1) * 1e9 + i, n = value and value(slot, i) or 1 }
        end
      end
    end
    return a
  end

  local function printed(a, options)
    written = {}
    a:print(options)
    return table.concat(written)
  end

  local counts = { dd = { 1, 2, 0, 8 }, cat = { 0, 4, 4 } }

  it("counts in a line for each key, as high as its own highest", function()
    assert.equal([[
count by time, comm (t.lua:7)
  COUNT  COMM  MOST
     11  dd       8  12 8
      8  cat      4   88
  0ns to 3.00s, 1s a column
]], printed(filled("count", { "comm", over = "1s" }, counts)))
    assert.equal([[
count by time (t.lua:7)
  COUNT  MOST
     19     8  1648
  0ns to 3.00s, 1s a column
]], printed(filled("count", { over = "1s" }, counts)))
  end)

  it("sorts and limits keys, not slots", function()
    local a = filled("count", { "comm", over = "1s" }, counts)
    assert.equal([[
count by time, comm (t.lua:7)
  COUNT  COMM  MOST
     11  dd       8  12 8
  0ns to 3.00s, 1s a column
  (1 more key)
]], printed(a, { limit = 1 }))
    assert.is_truthy(printed(a, { sort = "key" }):find "cat.*dd")
    assert.is_truthy(printed(a, { sort = "value" }):find "dd.*cat")
  end)

  it("adds up, below zero too; of stats the average is drawn", function()
    assert.equal([[
sum of n by time, comm (t.lua:7)
   SUM  COMM  MOST
  9.5K  dd    8.0K  11 8
  0ns to 3.00s, 1s a column
]], printed(filled("sum", { "n|size", by = "comm", over = "1s" }, { dd = { 1, 1, 0, 1 } }, function(slot)
      return ({ 512, 1024, 0, 8192 })[slot]
    end)))
    assert.equal([[
sum of n by time (t.lua:7)
  SUM  MOST
   -2     4  1681
  0ns to 3.00s, 1s a column
]], printed(filled("sum", { "n", over = "1s" }, { dd = { 1, 1, 1, 1 } }, function(slot)
      return ({ -4, 2, 4, -4 })[slot]
    end)))
    assert.equal([[
stats of n by time (t.lua:7)
  COUNT  AVG  MIN  MAX  SUM  MOST
      4    4    1    8   16     8  8 3
  0ns to 2.00s, 1s a column
]], printed(filled("stats", { "n", over = "1s" }, { dd = { 1, 0, 3 } }, function(slot, i)
      return slot == 1 and 8 or ({ 1, 3, 4 })[i]
    end)))
  end)

  it("maps histograms: value upwards, time to the right", function()
    assert.equal([[
hist of n by time, comm (t.lua:7)
  comm=dd
  4..7  10  |  @|
  2..3   0  |   |
     1   6  |:= |
  0ns to 2.00s, 1s a column, @ is 10
  count 16  avg 2.875  p50 7  p90 7  p99 7  max 7

  comm=cat
  1  4  |@@ |
  0ns to 2.00s, 1s a column, @ is 2
  count 4  avg 1  p50 1  p90 1  p99 1  max 1
]], (printed(filled("hist", { "n", by = "comm", over = "1s" }, { dd = { 2, 4, 10 }, cat = { 2, 2 } },
      function(slot) return slot == 3 and 4 or 1 end))))
  end)

  it("puts slots together where there is no room, and none gets lost", function()
    local list = {}
    for i = 1, 1000 do
      list[i] = i % 3
    end
    for _, case in ipairs { { 80, 20 }, { 300, 5 }, { 30, 100 }, { 1, 200 }, { 2000, 1 } } do
      columns = case[1]
      local text = printed(filled("count", { over = "1s" }, { dd = list }))
      local line, step = text:match "\n +1,000 +%d+  ([^\n]*)\n  0ns to 999s, (%d+)s a column\n"
      assert.equal(case[2], tonumber(step), text)
      assert.equal(1000 / case[2], #line, text)
    end
    columns = 80
    local map = printed(filled("hist", { "n", over = "1s" }, { dd = list }))
    assert.is_truthy(map:find "\n  1  1,000  |%p+|\n", map)
  end)

  it("keeps data as it is, and what has a form of its own", function()
    local a = filled("count", { "comm", over = "1s" }, { dd = { 1, 2 } })
    assert.equal("time,comm,count\n0ns,dd,1\n1.00s,dd,2\n", printed(a, { as = "csv" }))
    assert.is_truthy(printed(a, { as = "json" }):find '{"key":{"time":1000000000,"comm":"dd"},"value":2}')
    assert.equal("0ns dd 1\n1.00s dd 2\n", printed(a, "{time} {comm} {value}"))
    assert.is_truthy(printed(a, { compare = "time" }):find("0ns  1.00s", 1, true))
  end)

  it("says what had no room, and that there is nothing", function()
    local a = filled("count", { "comm", over = "1s", max = 2 }, { dd = { 1, 2, 3 } })
    assert.equal([[
count by time, comm (t.lua:7)
  COUNT  COMM     MOST
      3  dd          2  48
      3  (other)
  0ns to 1.00s, 1s a column
]], printed(a))
    assert.equal("count by time (t.lua:7)\n  (nothing)\n", printed(filled("count", { over = "1s" }, {})))
    assert.equal("hist of n by time (t.lua:7)\n  (nothing)\n", printed(filled("hist", { "n", over = "1s" }, {})))
  end)

  it("merges and is taken as others are", function()
    local a = filled("count", { "comm", over = "1s" }, { dd = { 1, 2 } })
    local b = filled("count", { "comm", over = "1s" }, { dd = { 0, 2, 3 } })
    local taken = b:take()
    a:merge(taken)
    assert.equal("  COUNT  COMM  MOST\n      8  dd       4  286\n", printed(a):match "\n(.-)  0ns")
    assert.is_truthy(printed(b):find "%(nothing%)")
  end)

  it("is drawn in blocks where the locale has them, in ASCII else", function()
    local function line(environment)
      local r = ks.shell(environment .. (" LUA_PATH='%s/lua/?.lua' LUA_CPATH='%s/build/spec/?.so' luajit -e "):format(
        ks.root, ks.root) .. ks.quote 'io.write(table.concat(require "ksnoop.terminal".heights()))')
      assert.equal("", r.err)
      return r.out
    end
    assert.equal("▁▂▃▄▅▆▇█", line "env -u LC_ALL -u LC_CTYPE LANG=de_DE.UTF-8")
    assert.equal("▁▂▃▄▅▆▇█", line "LC_ALL=C.utf8 LANG=C")
    assert.equal(".:-=+*#%@", line "LC_ALL=C LANG=de_DE.UTF-8")
    assert.equal(".:-=+*#%@", line "env -u LC_ALL -u LC_CTYPE -u LANG")
  end)
end)
