--- However a trace ends, the kernel is left clean and the sums are told.
local guest = require "spec.kernel.guest"

local umask = 'ks.probe "__x64_sys_umask" {}'
local leftovers = guest.leftovers

-- Starts ksnoop in the background; waits until its probes are on: timers run from then.
local function start(script, redirect)
  guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. script .. [[

    ks.every("5ms", function() io.open("/tmp/ready", "w"):close() end)]])
  os.execute(([[
    rm -f /tmp/code /tmp/ready
    ( ksnoop /tmp/script.lua 2>/tmp/err %s; echo $? >/tmp/code ) </dev/null &
    for i in $(seq 200); do [ -e /tmp/ready ] && break; sleep 0.05; done
    pidof ksnoop >/tmp/pid]]):format(redirect or ">/tmp/out"))
end

local function finish()
  os.execute "for i in $(seq 200); do [ -s /tmp/code ] && break; sleep 0.05; done"
  return tonumber(guest.slurp "/tmp/code"), guest.slurp "/tmp/err"
end

describe("a trace ends", function()
  for _, signal in ipairs { "INT", "TERM", "HUP" } do
    it("cleanly at SIG" .. signal .. ", with at_end and the summary", function()
      for n = 1, signal == "INT" and 4 or 2 do
        start(umask .. "\nks.at_end(function() print 'the end' end)")
        os.execute(("sleep 0.%d; build/guest/umask %d 2>/dev/null; kill -%s $(cat /tmp/pid)"):format(n % 3, n * 10,
          signal))
        local code, err = finish()
        assert.are.equal(0, code)
        assert.is_truthy(err:find(("ksnoop: %d hits, %d delivered, 0 lost"):format(n * 10, n * 10), 1, true), err)
        local out = guest.slurp "/tmp/out"
        assert.are.equal(n * 10, select(2, out:gsub("__x64_sys_umask%(", "")))
        assert.is_truthy(out:find "the end\n$")
        assert.are.equal(0, leftovers())
      end
    end)
  end

  it("at once at a second SIGINT", function()
    start('ks.probe "__x64_sys_umask" {}\nks.at_end(function() local t = os.time() + 9 while os.time() < t do end end)')
    os.execute "kill -INT $(cat /tmp/pid); sleep 0.5; kill -INT $(cat /tmp/pid)"
    assert.are.equal(130, (finish()))
    assert.are.equal(0, leftovers())
  end)

  it("and leaves nothing in the kernel when it is killed", function()
    for _ = 1, 4 do
      start(umask)
      assert.is_true(tonumber((select(2, guest.sh "build/guest/leftovers"))) > 0)
      os.execute "kill -KILL $(cat /tmp/pid)"
      finish()
      assert.are.equal(0, leftovers())
    end
  end)

  it("with the command, and all of its events are there", function()
    local sums, events, err = guest.sums("-c 'build/guest/umask 777; exit 3'", umask)
    assert.are.equal(777, events)
    assert.are.equal(777, sums.probes.__x64_sys_umask.hits)
    assert.is_truthy(err:find("ended with status 3", 1, true))
  end)

  it("after -D, -n and ks.stop, with the exit code that a script asks for", function()
    local code, _, err = guest.ksnoop("-D 100ms", umask)
    assert.are.equal(0, code)
    assert.is_truthy(err:find("0 hits", 1, true))
    local out
    code, out = guest.ksnoop("-n 3 -c 'build/guest/umask 100; sleep 10'", umask)
    assert.are.equal(0, code)
    assert.are.equal(3, select(2, out:gsub("\n", "")))
    code = guest.ksnoop("-c 'build/guest/umask 10; sleep 10'",
      'ks.probe "__x64_sys_umask" { function() ks.stop(9) end }')
    assert.are.equal(9, code)
  end)

  it("with what -n left unread counted as cut", function()
    local sums, events = guest.sums("-n 3 -c 'build/guest/umask 100'", umask)
    local c = sums.probes.__x64_sys_umask
    assert.are.equal(3, events)
    assert.are.equal(3, c.delivered)
    assert.is_true(c.cut_by_exit > 0)
    guest.identity(c)
  end)

  it("orderly when its reader goes", function()
    start(umask, "| head -n 1 >/tmp/out")
    os.execute "build/guest/umask 1000 2>/dev/null; sleep 0.2; build/guest/umask 1000 2>/dev/null"
    -- the shell's code is head's; what ksnoop says is in /tmp/err
    local _, err = finish()
    assert.is_truthy(err:match "^ksnoop: [%d,]+ hits, [^\n]*\n$", err)
    assert.are.equal(0, leftovers())
    local code = guest.sh [[
      (ksnoop -c 'build/guest/umask 100' /tmp/script.lua; echo $? >/tmp/own) | head -n 1; exit $(cat /tmp/own)]]
    assert.are.equal(0, code)
  end)

  it("with 5 when the disk is full", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. umask)
    local code, _, err = guest.sh "ksnoop -c 'build/guest/umask 100' /tmp/script.lua >/dev/full"
    assert.are.equal(5, code)
    assert.is_truthy(err:find("can't write the output", 1, true), err)
    code, _, err = guest.sh "ulimit -f 1; ksnoop -c 'build/guest/umask 100' /tmp/script.lua >/tmp/limited"
    assert.are.equal(5, code)
    assert.is_truthy(err:find("(EFBIG)", 1, true), err)
    assert.are.equal(0, leftovers())
  end)

  it("with all accounted for when its reader is slow", function()
    -- The reader takes nothing until the workload has ended.
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. umask)
    guest.sh [[ksnoop -f json --buffer 64K -c 'build/guest/umask 5000; touch /tmp/worked' /tmp/script.lua |
      (until test -e /tmp/worked; do usleep 10000; done; cat >/tmp/out)]]
    local found = guest.objects(guest.slurp "/tmp/out")
    local c = found.summary.probes.__x64_sys_umask
    guest.identity(c, 5000)
    assert.are.equal(c.delivered, #found.event)
    assert.is_true(c.lost > 0, "nothing was lost: was the reader slow?")
  end)

  it("before it began, when a signal comes while many probes are put on", function()
    if guest.kernel ~= "6.1" then
      return pending "where there are no links for many functions it takes long: 6.1"
    end
    guest.spill("/tmp/script.lua", 'require "ksnoop".probe "fentry:vfs_[a-l]*" {}')
    guest.sh([[
      rm -f /tmp/o /tmp/tty /tmp/code
      (TERM=xterm build/guest/screen 100x10 -- sh -c 'exec ksnoop -f json -o /tmp/o /tmp/script.lua 2>&1' >/tmp/tty
        echo $? >/tmp/code) &
      for i in $(seq 2000); do build/guest/leftovers >/tmp/on; [ $(cat /tmp/on) -gt 5 ] && break; usleep 1000; done
      kill -TERM $(pidof ksnoop)
      for i in $(seq 400); do [ -s /tmp/code ] && break; sleep 0.05; done]])
    local tty, code = guest.slurp "/tmp/tty", tonumber(guest.slurp "/tmp/code")
    assert.are.equal(130, code, tty)
    assert.is_true(tonumber(guest.slurp "/tmp/on") > 5)
    assert.matches("ksnoop: %d+ programs have to be put on one by one here; to take them off at the end takes up to "
      .. "[%d.]+s", (tty:gsub("\n", "")))
    assert.matches("a signal came before all probes were on: nothing was traced", tty, 1, true)
    assert.is_nil(tty:find("putting on", 1, true)) -- the line is gone
    assert.are.equal(1, (guest.sh "test -e /tmp/o")) -- as a file with nothing in it is
    local left = leftovers()
    for _ = 1, 5 do -- the kernel takes its time, and nobody waits for it
      left = left == 0 and 0 or leftovers()
    end
    assert.are.equal(0, left)
  end)

  it("with 1 and the place when a script's function fails, and the events add up", function()
    local code, _, err = guest.ksnoop("-c 'build/guest/umask 100'", [[
      local n = 0
      ks.probe "__x64_sys_umask" { function(e) n = n + 1; if n == 7 then local x = nil; return x.y end end }
    ]])
    assert.are.equal(1, code)
    assert.is_truthy(err:find("/tmp/script.lua:3:", 1, true), err)
    assert.is_truthy(err:find("6 delivered", 1, true), err)
    assert.is_truthy(err:find("1 failed in the script", 1, true), err)
    assert.are.equal(0, leftovers())
  end)
end)

describe("ksnoop", function()
  it("says what is missing when it has no privileges", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. umask)
    local code, _, err = guest.sh "chmod 755 /tmp; su nobody -s /bin/sh -c 'ksnoop /tmp/script.lua'"
    assert.are.equal(4, code, err)
    assert.is_truthy(err:find("CAP_BPF and CAP_PERFMON", 1, true), err)
    code = guest.sh "su nobody -s /bin/sh -c 'ksnoop info vfs_read && ksnoop --dump bpf /tmp/script.lua'"
    assert.are.equal(0, code)
  end)

  it("refuses to run set-uid", function()
    local code, _, err = guest.sh [[
      cp build/ksnoop /usr/bin/ks_setuid && chmod 4755 /usr/bin/ks_setuid
      su nobody -s /bin/sh -c 'ks_setuid /tmp/script.lua']]
    assert.are.equal(4, code, err)
  end)

  -- Who may load programs gets it by bpf(2), too, from 5.11 on.
  it("says so when the kernel has no BTF", function()
    local code, _, err = guest.sh [[mount -t tmpfs none /sys/kernel/btf && {
      su nobody -s /bin/sh -c 'ksnoop info vfs_read'; code=$?; umount /sys/kernel/btf; exit $code; }]]
    assert.are.equal(3, code, err)
    assert.is_truthy(err:find("CONFIG_DEBUG_INFO_BTF", 1, true), err)
  end)

  it("explains a function with too many arguments, or one that can't be hooked", function()
    local code, _, err = guest.ksnoop("-D 10ms", 'ks.probe "fentry:do_mmap" {}')
    assert.is_true(code == 0 or (code == 3
      and err:find("takes more arguments than this kernel's trampolines carry", 1, true) ~= nil), err)
    assert.are.equal(guest.kernel == "6.12" or guest.kernel == "7.2", code == 0)
    code, _, err = guest.ksnoop("-D 10ms", 'ks.probe "do_mmap" {}')
    assert.are.equal(0, code, err)
    assert.are.equal(guest.kernel == "5.10" or guest.kernel == "6.1",
      err:find("it is reached by a kprobe, whose reads cost more", 1, true) ~= nil, err)
  end)

  it("shows the verifier's log without attaching", function()
    local code, out = guest.ksnoop("--dump log", [[ks.probe "vfs_read" { where = "file->f_inode->i_ino == 5" }]])
    assert.are.equal(0, code)
    assert.is_truthy(out:find("processed %d+ insns"), out)
  end)

  it("prints signatures of modules' functions", function()
    local code, out, err = guest.sh "insmod /lib/modules/$(uname -r)/dummy.ko; ksnoop info 'dummy_*'"
    assert.are.equal(0, code, err) -- the kernel itself has some of that name
    local has_btf = guest.kernel ~= "5.10" -- none for modules there
    assert.are.equal(has_btf, out:find("[dummy]", 1, true) ~= nil, out)
  end)

  it("traces its own writes into a pipe without end only when it is told to", function()
    guest.spill("/tmp/script.lua", [[
      local ks = require "ksnoop"
      ks.probe "vfs_write" { where = "comm != 'cat'", ks.print "event" }
    ]])
    local _, out, err = guest.sh "ksnoop -c 'for i in 1 2 3 4 5; do echo x >/tmp/x; done' /tmp/script.lua | cat"
    local _, events = out:gsub("event", "")
    local own = tonumber(err:match "(%d+) our own")
    assert.is_true(events >= 5 and events < 50, err)
    assert.is_true(own == nil or own < 10, err)
  end)
end)
