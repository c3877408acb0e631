--- Time slots and live views, on bursts of calls whose size and number are known.
--- The functions are not those of api.md's scripts 15 and 16: not every guest's kernel has ext4.
local guest = require "spec.kernel.guest"

-- Three bursts with empty slots between them.
local bursts = "build/guest/umask 10; usleep 700000; build/guest/umask 20; usleep 700000; build/guest/umask 40"

describe("over", function()
  it("counts every call in its slot, and draws a line over them", function()
    local code, out, err = guest.ksnoop(("-q -c '%s'"):format(bursts), [[
      local n = ks.count { "comm", over = "100ms" }
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
      ks.at_end(function()
        n:print()
        for key, count in n:rows() do print(("%.0f %s %d"):format(key.time, key.comm, count)) end
      end)]], "LC_ALL=C")
    assert.are.equal(0, code, err)
    -- A burst may lie across the border of two slots.
    local sums, last, first = {}, nil, nil
    for time, count in out:gmatch "\n(%-?%d+) umask (%d+)" do
      time, count = tonumber(time), tonumber(count)
      if not last or time > last + 100e6 then
        sums[#sums + 1] = 0
      end
      sums[#sums], last, first = sums[#sums] + count, time, first or time
    end
    assert.are.same({ 10, 20, 40 }, sums)
    local most, line = out:match(
      "^count by time, comm %(script.lua:2%)\n  COUNT  COMM   MOST\n     70  umask +(%d+)  (.-)\n  "
      .. "%S+%.%d%d%d to %S+%.%d%d%d, 100ms a column\n")
    assert.is_true(tonumber(most) <= 40 and tonumber(most) >= 20, out)
    assert.are.equal((last - first) / 100e6 + 1, #line)
    assert.is_truthy(line:find "^%p+ +%p+ +%p*@%p*$", out)
  end)

  it("makes a map of time and value of a histogram", function()
    local code, out, err = guest.ksnoop(
      "-q -c 'for i in 1 2 3 4 5; do usleep 1000; done; usleep 600000; usleep 600000; usleep 10000'", [[
      local took = ks.hist { "elapsed", over = "200ms", title = "Sleeps" }
      ks.call "hrtimer_nanosleep" { where = "comm == 'usleep'", took }
      ks.at_end(function() took:print() end)]])
    assert.are.equal(0, code, err)
    local lines, sum, columns = {}, 0, nil
    for label, n, map in out:gmatch "\n +(%S+) +(%d+)  |([^|\n]*)|" do
      lines[#lines + 1] = { label = label, n = tonumber(n), map = map }
      sum = sum + n
      columns = columns or #map
      assert.are.equal(columns, #map)
    end
    assert.are.equal(8, sum, out)
    -- The highest value is above. Two long sleeps, which end at least 600 ms apart.
    assert.are.equal("537ms..1.1s", lines[1].label, out)
    assert.are.equal(2, lines[1].n)
    local from, to = lines[1].map:match "()%p +()%p"
    assert.is_true(from and to - from >= 3 and to - from <= 6, out)
    assert.is_truthy(out:find "^Sleeps\n", out)
    assert.is_truthy(out:find "\n  %S+ to %S+, 200ms a column, @ is [1-5]\n  count 8  ", out)
  end)

  it("makes as many slots a column as leave room", function()
    guest.spill("/tmp/script.lua", [[
      local ks = require "ksnoop"
      local n = ks.count { over = "1ms" }
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
      ks.at_end(function() n:print() end)]])
    local code, out, err = guest.sh(
      ("LC_ALL=C.UTF-8 build/guest/screen 60x20 -- ksnoop -q -c '%s' /tmp/script.lua"):format(bursts))
    assert.are.equal(0, code, err)
    local line, step = out:match "\n  COUNT  MOST\n +70 +%d+  (.-)\n  %S+ to %S+, (%d+)ms a column\n"
    assert.is_truthy(step, out)
    line = line:gsub("[\128-\191]", "")
    assert.is_true(tonumber(step) >= 20 and tonumber(step) <= 200, out)
    assert.is_true(#line >= 15 and #line <= 44, out)
  end)
end)

describe("ks.live", function()
  local script = [[
    local n = ks.count "comm"
    ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
    ks.live("200ms", function() n:print() end)]]

  it("redraws in place, and shows all at the end", function()
    guest.spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. script)
    local code, out, err = guest.sh(
      ("TERM=xterm build/guest/screen 60x20 900:30x10 -- ksnoop -q -c '%s' /tmp/script.lua"):format(
        bursts))
    assert.are.equal(0, code, err)
    assert.are.equal("count by comm (script.lua:2)\n  COUNT  COMM\n     70  umask\n", out)
    assert.is_truthy(err:find "scrolled 0\n", err)
  end)

  it("prints blocks into a pipe, which count up", function()
    local code, out, err = guest.ksnoop(("-q -c '%s'"):format(bursts), script)
    assert.are.equal(0, code, err)
    local blocks, last = 0, 0
    for n in (out .. "\n"):gmatch "count by comm %(script.lua:2%)\n  COUNT  COMM\n +(%d+)  umask\n\n" do
      assert.is_true(tonumber(n) >= last)
      blocks, last = blocks + 1, tonumber(n)
    end
    assert.are.equal(70, last, out)
    assert.is_true(blocks >= 4, out)
  end)

  it("of snapshots has every byte in one block", function()
    local code, out, err = guest.ksnoop("-q -c '"
      .. "build/guest/calls write 200; usleep 600000; build/guest/calls write 100'", [[
      local io = ks.sum { "retval|size", by = { "pid", "comm", "func", "file=name(file)" } }
      ks.call { "vfs_read", "vfs_write" } { where = "retval > 0 && comm == 'calls'", io }
      local bytes, blocks = 0, 0
      ks.live("200ms", function()
        local now = io:take():print { limit = 20 }
        blocks = blocks + 1
        for key, n in now:rows() do
          bytes = bytes + (key.file == "calls-file" and key.func == "vfs_write" and n or 0)
        end
      end)
      ks.at_end(function() print(bytes, blocks >= 3) end)]])
    assert.are.equal(0, code, err)
    -- 100 + i for i from 0 to 199, and to 99
    assert.is_truthy(out:find(39900 + 14950 .. "\ttrue\n$"), out)
    local tables = select(2, out:gsub("sum of retval by pid, comm, func, file %(script.lua:2%)\n", ""))
    assert.is_true(tables >= 3, out)
  end)
end)
