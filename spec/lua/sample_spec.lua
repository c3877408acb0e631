--- The options sample and rate: what they take, what is said of the rest, and what weights do to sums.
local ks = require "spec.support.ks"

describe("sample and rate", function()
  local folder, clean

  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local share = "hint: sample is one in so many, \"1/100\": N of 1/N is a whole number from 1 to 2147483647\n"
  local rate = 'hint: rate is so many in a time on each CPU, "1000/s", "5/m", "10/100ms": at most 1000000 '
    .. "a second\n"

  -- option, value as Lua, what is said behind the place, where the caret is and how long
  local wrong = {
    { "sample", '"0/0"', "'0' is no whole number from 1 on", 0, 1 },
    { "sample", '"1/0"', "'0' is no whole number from 1 on", 2, 1 },
    { "sample", '"101/100"', "101 in so many can't be drawn", 0, 3 },
    { "sample", '"1/2147483648"', "2147483648 is too many", 2, 10 },
    { "sample", '"1/"', "a number is missing here", 2, 1 },
    { "sample", '"1/-5"', "'-5' is no whole number from 1 on", 2, 2 },
    { "sample", '"1/2.5"', "'2.5' is no whole number from 1 on", 2, 3 },
    { "sample", '"abc"', "'abc' has not the form of a share", 0, 3 },
    { "sample", '"1/2/3"', "'1/2/3' has not the form of a share", 0, 5 },
    { "sample", '""', "'' has not the form of a share", 0, 0 },
    { "sample", "100", "sample is a string, not a number" },
    { "sample", "{}", "sample is a string, not a table" },
    { "rate", '"-1/s"', "'-1' is no whole number from 1 on", 0, 2 },
    { "rate", '"0/s"', "'0' is no whole number from 1 on", 0, 1 },
    { "rate", '"5/x"', "'x' is no time of up to a day", 2, 1 },
    { "rate", '"5/0s"', "'0s' is no time of up to a day", 2, 2 },
    { "rate", '"5/25h"', "'25h' is no time of up to a day", 2, 3 },
    { "rate", '"5/10"', "'10' is no time of up to a day", 2, 2 },
    { "rate", '"1000001/s"', "so many are all of them", 0, 9 },
    { "rate", '"1/ns"', "so many are all of them", 0, 4 },
    { "rate", '"100"', "'100' has not the form of a rate", 0, 3 },
    { "rate", "true", "rate is a string, not a boolean" },
  }
  for _, case in ipairs(wrong) do
    local option, value, said, pos, len = unpack(case)
    it(("refuse %s = %s"):format(option, value), function()
      local line = ('ks.probe "vfs_read" { %s = %s }'):format(option, value)
      local r = ks.dump(folder, "layout", line)
      local text = ("    %s\n"):format(line)
      if pos and len > 0 then
        text = text .. ("    %s%s\n"):format((" "):rep(line:find(value, 1, true) + pos), ("^"):rep(len))
      end
      assert.equal(("t.lua:2: %s\n%s%s"):format(said, text, option == "sample" and share or rate), r.err)
      assert.equal(2, r.code)
    end)
  end

  for _, value in ipairs { 'sample = "1/1"', 'sample = " 1 / 100 "', 'sample = "1/2147483647"', 'rate = "1/h"',
    'rate = "1000000/s"', 'rate = "5/24h"', 'rate = "10/100ms", sample = "1/7"' } do
    it("take " .. value, function()
      local r = ks.dump(folder, "layout", ('ks.probe "vfs_read" { %s, capture = { "count" } }'):format(value))
      assert.equal("", r.err)
      assert.matches("\n +32 +8 +- +int +weight = unsigned long\n +40 +8 +- +int +count = ", r.out)
    end)
  end

  it("give events a weight, and no other capture its name", function()
    local function err(text)
      return ks.dump(folder, "layout", text).err
    end
    assert.equal("", err [[ks.probe "vfs_read" { sample = "1/5", ks.print "{weight|6} {count}", function(e) end }]])
    assert.matches("^t.lua:2: 'weight' already names weight\n",
      err [[ks.probe "vfs_read" { sample = "1/5", capture = { "weight=count" } }]])
    assert.matches("weight", err [[ks.probe "vfs_read" { ks.print "{weight}" }]])
  end)

  it("are said once, for the probe", function()
    local r = ks.dump(folder, "layout", [[ks.span { sample = "1/5",
      open = { "vfs_read", sample = "1/5" }, close = "return:vfs_read" }]])
    assert.matches("an end in 'open' has no option 'sample'\n", r.err)
  end)

  it("leave made up events as they are, of weight 1", function()
    ks.write(folder .. "/t.lua", [[local ks = require "ksnoop"
      local out = ks.test(function()
        ks.probe "vfs_read" { sample = "1/1000", rate = "1/h", ks.print "{weight} {count}",
          ks.sum { "count", title = "sum" } }
      end, { { "vfs_read", count = 3 }, { "vfs_read", count = 4 } })
      io.write(out.text)
      print(out.delivered)]])
    local r = ks.run("--btf", ks.btf(), folder .. "/t.lua")
    assert.same({ 0, "1 3\n1 4\nsum\n  SUM\n    7\n2\n", "" }, { r.code, r.out, r.err })
  end)
end)

describe("weights", function()
  local ffi = require "ffi"
  local store, bucket, fixed = ks.require "ksnoop.store", ks.require "ksnoop.bucket", ks.require "ksnoop.fixed"

  it("count and add so many times, exactly", function()
    local s = store.new("stats", 1)
    for _, v in ipairs { 3, -0.25, 2 ^ 40 } do
      s:add("x", v, 1000)
    end
    s:add("x", 5)
    local v = s:get "x"
    assert.same({ 3001, 4, 1000 * (3 - 0.25 + 2 ^ 40) + 5, -0.25, 2 ^ 40 },
      { tonumber(v.count), v.samples, tonumber(v.sum), v.min, v.max })
    assert.is_true(s.weighed)
    local h = store.new("hist", 1, nil, bucket.log2())
    h:add("x", 5, 100)
    h:add("x", 6, 7)
    assert.same({ { 4, 8, 107 } }, h:get("x").buckets)
    assert.equal(2, h:samples "x")
  end)

  it("are kept by merging, and tell that it is an estimate", function()
    local a, b = store.new("count", 1), store.new("count", 1)
    a:count("x")
    assert.is_false(a.weighed)
    b:count("x", 100)
    b:count("y", 100)
    a:merge(b)
    assert.same({ 101, 2, 100, 1 }, { a:get "x", a:samples "x", a:get "y", a:samples "y" })
    assert.is_true(a.weighed)
  end)

  it("multiply fractions without rounding what a double holds", function()
    for _, v in ipairs { 0.5, -0.5, 1.75, -1.25, 1023.0009765625, -2 ^ 30 + 0.125 } do
      local whole, low = fixed.split(v)
      whole, low = fixed.times(whole, low, 12345)
      assert.equal(v * 12345, fixed.join(whole, low))
    end
    assert.equal(ffi.cast("int64_t", 2 ^ 53) * 3 + 3, (fixed.times(ffi.cast("int64_t", 2 ^ 53) + 1, 0, 3)))
  end)
end)

describe("estimates", function()
  local agg, output = ks.require "ksnoop.agg", ks.require "ksnoop.output"
  local terminal = ks.require "ksnoop.terminal"
  local write, flush, width = output.write, output.flush, terminal.width
  local trace, written

  before_each(function()
    trace, written = { aggs = {}, files = {}, options = { format = "text" } }, {}
    output.write = function(s) written[#written + 1] = s end
    output.flush = function() return true end
    terminal.width = function() return 80 end
  end)
  after_each(function()
    output.write, output.flush, terminal.width = write, flush, width
  end)

  -- Of events { comm, n, time in s }, each of which stands for `weight`.
  local function filled(kind, options, weight, events)
    local a = agg.new(trace, kind, options, { file = "t.lua", line = 1 })
    local store = a.store
    local add, count = store.add, store.count
    store.add = function(self, id, v) return add(self, id, v, weight) end
    store.count = function(self, id) return count(self, id, weight) end
    for _, e in ipairs(events) do
      a { comm = e[1], n = e[2], time = e[3] * 1e9 }
    end
    return a
  end

  local function printed(a, options)
    written = {}
    a:print(options)
    return table.concat(written)
  end

  local events = { { "dd", 5, 0 }, { "dd", 5, 2 }, { "cat", 1, 2 } }

  it("are marked in a template: counts and sums, nothing else", function()
    local n = filled("count", "comm", 10, events)
    assert.equal("dd ~20\ncat ~10\n", printed(n, "{comm} {value}"))
    assert.equal("  ~20|dd\n  ~10|cat\n", printed(n, "{value|5}|{comm}"))
    local text = "{value.count} {value.sum|size} {value.avg} {value.max}"
    assert.equal("~2048 ~10K 5 5\n", printed(filled("stats", "n", 1024, { events[1], events[2] }), text))
    assert.equal("~20 ~100 5 7 7\n", printed(filled("hist", "n", 10, { events[1], events[2] }),
      "{value.count} {value.sum} {value.avg} {value.p50} {value.max}"))
    assert.equal("2 10 5 5\n", printed(filled("stats", "n", 1, { events[1], events[2] }), text))
    assert.equal("~20\n", printed(filled("sum", "n|size", 10, { { "dd", 2, 0 } }), "{value}"))
  end)

  it("are marked in a map: what each line and the darkest stand for", function()
    local a = filled("hist", { "n", by = "comm", over = "1s" }, 10, events)
    assert.equal([[
hist of n by time, comm (t.lua:1)
  comm=dd
  4..7  ~20  |@ @|
  0ns to 2.00s, 1s a column, @ is ~10
  count ~20  samples 2  avg 5  p50 7  p90 7  p99 7  max 7

  comm=cat
  1  ~10  |  @|
  0ns to 2.00s, 1s a column, @ is ~10
  count ~10  samples 1  avg 1  p50 1  p90 1  p99 1  max 1
]], printed(a))
  end)

  it("leave a map as wide as its terminal", function()
    local many = {}
    for i = 1, 200 do
      many[i] = { "dd", 5, i }
    end
    local line = printed(filled("hist", { "n", over = "1s" }, 1000, many)):match "\n( +4%.%.7 [^\n]*)\n"
    assert.matches("~200,000", line)
    assert.is_true(#line <= 80, line)
  end)

  it("are marked over time, and what is highest of them", function()
    local text = printed(filled("sum", { "n", by = "comm", over = "1s" }, 10, events))
    assert.matches("\n +SUM +SAMPLES +COMM +MOST\n +~100 +2 +dd +~50 ", text)
    text = printed(filled("stats", { "n", by = "comm", over = "1s" }, 10, events))
    assert.matches("\n +~20 +5 +5 +5 +~100 +2 +dd +5 ", text)
  end)

  it("have their samples in CSV and JSON, where figures have no mark", function()
    local list = { { "dd", 5, 0 }, { "dd", 5, 0 }, { "dd", 9, 0 }, { "cat", 1, 0 } }
    local a = filled("hist", { "n", by = "comm", max = 1 }, 10, list)
    assert.equal("comm,low,high,count,samples\ndd,4,8,20,3\ndd,8,16,10,3\n(other),1,2,10,1\n",
      printed(a, { as = "csv" }))
    assert.matches('"buckets":%[%[4,8,20%],%[8,16,10%]%]},"samples":3}', printed(a, { as = "json" }))
    assert.equal("comm,count,samples\ndd,30,3\ncat,10,1\n", printed(filled("count", "comm", 10, list),
      { as = "csv" }))
    assert.equal("low,high,count\n1,2,1\n", printed(filled("hist", "n", 1, { list[4] }), { as = "csv" }))
  end)
end)
