-- -f csv: tables, and streams for machines in which nothing else is.
local ks = require "spec.support.ks"

-- What a trace of -f csv makes of made-up events. define, events: Lua
local function stream(define, events)
  local r = ks.run("--btf", ks.btf(), "-e", ([[
    local loop, test = require "ksnoop.loop", require "ksnoop.test"
    local t = loop.new { format = "csv", btf = %q }
    t:open()
    local text = ks._in(t, test.run, t, function() %s end, { %s }).text
    io.write(text)
    t:close()
    ks.test(function() ks.probe "vfs_read" {} end, {})]]):format(ks.btf(), define, events))
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

-- Python's csv takes it apart as strictly as it can; returns what it understood.
local function parsed(text)
  local r = ks.shell([[python3 -c '
import csv, json, sys
print(json.dumps(list(csv.reader(sys.stdin, strict=True))))']], text)
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

describe("-f csv", function()
  it("is one table for the events of all probes, a column for each name", function()
    assert.equal([[
probe,time,cpu,pid,tid,comm,count,pos,retval,elapsed
vfs_read,1000000,0,7,7,dd,5,,,
vfs_write,4000000,0,1,1,test,9,POINTER,-5,2000000
]], (stream([[
      ks.probe "vfs_read" { ks.print { "{comm} {count|size}", header = true } }
      ks.call "vfs_write" { capture = { "count", "pos", "retval", "elapsed" } }]], [[
      { "vfs_read", count = 5, comm = "dd", pid = 7 },
      { "vfs_write", count = 9, elapsed = "2ms", retval = -5, pos = {} }]]):gsub("0xffff%x+", "POINTER")))
  end)

  it("has captures of two printers of a probe in one row", function()
    assert.equal("probe,time,cpu,pid,tid,comm,count,pos\nvfs_read,1000000,0,1,1,test,5,0x0\n", stream(
      'ks.probe "vfs_read" { ks.print "{count}", ks.print "{pos}" }', '{ "vfs_read", count = 5, pos = 0 }'))
  end)

  it("puts cells between quotes where it must be, and what has parts in JSON", function()
    local text = stream('ks.probe "vfs_read" { ks.print "{comm} {s=str(buf)} {file->f_path}" }',
      [[{ "vfs_read", comm = 'a,"b', buf = 'x"\n\27y', file = {} }]])
    assert.equal('probe,time,cpu,pid,tid,comm,s,f_path\n'
      .. [[vfs_read,1000000,0,1,1,"a,""b","x""\x0a\x1by","{""mnt"":""0x0"",""dentry"":""0x0""}"]] .. "\n", text)
    assert.equal([=[[["probe", "time", "cpu", "pid", "tid", "comm", "s", "f_path"], ]=]
      .. [=[["vfs_read", "1000000", "0", "1", "1", "a,\"b", "x\"\\x0a\\x1by", ]=]
      .. [=["{\"mnt\":\"0x0\",\"dentry\":\"0x0\"}"]]]=] .. "\n", parsed(text))
  end)

  it("keeps what a script's functions show in its cell", function()
    assert.equal([=[[["probe", "time", "cpu", "pid", "tid", "comm", "f_path", "count"], ]=]
      .. [=[["vfs_read", "1000000", "0", "1", "1", "test", "\"a,\\\"b\"", "5"]]]=] .. "\n", parsed(stream(
      [[ks.format("struct path", function() return 'a,"b' end)
      ks.probe "vfs_read" { ks.print "{file->f_path} {count}" }]],
      '{ "vfs_read", file = {}, count = 5 }')))
  end)

  it("is a table for each print of an aggregation, and heads stand again above what goes on", function()
    local text = stream([[
      local n, h = ks.count { "comm", over = "1s" }, ks.hist { "count", by = "pid" }
      ks.probe "vfs_read" { capture = { "count" }, n, h, ks.print "{count}", function() h:print() end }
      ks.at_end(function() n:print { compare = "comm" } n:print "{comm}" end)]],
      '{ "vfs_read", count = 5, comm = "dd" }, { "vfs_read", count = 5, comm = "dd" }')
    assert.equal([[
probe,time,cpu,pid,tid,comm,count
vfs_read,1000000,0,1,1,dd,5

pid,low,high,count
1,4,8,1

probe,time,cpu,pid,tid,comm,count
vfs_read,2000000,0,1,1,dd,5

pid,low,high,count
1,4,8,2

time,comm,count
0ns,dd,2

time,comm,count
0ns,dd,2
]], text)
  end)

  it("is a table of recipes, of doctor's checks, of tests and of what check found", function()
    local r = ks.run("-f", "csv", "run")
    assert.same({ 0, "" }, { r.code, r.err })
    assert.matches("^name,question,path\n", r.out)
    assert.matches('%["slow", "[^"]+%?[^"]*", "/[^"]+/slow.lua"%]', parsed(r.out))
    assert.matches('^%[%["group", "name", "state", "value", "advice"%], %["kernel", ',
      parsed(ks.run("-f", "csv", "doctor").out))
    local folder, clean = ks.folder()
    local path = ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\nks.probe "vfs_read" { where = "cuont" }\n')
    r = ks.run("-f", "csv", "check", path, "--btf", ks.btf())
    assert.equal("script,btf,kernel,fits,file,line,message,hint\n" .. path .. "," .. ks.btf() .. ",,false," .. path
      .. ",2,\"vfs_read has no argument 'cuont', and nothing else has that name\",did you mean count?\n",
      (r.out:gsub(ks.btf():gsub("%p", "%%%0") .. ",[^,]*,false", ks.btf() .. ",,false")))
    ks.write(path, 'it("a", function() io.write "x" end) it("b", function() error "y,z" end)')
    r = ks.run("-f", "csv", "--btf", ks.btf(), "test", path)
    clean()
    assert.equal(1, r.code)
    assert.matches("x", r.err, 1, true)
    assert.equal(("file,test,btf,passed,message\nF,a,%s,true,\nF,b,%s,false,\"F:1: y,z\"\n"):format(ks.btf(),
      ks.btf()), (r.out:gsub(path:gsub("%p", "%%%0"), "F")))
  end)

  it("is refused for what is no table", function()
    for _, command in ipairs { "info", "type", "explain" } do
      local r = ks.run("--btf", ks.btf(), "-f", "csv", command, "vfs_read")
      assert.same({ 2, "", ("ksnoop: what ksnoop %s prints is no table\nhint: -f json has all of it\n")
        :format(command) }, { r.code, r.out, r.err })
    end
  end)
end)

describe("a stream for machines", function()
  it("has nothing that a script writes, in whatever way", function()
    local text = [[print "p" io.write "w\n" io.stdout:write "s\n" os.execute "echo e"
      ks.test(function() ks.probe "vfs_read" { ks.print "{count}" } end, { { "vfs_read", count = 1 } })]]
    for _, format in ipairs { "json", "csv" } do
      local r = ks.run("--btf", ks.btf(), "-f", format, "-e", text)
      assert.same({ 0, "", "p\nw\ns\ne\n" }, { r.code, r.out, r.err })
    end
  end)

  it("goes to the file of -o, and what a script writes does not", function()
    local folder, clean = ks.folder()
    ks.write(folder .. "/t.lua", 'it("a", function() io.write "noise" end)')
    local r = ks.run("--btf", ks.btf(), "-f", "json", "-o", folder .. "/out", "test", folder .. "/t.lua")
    assert.same({ 0, "", "noise" }, { r.code, r.out, r.err })
    assert.matches('^{"type":"test",[^\n]*"passed":true[^\n]*}\n$', ks.read(folder .. "/out"))
    clean()
  end)
end)
