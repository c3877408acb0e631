--- A newcomer's first ten minutes on a kernel; what needs none is in spec/lua/newcomer_spec.lua.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local function now()
  return tonumber(guest.slurp "/proc/uptime":match "^%S+")
end

describe("in the first ten minutes", function()
  it("3: a one-liner prints", function()
    local began = now()
    local code, out, err = guest.sh [[ksnoop -n 1 -c 'build/guest/umask 10; sleep 60
      ' -e 'ks.probe "__x64_sys_umask" { ks.print "{comm} calls {func}" }']]
    assert.are.same({ 0, "umask calls __x64_sys_umask\n" }, { code, out }, err)
    print(("\na one-liner printed and ended within %.1f s"):format(now() - began))
  end)

  it("4, 7: an example's output goes to head, which ends it, and is JSON", function()
    local code, out = guest.sh [[
      (ksnoop -q -f json -c 'while :; do cat /etc/hostname /nowhere; done' examples/opens.lua
        echo $? >/tmp/own) 2>/dev/null | head -n 3; exit $(cat /tmp/own)]]
    assert.are.equal(0, code)
    assert.are.equal(2, #guest.objects(out).event) -- and the header
  end)

  it("6: Ctrl-C prints the histogram and what was lost", function()
    local code, out, err = guest.sh [[ksnoop -c 'build/guest/umask 64; kill -INT $PPID; sleep 60
      ' -e 'ks.call "__x64_sys_umask" { ks.hist { "elapsed", by = "comm" } }']]
    assert.are.equal(0, code)
    assert.matches("^hist of elapsed by comm %(%-e:1%)\n  comm=umask\n", out)
    assert.matches("%d +|#+\n", out)
    assert.matches("ksnoop: %d+ hits, [^\n]*0 lost", err)
  end)

  it("8: without privileges much works; ends_spec.lua has what is said of the rest, and info and --dump", function()
    local _, out = guest.sh [[chmod 755 /tmp; su nobody -s /bin/sh -c '
      ksnoop type size_t >/dev/null; echo $?; ksnoop check slow >/dev/null; echo $?
      ksnoop explain vfs_read >/dev/null; echo $?']]
    -- whether it can be traced is mostly asked of files that only root reads
    assert.matches("^0\n0\n[03]\n$", out)
  end)

  it("9: a script's error shows the line, and the kernel is left clean", function()
    local code, _, err = guest.ksnoop("-c 'build/guest/umask 5'", [[
      ks.probe "__x64_sys_umask" { capture = {}, function(e)
        local t = nil
        print(t.x)
      end }]])
    assert.are.equal(1, code)
    assert.matches("/tmp/script.lua:4: attempt to index local 't'", err, 1, true)
    assert.are.equal(0, guest.leftovers())
  end)
end)
