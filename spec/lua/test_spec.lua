--- ks.test: events that are made up, and what probes make of them without a kernel.
local ks = require "spec.support.ks"

describe("ks.test", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    ks.shell(("cp lua/ksnoop/recipes/slow.lua %s && chmod 644 %s/slow.lua"):format(folder, folder))
  end)
  teardown(function() clean() end)

  -- Lines begin at line 2; `show(out)` prints a result.
  local function run(lines, ...)
    ks.write(folder .. "/t.lua", [[local ks, show = require "ksnoop", function(out)
      io.write(out.text, ("%d %d %d\n"):format(out.delivered, out.filtered, out.faults)) end
]] .. lines)
    local words = { "--btf", ks.btf(), ... }
    words[#words + 1] = folder .. "/t.lua"
    local r = ks.run(unpack(words))
    r.err = r.err:gsub(folder:gsub("%p", "%%%0") .. "/", "")
    return r
  end

  local function prints(expected, lines, ...)
    local r = run(lines, ...)
    assert.equal("", r.err)
    assert.equal(expected, r.out)
    assert.equal(0, r.code)
  end

  it("runs a recipe", function()
    prints("true\t1\t1\t0\n", [[
local slow = require "slow"
local out = ks.test(function() slow { min = "1ms" } end, {
  { "vfs_read", elapsed = "2ms", retval = -5, pid = 7, comm = "dd" },
  { "vfs_read", elapsed = "10us", retval = 1 },
})
print(out.text:find "^%S+ +7 dd%s+vfs_read 2.00ms %-EIO\n$" ~= nil, out.delivered, out.filtered, out.faults)]])
  end)

  it("needs no privileges", function()
    local r = run [[
show(ks.test(function() ks.probe "vfs_read" { ks.print "{count}" } end, { { "vfs_read", count = 3 } }))]]
    assert.same({ 0, "3\n1 0 0\n" }, { r.code, r.out })
    if ks.shell("id -u").out == "0\n" then
      ks.shell(("cp %s %s/ksnoop; cp %s %s/btf; chmod 755 %s/ksnoop; chmod 644 %s/btf %s/t.lua"):format(
        ks.quote(ks.binary), folder, ks.btf(), folder, folder, folder, folder))
      r = ks.shell(("cd / && setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all "
        .. "%s/ksnoop --btf %s/btf %s/t.lua"):format(folder, folder, folder))
      assert.same({ 0, "3\n1 0 0\n" }, { r.code, r.out }, r.err)
    end
  end)

  it("counts what became of each event, for counters() too", function()
    prints("6\t3\t1\t2\t1\t1\n", [[
local function show(p)
  local c = p:counters()
  assert(c.hits == c.filtered + c.faults + c.matched and c.matched == c.delivered + c.rejected)
  print(c.hits, c.filtered, c.faults, c.matched, c.delivered, c.rejected)
end
local out = ks.test(function()
  local p = ks.probe "vfs_read" { where = { "count > 2 && *pos > 0", function(e) return e.count > 5 end },
    capture = { "count" }, function() end }
  ks.at_end(function() show(p) end)
  local q = ks.probe "vfs_write" { capture = {}, function() end }
  ks.at_end(function() assert(q:counters().hits == 0) end)
end, { { "vfs_read", count = 1, pos = { 1 } }, { "vfs_read", count = 2, pos = { 1 } },
  { "vfs_read", count = 9, pos = 0 }, { "vfs_read", count = 4, pos = { 1 } },
  { "vfs_read", count = 7, pos = { 1 } }, { "vfs_read", count = 7, pos = { 0 } } })
io.write(out.text)]])
  end)

  it("makes memory of tables: members, pointers, arrays, bit-fields, texts", function()
    prints("7 FMODE_WRITE O_RDWR abc i-100 5 true tag label next\n1 0 0\n", [[
show(ks.test(function()
  ks.probe "vfs_read" { ks.print { "{count} {file->f_mode} {file->f_flags} {str(buf)} i{file->f_inode->i_size} {*pos} ",
    "{file->f_ready} {file->f_tag} {str(file->f_label)} {str(file->f_next->f_label)}" } }
end, { { "vfs_read", count = 7, buf = "abc", pos = { 5 },
    file = { f_mode = 2, f_flags = "O_RDWR", f_inode = { i_size = -100 }, f_ready = true, f_tag = "tag",
      f_label = "label", f_next = { f_label = "next" } } } }))]])
    prints("5 -3 true 99\n{4, 0, 6, 0} 9 text\n2 0 0\n", [[
show(ks.test(function()
  ks.probe "bit_user" { ks.print { "{b->low} {b->sign} {b->flag} {b->long_one} " } }
  ks.probe "odd_user" { ks.print { "{o->numbers} {o->matrix[7]} {o->text}" } }
end, { { "bit_user", b = { low = 5, sign = -3, flag = true, long_one = 99 } },
    { "odd_user", o = { numbers = { 4, 0, 6 }, matrix = { 0, 0, 0, 0, 0, 0, 0, 9 }, text = "text" } } }))]])
  end)

  it("tests predicates as the kernel would: what can't be read is a fault", function()
    prints("1 2 2\n", [[
show(ks.test(function()
  ks.probe "vfs_read" { where = { "file->f_inode->i_size > 10", function(e) return e.count ~= 1 end },
    capture = { "count" }, function() end }
end, {
  { "vfs_read", count = 9, file = { f_inode = { i_size = 11 } } },
  { "vfs_read", count = 9, file = { f_inode = { i_size = 10 } } },
  { "vfs_read", count = 1, file = { f_inode = { i_size = 11 } } },
  { "vfs_read", count = 9, file = 0 },
  { "vfs_read", count = 9, file = {} }, -- f_inode is NULL
}))]])
  end)

  it("tells entry, return and call of a function, and other functions", function()
    prints("entry\nreturn 3\ncall 2.00us\n3 0 0\nreturn 4\n1 0 0\n", [[
show(ks.test(function()
  ks.probe "vfs_read" { ks.print "entry" }
  ks.probe "return:vfs_read" { ks.print "return {retval}" }
  ks.call "vfs_read" { where = "retval < 4", ks.print "call {elapsed}" }
  ks.probe "vfs_write" { ks.print "other" }
end, { { "vfs_read", retval = 3, elapsed = 2000 } }))
show(ks.test(function()
  ks.probe "vfs_read" { ks.print "entry" }
  ks.probe "return:vfs_read" { ks.print "return {retval}" }
end, { { "return:vfs_read", retval = 4 } }))]])
  end)

  it("adds up in aggregations, which are rows and text", function()
    prints([[
dd 2 300
sh 1 7
2
count by comm (t.lua:4)
  COUNT  COMM
      2  dd
      1  sh

sum of n by comm (t.lua:4)
  SUM  COMM
  300  dd
    7  sh
3 0 0
]], [[
local out = ks.test(function()
  ks.probe "vfs_read" { ks.count "comm", ks.sum { "n=count", by = "comm" } }
end, {
  { "vfs_read", comm = "dd", count = 100 }, { "vfs_read", comm = "dd", count = 200 },
  { "vfs_read", comm = "sh", count = 7 } })
for i, row in ipairs(out.rows[1]) do print(row.key .. " " .. row.value .. " " .. out.rows[2][i].value) end
print(#out.rows)
show(out)]])
  end)

  it("keeps all that is printed, and runs at_end", function()
    prints("[a 1\nprinted 5\nthe end\n]\n1\n", [[
local out = ks.test(function()
  ks.probe "vfs_read" { capture = { "count", "pid" }, ks.print "a {pid}", function(e) print("printed " .. e.count) end }
  ks.at_end(function() print "the end" end)
end, { { "vfs_read", count = 5 } })
print("[" .. out.text .. "]") print(out.delivered)]])
  end)

  it("leaves the script's own trace alone", function()
    ks.write(folder .. "/t.lua", [[
local ks = require "ksnoop"
ks.probe "vfs_write" {}
ks.test(function() ks.probe "vfs_read" { ks.print "x" } end, { { "vfs_read" } })
ks.probe "vfs_open" {}]])
    local r = ks.run("--btf", ks.btf(), "--dump", "layout", folder .. "/t.lua")
    assert.equal("", r.err)
    assert.is_truthy(r.out:find "^vfs_write:\n" and r.out:find "\nvfs_open:\n")
    assert.is_falsy(r.out:find "vfs_read")
  end)

  it("makes up samples of a timer", function()
    prints("dd profile:99\n1 1 0\n", [[
show(ks.test(function() ks.probe "profile:99" { where = "pid != 0", ks.print "{comm} {func}" } end,
  { { "profile:99", pid = 0 }, { "profile:99", pid = 5, comm = "dd" } }))]])
    local r = run [[ks.test(function() ks.probe "profile:99" {} end, { { "profile:98" } })]]
    assert.is_truthy(r.err:find("no probe is at 'profile:98'", 1, true))
    r = run [[ks.test(function() ks.probe "profile:99" {} end, { { "profile:99", retval = 1 } })]]
    assert.is_truthy(r.err:find("profile:99 has no argument 'retval'", 1, true))
  end)

  it("ends with 2 when an assertion fails", function()
    local r = run [[
assert(ks.test(function() ks.probe "vfs_read" { ks.print "x" } end, { { "vfs_read" } }).delivered == 2)]]
    assert.equal("t.lua:3: assertion failed!\n", r.err:gsub("^ksnoop: ", ""))
    assert.equal(2, r.code)
  end)

  -- the events, what is said behind "t.lua:3: ", and a hint
  local refusals = {
    { '{ { "vfs_raed" } }', "event 1: no probe is at 'vfs_raed'", "did you mean vfs_read?" },
    { '{ {} }', "event 1: this is no event", 'one is a table, { "vfs_read", count = 100, ... }' },
    { '{ { "retrun:vfs_read" } }', "event 1: 'retrun:' is no kind of place", "did you mean return?" },
    { '{ { "vfs_*" } }', "event 1: 'vfs_*' is no one place",
      "an event is at one function, tracepoint or system call" },
    { '{ { "!vfs_read" } }', "event 1: '!vfs_read' is no one place",
      "an event is at one function, tracepoint or system call" },
    { '{ { "tp:vfs_read" } }', "event 1: no probe is at 'tp:vfs_read'", "did you mean vfs_read?" },
    { '{ { "sys:vfs_read" } }', "event 1: no probe is at 'sys:vfs_read'", "probes are at vfs_read" },
    { '{ { "mod:ext4:vfs_read" } }', "event 1: no probe is at 'mod:ext4:vfs_read'", "probes are at vfs_read" },
    { '{ { "vfs_read", count = 1, elapsed = 6, time = 5 } }',
      "event 1: it took 6 ns, and its end is at time 5" },
    { '{ { "vfs_read", count = 1 }, { "vfs_read" } }', "event 2: the event says nothing of 'count', which is asked for",
      "count = VALUE in its table" },
    { '{ { "vfs_read", cuont = 1 } }', "event 1: vfs_read has no argument 'cuont', and nothing else has that name",
      "did you mean count?" },
    { '{ { "vfs_read", count = 1, file = { f_falgs = 1 } } }', "event 1: 'file.f_falgs' has no such member",
      "did you mean f_flags?" },
    { '{ { "vfs_read", count = 1.5 } }', "event 1: count can't be 1.5",
      "values are whole numbers, true and false, texts, and tables of members" },
    { '{ { "vfs_read", count = print } }', "event 1: count can't be a function",
      "values are whole numbers, true and false, texts, and tables of members" },
    { '{ { "vfs_read", count = { 1 } } }', "event 1: 'count.0' is no member: what it would be in is one value" },
    { '{ { "vfs_read", file = { f_mode = 2 ^ 40 } } }',
      "event 1: 'file.f_mode' has 32 bits: no room for 1099511627776" },
    { '{ { "vfs_read", pid = -1 } }', "event 1: pid can't be -1" },
    { '{ { "vfs_read", comm = "a name that is long" } }', "event 1: 'comm' has at most 15 bytes" },
    { '{ { "vfs_read", file = { f_path = 5 } } }', "event 1: 'file.f_path' is no number" },
    { '{ { "vfs_read", count = "NOSUCH" } }', "event 1: 'count' is a number, and 'NOSUCH' stands for none",
      "there is no constant 'NOSUCH'" },
    { '{ { "vfs_read", file = "text" } }', "event 1: 'file' does not point to a text" },
    { '{ { "vfs_read", count = 1, { "vfs_raed" } } }', "event 1.1: no probe is at 'vfs_raed'",
      "did you mean vfs_read?" },
    { '{ { "vfs_read", count = 1, 7 } }', "event 1: what lies in it is an event, not a number",
      '{ "vfs_fsync_range", ..., { "submit_bio_noacct", ... } }' },
    { '{ { "return:vfs_read", count = 1, {} } }', "event 1: no probe is at 'return:vfs_read'",
      "probes are at vfs_read" },
    { '{ { "vfs_read", count = 1, elapsed = "1ms", { "vfs_read", count = 2, elapsed = "2us" } } }',
      "event 1: it ends before what lies in it, which takes 1002000ns", "without elapsed it takes as long" },
    { '{ { "vfs_read", count = 1, stack = { "x" } } }', "event 1: frame 1 of the stack is a string",
      "stack = { address, ... }, the innermost first" },
    { '{ { "vfs_read", pos = { ["(struct pear)"] = {} } } }',
      [[event 1: 'pos.(struct pear)' is no type: "(struct tcp_sock)" would be one]] },
    { '{ { "vfs_read", count = { ["(struct pair16)"] = {} } } }',
      "event 1: 'count.(struct pair16)' is behind no pointer" },
    { '7', "ks.test takes a list of events, not a number", '{ { "vfs_read", count = 100 }, ... }' },
  }
  for _, case in ipairs(refusals) do
    it("refuses " .. case[1], function()
      local line = ('ks.test(function() ks.probe "vfs_read" { ks.print "{count}" } end, %s)'):format(case[1])
      local r = run(line)
      assert.equal(("t.lua:3: %s\n    %s\n%s"):format(case[2], line,
        case[3] and "hint: " .. case[3] .. "\n" or ""), r.err)
      assert.equal(2, r.code)
    end)
  end

  it("makes up system calls, whose arguments tracefs names", function()
    prints("openat /etc/passwd 3 2.00ms -100 x\n1 1 0\n", [[
show(ks.test(function()
  ks.call "sys:openat" { where = "dfd == AT_FDCWD && str(filename) != '/etc/shadow'",
    ks.print "{func} {str(filename)} {retval} {elapsed} {entry(dfd)} {n=str(*names)}" }
end, { { "sys:openat", filename = "/etc/passwd", dfd = "AT_FDCWD", retval = 3, elapsed = "2ms", names = { "x" } },
  { "sys:openat", filename = "/etc/shadow", dfd = -100, elapsed = 1, retval = -2 } }))]], "--tracefs",
      ks.root .. "/spec/fixtures/tracefs")
  end)

  it("lets each event begin a millisecond after the last one's end, unless it has a time", function()
    prints([[
entry 1.00ms
call 1.00ms 2.00ms 3.00ms
entry 4.00ms
call 4.00ms 5ns 4.00ms
entry 9.00s
call 9.00s 1.00s 10.0s
entry 10.0s
call 10.0s 500us 10.0s
8 0 0
]], [[
show(ks.test(function()
  ks.probe "vfs_read" { ks.print "entry {time|dur}" }
  ks.call "vfs_read" { ks.print "call {entry(time)|dur} {elapsed} {time|dur}" }
end, { { "vfs_read", elapsed = "2ms" }, { "vfs_read", elapsed = 5 }, { "vfs_read", elapsed = "1s", time = "10s" },
  { "vfs_read", elapsed = "500us" } }))]])
  end)

  -- an event's place, and how often it hits these four
  local hits = { ["vfs_read"] = 4, ["return:vfs_read"] = 2, ["kprobe:vfs_read"] = 1, ["fentry:vfs_read"] = 3 }
  for place, times in pairs(hits) do
    it(("hits %d of four probes by %s"):format(times, place), function()
      prints(times .. " 0 0\n", ([[
show(ks.test(function()
  local function quiet() end
  ks.probe "vfs_read" { quiet, capture = "pid" }
  ks.probe "kprobe:vfs_read" { quiet, capture = "pid" }
  ks.probe "return:vfs_read" { quiet, capture = "pid" }
  ks.call "vfs_read" { quiet, capture = "pid" }
end, { { %q } }))]]):format(place))
    end)
  end

  it("says what is wrong in the function as in any script, and what can't be made up", function()
    assert.equal("t.lua:3: vfs_read has no argument 'cuont', and nothing else has that name\n",
      run 'ks.test(function() ks.probe "vfs_read" { where = "cuont" } end, {})'.err:match "^[^\n]*\n")
    assert.is_truthy(run([[ks.test(function() ks.probe "vfs_read" { keep = 2, emit = "count", ks.print "{count}" } end,
      { { "vfs_read", count = 1 } })]]).err:find(
      "event 1: vfs_read keeps records: of these no events are made up", 1, true))
  end)

  it("makes up spans: what opens, closes, opens anew and has no room, by the table as by an address", function()
    prints([[
6 O_WRONLY 6.00ms 8 dd vfs_read vfs_write FMODE_READ|FMODE_LSEEK 1 O_RDONLY|O_CREAT
open 8 7.00ms O_RDWR
open 10 2.00ms O_WRONLY
hits=4 filtered=1 faults=1 unmatched=1 matched=1 opened=4 closed=1 reopened=1 full=1 unopened=1 gone=0 open=2
1 1 1
]], [[
local f, g = { f_flags = "O_WRONLY", f_mode = 5 }, { f_flags = "O_RDWR" }
show(ks.test(function()
  local s = ks.span { max = 2, where = "elapsed < 1s",
    open = { "vfs_read", key = "file", where = "*pos < 2 && count > 1", capture = { "n=count", "fl=file->f_flags" } },
    close = { "vfs_write", key = "file", where = "*pos != 7" },
    ks.print { "{n} {fl} {elapsed} {entry(pid)} {entry(comm)} {entry(func)} {func} {entry(file->f_mode)} ",
      "{count} {file->f_flags}" } }
  ks.at_end(function()
    for e in s:open() do
      print("open " .. ks.text(e, "n") .. " " .. ks.text(e, "elapsed") .. " " .. ks.text(e, "fl"))
    end
    local c, all = s:counters(), {}
    for i, k in ipairs { "hits", "filtered", "faults", "unmatched", "matched", "opened", "closed", "reopened", "full",
      "unopened", "gone", "open" } do all[i] = k .. "=" .. c[k] end
    assert(c.opened == c.closed + c.reopened + c.open + c.gone)
    print(table.concat(all, " "))
  end)
end, {
  { "vfs_write", file = f, pos = { 0 }, count = 1 },                     -- unmatched
  { "vfs_read", file = f, pos = { 0 }, count = 5, pid = 7 },
  { "vfs_read", file = f, pos = { 0 }, count = 6, pid = 8, comm = "dd" }, -- opens anew
  { "vfs_read", file = g, pos = { 0 }, count = 8, elapsed = "1ms" },     -- opens where it begins
  { "vfs_read", file = {}, pos = { 0 }, count = 8 },                     -- full
  { "vfs_read", file = {}, pos = { 0 }, count = 1 },                     -- opens nothing
  { "vfs_write", file = f, pos = { 7 }, count = 1 },                     -- closes nothing
  { "vfs_write", file = f, pos = { 0 }, ["file.f_flags"] = "O_CREAT", count = 1 },
  { "vfs_read", file = f, pos = { 0 }, count = 10 },
  { "vfs_read", file = f, pos = 0, count = 11 },                         -- can't be read
  { "vfs_write", file = f, pos = 0, count = 11 },
}))]])
  end)

  it("makes up spans of tasks, and of one place that closes before it opens", function()
    prints("7 2.00ms\n8 2.00ms\n2 0 0\n2 1.00ms\n3 1.00ms\n1\n2 0 0\n", [[
show(ks.test(function()
  ks.span { open = "vfs_read", close = "vfs_write", ks.print "{pid} {elapsed}" }
end, { { "vfs_read", pid = 7 }, { "vfs_read", pid = 8 }, { "vfs_write", pid = 7, tid = 7 }, { "vfs_write", pid = 8 },
  { "vfs_write", pid = 7, tid = 9 } }))
show(ks.test(function()
  local s = ks.span { open = { "vfs_read", key = "file" }, close = { "vfs_read", key = "file" },
    ks.print "{count} {elapsed}" }
  ks.at_end(function() print(s:counters().unmatched) end)
end, { { "vfs_read", file = 4096, count = 1 }, { "vfs_read", file = 4096, count = 2 },
  { "vfs_read", file = 4096, count = 3 } }))
]])
  end)

  it("opens and closes at the two ends of one call, and closes what is wrong all the same", function()
    prints("5 3.00us\n2 2 0\n1 1 0\n", [[
show(ks.test(function()
  local s = ks.span { open = { "vfs_read", key = "file" }, close = { "return:vfs_read", key = "file" },
    where = "retval > 0", ks.print "{retval} {elapsed}" }
  ks.at_end(function() local c = s:counters() io.write(c.opened, " ", c.closed, " ", c.open, "\n") end)
end, { { "vfs_read", file = 1, retval = 5, elapsed = "3us" },
  { "vfs_read", file = 1, retval = -5, elapsed = "3us" } }))]])
  end)

  it("has events in a call: what lies within which, by task, with what the calls captured", function()
    prints("3 in 5 wr wr 9\n1 6 0\n7 0 6 1 0 1\n", [[
local c
show(ks.test(function()
  local p = ks.probe "vfs_read" { within = { { "vfs_write", where = "count > 1 && *pos", capture = "outer=count" },
    { "vfs_open", capture = "who=comm" } }, ks.print "{count} in {outer} {who} {comm} {pid}" }
  ks.at_end(function() c = p:counters() end)
end, {
  { "vfs_read", count = 1 },
  { "vfs_write", pid = 9, comm = "wr", count = 5, pos = { 1 },
    { "vfs_read", count = 2 },
    { "vfs_open", { "vfs_read", count = 3 }, { "vfs_read", count = 4, tid = 10 } },
    { "vfs_read", count = 5 } },
  { "vfs_write", count = 1, pos = { 1 }, { "vfs_open", { "vfs_read", count = 6 } } },
  { "vfs_write", count = 2, pos = 0 },
  { "vfs_open", { "vfs_read", count = 7 } },
}))
print(("%d %d %d %d %d %d"):format(c.hits, c.faults, c.filtered, c.matched, c.rejected, c.unfollowed))]])
  end)

  it("has spans that open in a call, whose captures are names where they close", function()
    prints("9 3 1.00ms\n1 1\n1 0 0\n", [[
show(ks.test(function()
  local s = ks.span { within = { { "vfs_open", capture = "who=pid" } },
    open = { "vfs_read", key = "file", capture = "n=count" }, close = { "vfs_write", key = "file" },
    ks.print "{who} {n} {elapsed}" }
  ks.at_end(function() io.write(s:counters().opened, " ", s:counters().unmatched, "\n") end)
end, { { "vfs_read", file = 1, count = 2 }, { "vfs_write", file = 1 },
  { "vfs_open", pid = 9, { "vfs_read", file = 1, count = 3 } }, { "vfs_write", file = 1 } }))]])
  end)

  it("has entries before what lies in a call and returns behind that, which takes as long", function()
    prints([[
entry 1.00ms
inner 2.00ms
inner 3.00ms
call 1.00ms 2.00ms 3.00ms
entry 4.00ms
inner 5.00ms
call 4.00ms 5.00ms 9.00ms
7 0 0
]], [[
show(ks.test(function()
  ks.call "vfs_read" { ks.print "call {entry(time)|dur} {elapsed} {time|dur}" }
  ks.probe "vfs_read" { ks.print "entry {time|dur}" }
  ks.probe "vfs_write" { ks.print "inner {time|dur}" }
end, { { "vfs_read", { "vfs_write" }, { "vfs_write" } }, { "vfs_read", elapsed = "5ms", { "vfs_write" } } }))]])
  end)

  it("makes up current, caller and stacks", function()
    prints("sh 0x10\n1 0 0\n2 0x20 0x30\n1 0x20\n3 0 0\n", [[
show(ks.test(function() ks.probe "vfs_read" { ks.print "{current->comm} {caller}" } end,
  { { "vfs_read", current = { comm = "sh" }, caller = 16 } }))
local function show(out)
  local text = out.text:gsub("^[^\n]*\n[^\n]*\n", ""):gsub(" *\n *(0x30)", " %1"):gsub(" +", " "):gsub("\n ", "\n")
  io.write((text:gsub("^ ", "")), out.delivered, " 0 0\n")
end
show(ks.test(function() ks.probe "vfs_read" { ks.count "stack" } end,
  { { "vfs_read", stack = { 32, 48 } }, { "vfs_read", stack = { 32 } }, { "vfs_read", stack = { 32, 48 } } }))]])
  end)

  it("sees memory as a larger type that begins with what a pointer leads to", function()
    prints("3 7\n1 0 0\n", [[
show(ks.test(function() ks.probe "vfs_read" { ks.print "{first=*pos} {((struct pair16 *)pos)->b}" } end,
  { { "vfs_read", pos = { 3, ["(struct pair16)"] = { b = 7 } } } }))]])
  end)

  it("has keys that are called what they are about, as in the kernel", function()
    prints("count by comm, func, pid (t.lua:4)\n  COUNT  COMM  FUNC       PID\n      1  dd    vfs_write  7\n1 0 0\n", [[
show(ks.test(function() ks.span { open = { "vfs_read", key = "file" }, close = { "vfs_write", key = "file" },
  ks.count { by = { "entry(comm)", "func", "entry(pid)" } } } end,
  { { "vfs_read", file = 1, comm = "dd", pid = 7 }, { "vfs_write", file = 1, comm = "sh", pid = 8 } }))]])
  end)

  it("takes ks.options where a script does, and keeps to what probes see of them", function()
    prints("x\n1 1 0\n", [[
show(ks.test(function() ks.options { pid = 7, callback_timeout = "1s" } ks.probe "vfs_read" { ks.print "x" } end,
  { { "vfs_read", pid = 7 }, { "vfs_read", pid = 8 } }))]])
    assert.is_truthy(run([[ks.test(function() ks.probe "vfs_read" {} ks.options { pid = 7 } end, {})]])
      .err:find("ks.options comes too late", 1, true))
  end)

  it("adds up numbers without a sign as the kernel does: in 64 bits", function()
    prints("sum of count (t.lua:3)\n  SUM\n    3\n\nstats of count (t.lua:3)\n  COUNT  AVG  MIN  MAX  SUM\n"
      .. "      3    1    5   -1    3\n3 0 0\n", [[
show(ks.test(function() ks.probe "vfs_read" { ks.sum "count", ks.stats "count" } end,
  { { "vfs_read", count = 5 }, { "vfs_read", count = -1 }, { "vfs_read", count = -1 } }))]])
  end)
end)
