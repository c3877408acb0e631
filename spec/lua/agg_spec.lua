--- ks.count, ks.sum, ks.stats, ks.hist: what they keep of events, in Lua and of the kernel's rows, and how it
--- is printed. The kernel's half is a fake here.
local ks = require "spec.support.ks"

describe("an aggregation", function()
  local agg, errors = ks.require "ksnoop.agg", ks.require "ksnoop.error"
  local output, core = ks.require "ksnoop.output", ks.require "ksnoop.core"
  local at = { file = "/scripts/t.lua", line = 7 }
  local trace, written
  local write, flush = output.write, output.flush

  before_each(function()
    trace = { aggs = {}, files = {}, options = { format = "text" } }
    written = {}
    output.write = function(s) written[#written + 1] = s end
    output.flush = function() return true end
  end)
  after_each(function() output.write, output.flush = write, flush end)

  local function new(kind, options)
    return agg.new(trace, kind, options, at)
  end

  local function printed(a, options)
    written = {}
    assert.equal(a, a:print(options))
    return table.concat(written)
  end

  -- The rows as text: "key=value ..."
  local function rows(a, options)
    local list = {}
    for k, v in a:rows(options) do
      local words = type(k) == "table" and { unpack(k) } or { k }
      for i, word in ipairs(words) do
        words[i] = tostring(word)
      end
      list[#list + 1] = table.concat(words, "/") .. "="
        .. (type(v) == "table" and tostring(v.count) or tostring(v))
    end
    return table.concat(list, " ")
  end

  local function refused(message, hint, f, ...)
    local ok, e = pcall(f, ...)
    assert.is_false(ok)
    assert.is_true(errors.is(e), tostring(e))
    assert.same({ message, hint }, { e.message, e.hint })
  end

  describe("in Lua", function()
    local events = {
      { comm = "dd", pid = 7, size = 100, time = 100 }, { comm = "sh", pid = 7, size = 20, time = 2e9 },
      { comm = "dd", pid = 8, size = 4000, time = 2.5e9 }, { comm = "dd", pid = 7, time = 3e9 },
    }
    local function size(e) return e.size end

    it("takes functions and strings, and is called with events", function()
      local by_comm = new("count", "comm")
      local sizes = new("sum", { size, by = { "comm", "pid" } })
      local stats = new("stats", { size, by = function(e) return e.pid == 7 end })
      local hist = new("hist", { "size" })
      for _, e in ipairs(events) do
        by_comm(e) sizes(e) stats(e) hist(e)
      end
      assert.equal("dd=3 sh=1", rows(by_comm))
      assert.equal("dd/8=4000 dd/7=100 sh/7=20", rows(sizes))
      assert.equal("dd/7=100", rows(sizes, { limit = 1, sort = "key" }))
      assert.equal("sh/7=20 dd/8=4000 dd/7=100", rows(sizes, { sort = "-key" }))
      for key in sizes:rows { limit = 1 } do
        assert.same({ "dd", 8, comm = "dd", pid = 8 }, key)
        assert.equal(4000, sizes:get(key))
      end
      assert.same({ count = 2, sum = 120, samples = 2, avg = 60, min = 20, max = 100 }, stats:get(true))
      assert.equal(4000, sizes:get("dd", 8))
      assert.is_nil(sizes:get("dd", 9))
      local all = hist:get()
      assert.same({ 3, 4120, 16, 4095, 4095, 127 },
        { all.count, all.sum, all.min, all.max, all:p(99), all:p(66) })
      assert.equal(1, hist.store.unread)
    end)

    it("has the names of functions that are given one, behind the others", function()
      local a = new("count", { by = { "comm", odd = function(e) return e.pid % 2 == 1 end,
        big = function(e) return (e.size or 0) > 1000 end } })
      for _, e in ipairs(events) do
        a(e)
      end
      assert.equal("dd/false/true=2 dd/true/false=1 sh/false/true=1", rows(a))
      assert.equal("count by comm, big, odd (t.lua:7)", a.title)
      refused("the key 'x' of ks.count is a string, not a function", 'write it as "x=pid"', new, "count",
        { by = { x = "pid" } })
      refused("the key 'key' of ks.count is a table: it takes a number, a string or a boolean",
        'ks.text(e, "name") makes a text of any value', new("count", { by = function() return {} end }), {})
    end)

    it("counts by time slots", function()
      local a = new("count", { by = "comm", over = "1s" })
      for _, e in ipairs(events) do
        a(e)
      end
      assert.equal("0/dd=1 2000000000/dd=1 2000000000/sh=1 3000000000/dd=1", rows(a))
      assert.equal(1, a:get(2e9, "sh"))
      refused("over needs events with a time, and this has none", nil, a, { comm = "x" })
    end)

    it("keeps what could not be read, and what is too much, apart", function()
      local a = new("count", { by = "comm", max = 2 })
      for _, comm in ipairs { "a", "b", "c", "d", "a" } do
        a { comm = comm }
      end
      assert.equal("a=2 b=1 (other)=2", rows(a))
      assert.equal(2, a:get "(other)")
      local b = new("count", "comm")
      b {} b { comm = "x" } b {}
      assert.equal("(unreadable)=2 x=1", rows(b))
      assert.equal(2, b:get "(unreadable)")
      assert.equal(2, b:get(nil))
      assert.is_nil(b:get "(other)")
    end)

    it("loses none of a million keys", function()
      local a = new("count", { by = "n", max = 1000 })
      local e = {}
      for i = 1, 1000000 do
        e.n = i
        a(e)
      end
      local sum, n = 0, 0
      for _, v in a:rows() do
        sum, n = sum + v, n + 1
      end
      assert.same({ 1000000, 1001, 999000 }, { sum, n, a:get "(other)" })
    end)

    it("allocates nothing for an event whose key is there", function()
      local count, hist = new("count", "comm"), new("hist", { "size", by = "comm", error = "1%" })
      local e = { comm = "dd" }
      local function some(n)
        for i = 1, n do
          e.size = i % 1000
          count(e)
          hist(e)
        end
      end
      some(100000)
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      some(100000)
      local kib = collectgarbage "count" - before
      collectgarbage "restart"
      assert.is_true(kib < 64, ("%.0f KiB"):format(kib))
      assert.equal(200000, count:get "dd")
      assert.equal(200000, hist:get("dd").count)
    end)

    it("keeps 64-bit keys exact and apart", function()
      local a = new("count", "ino")
      for _, ino in ipairs { 9007199254740993ULL, 9007199254740993LL, 9007199254740992, 5ULL, 5, "5" } do
        a { ino = ino }
      end
      assert.equal("5=2 9007199254740993LL=2 9.007199254741e+15=1 5=1", rows(a))
      assert.equal(2, a:get(9007199254740993ULL))
      local json = printed(a, { as = "json" })
      assert.is_truthy(json:find('{"key":{"ino":9007199254740993},"value":2}', 1, true), json)
      assert.is_truthy(json:find('{"key":{"ino":"5"},"value":1}', 1, true), json)
    end)

    it("takes a snapshot: each event is in exactly one", function()
      local a, sum = new("hist", { "size", by = "comm" }), nil
      for i = 1, 1000 do
        a { size = i, comm = "x" }
        if i % 97 == 0 then
          local taken = a:take()
          sum = sum and sum:merge(taken) or taken
        end
      end
      assert.equal(970, sum:get("x").count)
      assert.equal(30, a:get("x").count)
      assert.equal(1000, sum:merge(a):get("x").count)
      assert.equal(500500, sum:get("x").sum)
      assert.equal(30, a:get("x").count)
      sum { size = 1, comm = "x" }
      assert.equal(1001, sum:get("x").count)
    end)

    it("says what can't be a key or value, or be merged", function()
      local a = new("sum", { "size", by = "comm" })
      refused("the value of ks.sum is a string, not a number", nil, a, { size = "7", comm = "x" })
      refused("the key 'comm' of ks.sum is a table: it takes a number, a string or a boolean",
        'ks.text(e, "name") makes a text of any value', a, { size = 7, comm = {} })
      refused("these can't be merged: one is ks.sum, the other ks.count", nil, a.merge, a, new("count", "comm"))
      refused("these can't be merged: the keys of one are comm, those of the other none", nil, a.merge, a,
        new("sum", "size"))
      refused("these can't be merged: their histograms have other buckets", nil, agg.new(trace, "hist", "x").merge,
        new("hist", "x"), new("hist", { "x", step = 10 }))
      refused("merge takes an aggregation, not a table", nil, a.merge, a, {})
      refused("get takes the 1 values of a key, not 2", "in the order of by: comm", a.get, a, 1, 2)
      refused("rows can't be sorted by 'keys'", "did you mean key or -key?", a.rows, a, { sort = "keys" })
      refused("rows has no option 'limt'", "did you mean limit?", a.rows, a, { limt = 3 })
    end)
  end)

  describe("of the kernel's", function()
    local kernel = ks.require "ksnoop.agg_kernel"
    local bind, read = kernel.bind, kernel.read

    before_each(function()
      kernel.bound, kernel.rows, kernel.unread = {}, {}, 0
      function kernel.bind(a, handle, probe)
        kernel.bound[#kernel.bound + 1] = { a, handle, probe }
      end
      function kernel.read(_, take, put)
        for _, row in ipairs(kernel.rows) do
          put(unpack(row, 1, 8))
        end
        local unread = kernel.unread
        kernel.rows, kernel.unread = take and {} or kernel.rows, take and 0 or unread
        return unread
      end
    end)
    after_each(function() kernel.bind, kernel.read = bind, read end)

    it("is bound with its texts, and gives no function", function()
      local a = new("hist", { "elapsed", by = { "comm", "res=errno(retval)" }, error = "1%", max = 7 })
      assert.is_nil(a:bind("handle", "probe"))
      assert.same({ a, "handle", "probe" }, kernel.bound[1])
      assert.same({ "hist", "elapsed", { "comm", "res=errno(retval)" }, 6, 7 },
        { a.kind, a.value, a.by, a.sub_bits, a.max })
    end)

    it("adds up what both halves have", function()
      local a = new("sum", { "retval|size", by = { "res=errno(retval)", "comm" } })
      a:bind("handle", "probe")
      trace.now = 1
      kernel.rows = {
        { { 2, "dd" }, { "ENOENT" }, nil, 3, 4096LL },
        { { 0, "d\27d" }, nil, { [2] = '"d\\u001bd"' }, 1, 1 },
        { { nil, "dd" }, nil, nil, 1, 5 },
        { "other", nil, nil, 2, 7 },
      }
      kernel.unread = 9
      a { res = 2, comm = "dd", retval = 4 }
      assert.equal("2/dd=4100 (unreadable)/dd=5 0/d\27d=1 (other)/(other)=7", rows(a))
      assert.equal([[
sum of retval by res, comm (t.lua:7)
   SUM  RES           COMM
  4.0K  ENOENT        dd
     5  (unreadable)  dd
     1  0             d\x1bd
     7  (other)
  (9 values were not readable)
]], printed(a))
      assert.equal('{"type":"rows","name":"sum of retval by res, comm (t.lua:7)","kind":"sum","rows":['
        .. '{"key":{"res":2,"comm":"dd"},"value":4100},{"key":{"res":{"error":"EFAULT"},"comm":"dd"},"value":5},'
        .. '{"key":{"res":0,"comm":"d\\u001bd"},"value":1}],"other":7,"left":0,"unread":9}\n',
        printed(a, { as = "json" }))
      local taken = a:take()
      assert.equal(4100, taken:get(2, "dd"))
      assert.equal("", rows(a))
      assert.matches('"unread":9}\n$', printed(taken, { as = "json" }))
      assert.matches('"unread":0}\n$', printed(a, { as = "json" }))
      kernel.rows = { { { 2, "dd" }, { "ENOENT" }, nil, 1, 1 } }
      assert.equal(1, a:get(2, "dd"))
      assert.equal(4101, taken:merge(a):get(2, "dd"))
    end)

    it("takes histograms bucket by bucket", function()
      local a = new("hist", { "elapsed" })
      a:bind("handle", "probe")
      trace.now = 1
      kernel.rows = { { {}, nil, nil, 3, 3000, nil, nil, 11 }, { {}, nil, nil, 1ULL, 5000ULL, nil, nil, 13 } }
      assert.equal([[
hist of elapsed (t.lua:7)
      1us..2us  3  |########################################
    2us..4.1us  0  |
  4.1us..8.2us  1  |#############
  count 4  avg 2us  p50 2us  p90 8.2us  p99 8.2us  max 8.2us
]], printed(a))
    end)
  end)

  describe("is printed", function()
    local function some(kind, options)
      local a = new(kind, options)
      for i = 1, 100 do
        a { n = i * i, comm = i % 3 == 0 and "dd" or "a;b,\"c\"", pid = i % 2 + 1000 }
      end
      return a
    end

    it("as a table, with what is left out", function()
      assert.equal([[
stats of n by pid (t.lua:7)
  COUNT    AVG  MIN     MAX      SUM  PID
     50  3,434    4  10,000  171,700  1000
     50  3,333    1   9,801  166,650  1001
]], printed(some("stats", { "n", by = "pid" })))
      assert.equal([[
Squares
   SUM  COMM     PID
  115K  a;b,"c"  1000
  105K  a;b,"c"  1001
  (2 more keys)
]], (printed(some("sum", { "n|size", by = { "comm", "pid" }, title = "Squares" }), { limit = 2 })))
      assert.equal("count by x (t.lua:7)\n  (nothing)\n", printed(new("count", "x")))
      assert.equal("count (t.lua:7)\n  COUNT\n    100\n", printed(some("count")))
      local a = new("sum", "n")
      a {} a { n = 1234567 }
      assert.equal("sum of n (t.lua:7)\n        SUM\n  1,234,567\n  (1 value was not readable)\n", printed(a))
    end)

    it("as histograms of every kind", function()
      assert.equal([[
hist of n by comm (t.lua:7)
  comm=a;b,"c"
          0..999  21  |########################################
    1,000..1,999   9  |#################
]], (printed(some("hist", { "n", by = "comm", step = 1000 })):gsub("(1,999[^\n]*\n).*", "%1")))
      local fine = printed(some("hist", { "n|size", error = "1%" }))
      assert.is_truthy(fine:find("  4K..8K  27  |########", 1, true), fine)
      assert.is_truthy(fine:find("count 100  avg 3.3K  p50 2.5K  p90 7.9K  p99 9.6K  max 9.9K", 1, true), fine)
    end)

    it("with the groups of a key beside each other", function()
      assert.equal([[
hist of n by pid (t.lua:7)
                      1000             1001
        0..1,999  22  |##########  22  |##########
    2,000..3,999   9  |####        10  |#####
    4,000..5,999   7  |###          7  |###
    6,000..7,999   6  |###          6  |###
    8,000..9,999   5  |##           5  |##
  10,000..11,999   1  |#            0  |
           count      50               50
             p50      3,999            3,999
             p90      9,999            7,999
             p99      11,999           9,999
             max      11,999           9,999
]], printed(some("hist", { "n", by = "pid", step = 2000 }), { compare = "pid" }))
      assert.equal([[
count by comm, pid (t.lua:7)
  1000  1001
    34    33  comm=a;b,"c"
    16    17  comm=dd
]], printed(some("count", { by = { "comm", "pid" } }), { compare = "pid" }))
    end)

    it("through a template", function()
      assert.equal("[a;b,\"c\"]    67 4.0K\n[dd]    33 4.0K\n", printed(
        some("hist", { "n|size", by = "comm" }), "[{comm}]{value.count|6}{value.p50|size|5}"))
      assert.equal("1000 0x32\n", printed(some("count", "pid"), { "{pid|-5}{value|x}", limit = 1 }))
    end)

    it("as CSV and folded", function()
      assert.equal('comm,pid,sum\n"a;b,""c""",1000,117844\n', (printed(some("sum", { "n", by = { "comm", "pid" } }),
        { as = "csv", limit = 1 })))
      assert.equal("pid,low,high,count\n1000,0,5000,35\n1000,5000,10000,14\n1000,10000,15000,1\n", printed(
        some("hist", { "n", by = "pid", step = 5000 }), { as = "csv", limit = 1 }))
      assert.equal('a:b,"c";1000 34\n', printed(some("count", { by = { "comm", "pid" } }),
        { as = "folded", limit = 1 }))
    end)

    it("folded without stacks that have no frames", function()
      local a, b = new("count", { by = { "comm", "stack", "ustack" } }), new("count", "stack")
      for _, e in ipairs { { comm = "x", stack = "", ustack = "main" }, { comm = "y", stack = "f", ustack = "" },
          { comm = "", stack = "", ustack = "" } } do
        a(e)
        b(e)
      end
      assert.equal(";1\nx;main;1\ny;f;1\n", (printed(a, { as = "folded", sort = "key" }):gsub(" ", ";")))
      assert.equal("(empty) 2\nf 1\n", (printed(b, { as = "folded" })))
    end)

    it("to a file, anew in each run", function()
      local folder, clean = ks.folder()
      local path = ks.write(folder .. "/out", "old")
      local a = some("count", "pid")
      a:print { to = path, as = "folded" }
      a:print { to = path, as = "folded" }
      assert.equal("1000 50\n1001 50\n1000 50\n1001 50\n", ks.read(path))
      refused("can't write " .. folder .. ": Is a directory", nil, a.print, a, { to = folder })
      clean()
    end)

    it("as JSON that fits the schema, by default under -f json", function()
      trace.options.format = "json"
      local text = ""
      for kind, options in pairs { count = { by = { "comm", "pid" }, max = 2 }, sum = { "n" },
        stats = { function(e) return e.n / 7 end, by = "comm" }, hist = { "n", by = "none" } } do
        text = text .. printed(some(kind, options))
      end
      local a = new("hist", { "n", by = "k" })
      a { n = -1, k = 0.5 }
      a { n = 0, k = true }
      a { n = 1, k = "\255\27" }
      a { n = 18446744073709551615ULL }
      a { n = 5, k = math.huge }
      a { n = 5, k = 0 / 0 }
      a { n = 9223372036854775807LL }
      text = text .. printed(a)
      local r = ks.shell("spec/support/check_json.py", text)
      assert.same({ 0, "rows=5\n", "" }, { r.code, r.out, r.err })
      assert.is_truthy(text:find('{"key":{"k":true},"value":{"count":1,"sum":0,"buckets":[[0,1,1]]}}', 1, true), text)
      assert.is_truthy(text:find('"buckets":[[null,0,1]]', 1, true), text)
      assert.is_truthy(text:find('"buckets":[[4611686018427387904,9223372036854775808,1]]', 1, true), text)
      assert.is_truthy(text:find('{"k":{"error":"EFAULT"}}', 1, true), text)
      assert.is_truthy(text:find('"unread":1}', 1, true), text)
    end)
  end)

  it("prints what is below 0 in a histogram", function()
    local h = new("hist", { function(e) return e.v end })
    h { v = -3 }
    h { v = 5 }
    assert.matches("below 0  1  |#+\n", (printed(h)))
  end)

  it("reads the names of keys as captures are named", function()
    local column = ks.require "ksnoop.column"
    for text, name in pairs { comm = "comm", ["*x"] = "x", ["a->b.c|size|7"] = "c", ["entry(stack)"] = "stack",
      ["errno(retval)"] = "errno", ["r=errno(retval)"] = "r", ["str(s->name)"] = "name", ["vec[:n]"] = "vec",
      ["current->signal->rlim[7].rlim_cur"] = "rlim_cur", ["first(reason, 0)"] = "reason", ["(file)"] = "file",
      ["((struct x *)y)->a"] = "a", ["a == b"] = false, ["a||b"] = false, ["(a|b)|x"] = false, ["a * b->c"] = false,
      ["a=b"] = "a" } do
      assert.equal(name or nil, column.parse(text).name, text)
    end
    assert.equal("'a|b'", column.parse "x='a|b'|size".expr)
    assert.is_truthy(core)
  end)
end)
