--- What a script's functions may do while the trace runs, and how their errors end.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local function umask(options, body, calls)
  return guest.ksnoop(("%s -c 'build/guest/umask %d'"):format(options, calls or 20), body)
end

describe("a script's function", function()
  it("can't add or change a probe, and is told so", function()
    local code, out, err = umask("", [[
      local p = ks.probe "__x64_sys_umask"
      p { capture = {}, function()
        print(select(2, pcall(ks.probe, "vfs_open")))
        print(select(2, pcall(p, {})))
        ks.stop()
      end }
    ]])
    assert.are.equal(0, code, err)
    assert.are.equal(2, select(2, out:gsub("can't be added or changed any more", "")))
    assert.is_truthy(err:find("20 hits", 1, true), err)
  end)

  it("can start a timer", function()
    local code, out, err = guest.ksnoop("-D 1s", [[
      local turns = 0
      ks.every("50ms", function()
        if turns == 0 then ks.every("50ms", function() turns = turns + 1 end) end
        turns = turns + 1
      end)
      ks.at_end(function() print("turns", turns) end)
      ks.probe "__x64_sys_umask" {}
    ]])
    assert.are.equal(0, code, err)
    assert.is_true(tonumber(out:match "turns\t(%d+)") >= 3, out)
  end)

  it("keeps an event only as long as it lasts", function()
    local code, _, err = umask("", [[
      local last
      ks.probe "__x64_sys_umask" { capture = { "mode=regs->di" }, function(e)
        if last then print(last.mode) end
        last = e
      end }
    ]])
    assert.are.equal(1, code)
    assert.is_truthy(err:find("this event is over", 1, true), err)
  end)

  it("that is slow holds up neither -D nor SIGINT", function()
    local start = os.time()
    local code, _, err = umask("-D 500ms", [[
      local ffi = require "ffi"
      ffi.cdef "int usleep(unsigned);"
      ks.probe "__x64_sys_umask" { capture = {}, function() ffi.C.usleep(5000) end }
    ]], 300)
    assert.are.equal(0, code, err)
    assert.is_true(os.time() - start < 10)
    assert.is_truthy(err:find("delivered", 1, true))
  end)

  it("may leave with os.exit: the end is orderly, with its code", function()
    local code, out, err = umask("", [[
      ks.at_end(function() print "the end" end)
      ks.probe "__x64_sys_umask" { capture = {}, function() os.exit(7) end }
    ]])
    assert.are.equal(7, code)
    assert.are.equal("the end\n", out)
    assert.is_truthy(err:find("20 hits, 1 delivered", 1, true), err)
  end)

  it("that fails is told once for each place, with the script's stack, and counted", function()
    local body = [[
      local function inner(e) error("no luck") end
      ks.probe "__x64_sys_umask" { capture = {}, function(e) inner(e) return 1 end }
    ]]
    local code, _, err = umask("--max-errors inf", body)
    assert.are.equal(1, code)
    assert.are.equal(1, select(2, err:gsub("no luck", "")))
    assert.is_truthy(err:find("at /tmp/script.lua:3", 1, true), err)
    assert.is_truthy(err:find("in a function of __x64_sys_umask", 1, true), err)
    assert.is_nil(err:find("loop.lua", 1, true), err)
    assert.is_truthy(err:find("20 failed in the script", 1, true), err)
    code, _, err = umask("--max-errors 3", body)
    assert.are.equal(1, code)
    assert.is_truthy(err:find("3 failed in the script, 17 cut by the end", 1, true), err)
  end)

  it("may be a finalizer: its error is told as any other, and the summary with it", function()
    local code, _, err = umask("", [[
      ks.probe "__x64_sys_umask" { capture = {}, function()
        getmetatable(newproxy(true)).__gc = function() error "no end" end
      end }
    ]])
    assert.are.equal(1, code, err)
    assert.is_truthy(err:find("/tmp/script.lua:3: no end", 1, true), err)
    assert.is_truthy(err:find("20 hits", 1, true), err)
  end)

  it("runs on its own: never within another, and never when the trace is over", function()
    local code, out, err = guest.ksnoop("-c 'build/guest/umask 20; sleep 60'", [[
      local depth, over, turns = 0, false, { 0, 0, 0 }
      local function alone(i, f)
        return function()
          assert(not over and depth == 0)
          depth = 1
          turns[i] = turns[i] + 1
          if f then f() end
          if turns[1] >= 20 and turns[2] >= 3 and turns[3] >= 3 then ks.stop() end
          depth = 0
        end
      end
      local n = ks.count "comm"
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", capture = {}, alone(1), n }
      ks.every("20ms", alone(2, function() for _ in n:take():rows() do end end))
      ks.live("30ms", alone(3, function() n:print() end))
      ks.at_end(alone(1))
      ks.at_end(function() over = true print "over" end)
    ]])
    assert.are.equal(0, code, err)
    assert.is_truthy(out:find "over\n$", out)
  end)

  it("that fails in at_end leaves the summary to be told", function()
    local code, _, err = umask("", [[
      ks.at_end(function() error {} end)
      ks.probe "__x64_sys_umask" {}
    ]])
    assert.are.equal(1, code)
    assert.is_truthy(err:find("raised a table instead of a message", 1, true), err)
    assert.is_truthy(err:find("20 hits", 1, true), err)
  end)
end)

describe("signals", function()
  it("end a trace whose output nobody reads", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\nks.probe "__x64_sys_umask" {}')
    local code, out = guest.sh [[
      (ksnoop --buffer 16M /tmp/script.lua 2>/tmp/err; echo $? >/tmp/code) | sleep 60 &
      sleep 1.5; build/guest/umask 5000 2>/dev/null; sleep 0.5
      kill -INT $(pidof ksnoop)
      for i in $(seq 150); do pidof ksnoop >/dev/null || break; usleep 100000; done # a busy machine is slow
      pidof ksnoop || echo gone; kill $(pidof sleep) 2>/dev/null; true]]
    assert.are.equal(0, code)
    assert.is_truthy(out:find "gone", out)
  end)

  it("reach the programs that a script starts", function()
    local _, out = umask("", [[
      ks.probe "__x64_sys_umask" { capture = {}, function()
        local p = io.popen "grep -E 'SigBlk|SigIgn' /proc/self/status" print(p:read "*a") p:close() ks.stop() end }
    ]])
    assert.is_truthy(out:find "SigBlk:%s0000000000000000", out)
    local ignored = tonumber(out:match "SigIgn:%s(%x+)", 16)
    assert.are.equal(0, math.floor(ignored / 2 ^ 12) % 2) -- SIGPIPE, number 13
  end)
end)

describe("a command under -c", function()
  it("does not run when ksnoop dies before its probes are on", function()
    guest.sh [[
      rm -f /tmp/ran; ksnoop -c 'touch /tmp/ran' /tmp/script.lua & pid=$!
      for i in $(seq 100); do [ -n "$(cat /proc/$pid/task/$pid/children 2>/dev/null)" ] && break; usleep 2000; done
      kill -KILL $pid; sleep 0.5]]
    -- Killed in time or not: it must not run without being traced.
    local _, out = guest.sh "ls /tmp/ran 2>/dev/null; true"
    assert.are.equal("", out)
  end)

  it("ends the trace also when SIGCHLD is ignored", function()
    local code, _, err = guest.sh "trap '' CHLD; ksnoop -c 'build/guest/umask 3' /tmp/script.lua"
    assert.are.equal(0, code)
    assert.is_truthy(err:find("3 hits", 1, true), err)
  end)

  it("is not taken for the reader of the output", function()
    local _, _, err = guest.sh "ksnoop -c 'exec build/guest/umask 100' /tmp/script.lua | cat >/dev/null"
    assert.is_truthy(err:find("100 hits", 1, true), err)
    assert.is_nil(err:find("keeps busy", 1, true), err)
  end)
end)
