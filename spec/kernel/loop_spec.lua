--- The loop of a trace: timers and output among events, what runs beside it, the rock under a stock luajit.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local umask = 'ks.probe "__x64_sys_umask" {}'

describe("a trace", function()
  it("goes on through SIGHUP under nohup", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. umask)
    local code, _, err = guest.sh [[
      trap '' HUP
      ksnoop -D 6 -f json /tmp/script.lua >/tmp/out & pid=$!
      for i in $(seq 50); do [ -s /tmp/out ] && break; usleep 100000; done # the header: the probes are on
      kill -HUP $pid; build/guest/umask 5; wait $pid]]
    assert.are.equal(0, code)
    assert.is_truthy(err:find("5 hits", 1, true), err)
  end)

  it("puts all of it into the file of -o, while the command keeps stdout", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. umask)
    local code, out = guest.sh [[rm -f /tmp/o; ksnoop -f json --where 'pid == tid' -o /tmp/o --ready-fd 7 -c '
      cat /tmp/ready; [ -e /proc/$$/fd/7 ] && echo leaked; build/guest/umask 100; echo hello
      ' /tmp/script.lua 7>/tmp/ready]]
    assert.are.equal(0, code)
    assert.is_truthy(out:find "hello\n$")
    assert.are.equal("READY=1\n", guest.slurp "/tmp/ready")
    assert.is_nil(out:find("leaked", 1, true))
    assert.is_nil(out:find("{", 1, true))
    assert.are.equal(100, #guest.objects(guest.slurp "/tmp/o").event)
    guest.sh "rm -f /tmp/o" -- and a limit for the size of files is a full disk
    code = guest.sh [[(ulimit -f 4; ksnoop -f json -o /tmp/o -c 'build/guest/umask 1000' /tmp/script.lua)]]
    assert.are.same({ 5, 0 }, { code, guest.leftovers() })
  end)
end)

describe("timers and the loop", function()
  it("call ks.every between events, and deliver an event within 100 ms", function()
    local _, out = guest.ksnoop("-D 1s", [[
      local n = 0
      ks.every("100ms", function() n = n + 1 end)
      ks.at_end(function() print("turns", n) end)
      ks.probe "__x64_sys_umask" {}
    ]])
    local turns = tonumber(out:match "turns\t(%d+)")
    assert.is_true(turns >= 3 and turns <= 10, out) -- turns that a slow machine misses are not made up for
    -- A busy machine may take longer once, and does not always.
    local code, shown = guest.sh [[
      ksnoop -D 60s --ready-fd 7 /tmp/script.lua >/tmp/live 7>/tmp/ready & pid=$!
      for i in $(seq 600); do grep -q READY /tmp/ready && break; usleep 50000; done
      for i in $(seq 20); do
        build/guest/umask 1 2>/dev/null; usleep 100000; [ $(grep -c umask /tmp/live) = $i ] && break
      done
      echo $i of $(grep -c umask /tmp/live); kill -INT $pid; wait $pid]]
    assert.are.equal(0, code)
    assert.matches("^(%d+) of %1\n", shown)
  end)

  it("call at_end functions in order, after the last event", function()
    local _, out = guest.ksnoop("-c 'build/guest/umask 2'", [[
      ks.at_end(function() print "first" end)
      ks.at_end(function() print "second" end)
      ks.probe "__x64_sys_umask" { ks.print "event" }
    ]])
    assert.are.equal("event\nevent\nfirst\nsecond\n", out)
  end)

  it("keep what a script prints in its place among printed events", function()
    local _, out = guest.ksnoop("-c 'build/guest/umask 3'", [[
      local n = 0
      ks.probe "__x64_sys_umask" {
        ks.print "a {mode=regs->di}",
        function(e) n = n + 1 print("b", n) end,
        ks.print "c",
      }
    ]])
    assert.are.equal("a 0\nb\t1\nc\na 1\nb\t2\nc\na 2\nb\t3\nc\n", out)
  end)

  it("let a Lua predicate choose, and count what it rejects", function()
    local sums, events = guest.sums("-c 'build/guest/umask 100'", [[
      ks.probe "__x64_sys_umask" {
        capture = { "mode=regs->di" },
        where = { "regs->di < 50", function(e) return e.mode % 2 == 0 end },
        ks.print(),
      }
    ]])
    local c = sums.probes.__x64_sys_umask
    assert.are.equal(25, events)
    assert.are.equal(25, c.rejected)
    assert.are.equal(50, c.filtered)
    guest.identity(c, 100)
  end)
end)

describe("events that ksnoop's own output makes", function()
  it("are pointed out when they are most of all", function()
    guest.spill("/tmp/script.lua", [[
      local ks = require "ksnoop"
      ks.probe "vfs_read" { where = "comm == 'cat'", ks.print "{count}" }
    ]])
    local _, _, err = guest.sh "ksnoop -D 1s -c 'cat /etc/passwd; sleep 1' /tmp/script.lua | cat"
    assert.is_truthy(err:find("this output itself keeps busy", 1, true), err)
    _, _, err = guest.sh "ksnoop -c 'for i in 1 2 3 4 5 6 7 8; do cat /etc/passwd; done' /tmp/script.lua >/tmp/out"
    assert.is_nil(err:find("keeps busy", 1, true), err)
  end)
end)

describe("the rock under a stock luajit", function()
  it("runs the same script with the same output", function()
    guest.spill("/tmp/script.lua", [[
      local ks = require "ksnoop"
      local n = 0
      ks.every("50ms", function()
        n = n + 1
        if n == 3 then os.execute "build/guest/umask 5 2>/dev/null" elseif n == 6 then ks.stop() end
      end)
      ks.probe "__x64_sys_umask" { capture = { "mode=regs->di" }, ks.print "{comm} {mode}" }
      ks.run()
    ]])
    local _, own, err = guest.sh "ksnoop /tmp/script.lua"
    local code, out = guest.sh [[
      mkdir -p /tmp/rock/ksnoop && ln -sf /ksnoop/build/native.so /tmp/rock/ksnoop/native.so
      LUA_PATH='/ksnoop/lua/?.lua;/ksnoop/lua/?/init.lua' LUA_CPATH='/tmp/rock/?.so' luajit /tmp/script.lua]]
    assert.are.equal(0, code)
    assert.are.equal("umask 0\numask 1\numask 2\numask 3\numask 4\n", own, err)
    assert.are.equal(own, out)
  end)
end)

describe("what runs beside it", function()
  it("are two probes at one place, counted apart; and comm is a script's only when it asks for it", function()
    local sums, events = guest.sums("-c 'build/guest/umask 100'", [[
      ks.probe "__x64_sys_umask" { where = "regs->di < 10" }
      ks.probe "__x64_sys_umask" { where = "regs->di >= 10" }
    ]])
    assert.are.equal(100, events)
    assert.are.equal(10, sums.probes.__x64_sys_umask.delivered)
    assert.are.equal(90, sums.probes["__x64_sys_umask#2"].delivered)
    for _, format in ipairs { "text", "json" } do
      local code, _, err = guest.ksnoop(("-f %s -c 'build/guest/umask 1'"):format(format), [[
        ks.probe "__x64_sys_umask" { ks.print "{pid}", function(e) return e.comm end }
      ]])
      assert.are.equal(1, code)
      assert.is_truthy(err:find("carry no 'comm'", 1, true), err)
    end
  end)

  it("is a command, which is ended with the trace", function()
    guest.ksnoop("-n 1 -c 'build/guest/umask 1; exec sleep 77'", 'ks.probe "__x64_sys_umask" {}')
    local _, out = guest.sh "sleep 0.2; ps | grep -c '[s]leep 77'"
    assert.are.equal("0\n", out)
  end)
end)
