--- Functions of a script's that take too much: each run has one end, said in words, with its exit code and its
--- sums, and nothing of it stays in the kernel.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local function run(options, body, calls, more)
  local code, out, err = guest.ksnoop(("%s -c 'build/guest/umask %d%s'"):format(options, calls or 20, more or ""),
    body)
  assert.are.equal(0, guest.leftovers())
  return code, out, err
end

local function has(text, ...)
  for _, part in ipairs { ... } do
    assert.is_truthy(text:find(part, 1, true), ("%s\nis not in\n%s"):format(part, text))
  end
end

describe("a function that does not end", function()
  it("is ended from outside where it is compiled, and what was printed before stays whole", function()
    local code, out, err = run("--callback-timeout 1s", [[
      local n = ks.count "comm"
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", capture = {}, function(e)
        n:print()
        print "before"
        while true do end
      end }
      ks.at_end(function() print "never" end)]])
    assert.are.equal(70, code, err)
    assert.is_truthy(out:find "umask\nbefore\n$", out)
    has(err, "this function has had 1 seconds of processor time, and can't be interrupted",
      "in a function of __x64_sys_umask#2\n", " hits, 1 read, 0 lost, ")
  end)

  it("is interrupted where it is not compiled: its line is said, and the end is in order", function()
    local code, out, err = run("--callback-timeout 1s", [[
      jit.off()
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", capture = {}, function() end }
      ks.every("10ms", function()
        while true do end
      end)
      ks.at_end(function() print "the end" end)]], 20, "; sleep 60")
    assert.are.equal(70, code, err)
    assert.are.equal("the end\n", out, err)
    has(err, "    at /tmp/script.lua:5\n", "in a function of ks.every\n", "--callback-timeout allows more", " hits, ")
  end)
end)

describe("a function that keeps all it gets", function()
  it("has no more memory than it may: the run ends with its sums and what the kernel added up", function()
    local code, out, err = run("--max-lua-mem 16M", [[
      local n, kept = ks.count "comm", {}
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", capture = {}, n, function(e)
        for i = 1, 100000 do kept[#kept + 1] = { e.pid } end
      end }
      ks.at_end(function()
        n:print()
        print(io.open "/proc/self/status":read "*a":match "VmHWM:%s*%d+ kB")
      end)]])
    assert.are.equal(71, code, err)
    has(out, "umask\n")
    has(err, "need more memory than they may have", "in a function of __x64_sys_umask\n",
      "--max-lua-mem allows more than these 16M", " failed in the script, ", " cut by the end")
    assert.is_true(tonumber(out:match "VmHWM:%s*(%d+)") < (16 + 64) * 1024, out)
  end)
end)

describe("lost events", function()
  it("are exit status 7 where that is asked for", function()
    local body = [[
      local ffi = require "ffi"
      ffi.cdef "int usleep(unsigned);"
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", capture = {}, function() ffi.C.usleep(200) end }]]
    local code, _, err = run("--buffer 4K --fail-on-loss", body, 2000)
    assert.are.equal(7, code, err)
    assert.are.equal(0, (run("--buffer 4K", body, 2000)))
    assert.are.equal(0, (run("--fail-on-loss", body, 5)))
  end)
end)
