--- Time slots and live views, on bursts of calls whose size and number are known.
--- The functions are not those of api.md's scripts 15 and 16: not every guest's kernel has ext4.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

-- Three bursts with empty slots between them.
local bursts = "build/guest/umask 10; usleep 700000; build/guest/umask 20; usleep 700000; build/guest/umask 40"

-- A line of 100 ms slots, and what rows() says of them.
local function check_line(out)
  local sums, last, first = {}, nil, nil
  for time, count in out:gmatch "\n(%-?%d+) umask (%d+)" do
    time, count = tonumber(time), tonumber(count)
    if not last or time > last + 100e6 then -- a burst may lie across the border of two slots
      sums[#sums + 1] = 0
    end
    sums[#sums], last, first = sums[#sums] + count, time, first or time
  end
  assert.are.same({ 10, 20, 40 }, sums)
  local most, line = out:match("^count by time, comm %(script.lua:2%)\n  COUNT  COMM   MOST\n"
    .. "     70  umask +(%d+)  (.-)\n  %S+%.%d%d%d to %S+%.%d%d%d, 100ms a column\n")
  assert.is_true(most and tonumber(most) <= 40 and tonumber(most) >= 20, out)
  assert.are.equal((last - first) / 100e6 + 1, #line)
  assert.is_truthy(line:find "^%p+ +%p+ +%p*@%p*$", out)
end

-- A map of two sleeps of 700 ms and five short ones, in columns of 200 ms.
local function check_map(out)
  local lines, sum, columns = {}, 0, nil
  for label, n, map in out:gmatch "\n +(%S+) +(%d+)  |([^|\n]*)|" do
    lines[#lines + 1] = { label = label, n = tonumber(n), map = map }
    sum = sum + n
    columns = columns or #map
    assert.are.equal(columns, #map)
  end
  assert.are.equal(7, sum, out)
  assert.are.equal("537ms..1.1s", lines[1].label, out) -- the highest value is above
  assert.are.equal(2, lines[1].n)
  local from, to = lines[1].map:match "()%p +()%p"
  assert.is_true(from and to - from >= 3 and to - from <= 7, out) -- they end 700 ms apart, and more
  assert.is_truthy(out:find "\nSleeps\n", out)
  assert.is_truthy(out:find "\n  %S+ to %S+, 200ms a column, @ is [1-5]\n  count 7  ", out)
end

describe("over", function()
  it("has every call in its slot, in a line and in a map of time and value", function()
    local code, out, err = guest.ksnoop(("-q -c '%s%s'"):format(("usleep 1000;"):rep(5), bursts), [[
      local n, took = ks.count { "comm", over = "100ms" }, ks.hist { "elapsed", over = "200ms", title = "Sleeps" }
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
      ks.call "hrtimer_nanosleep" { where = "comm == 'usleep'", took }
      ks.at_end(function()
        n:print()
        for key, count in n:rows() do print(("%.0f %s %d"):format(key.time, key.comm, count)) end
        took:print()
      end)]], "LC_ALL=C")
    assert.are.equal(0, code, err)
    check_line(out)
    check_map(out)
  end)
end)

describe("ks.live", function()
  it("redraws in place on a terminal, also of another size, and shows all at the end", function()
    guest.spill("/tmp/script.lua", [[
      local ks = require "ksnoop"
      local n, turns = ks.count "comm", 0
      ks.probe "__x64_sys_umask" { where = "comm == 'umask'", n }
      ks.live("200ms", function() n:print() turns = turns + 1 end)
      ks.at_end(function() print(turns >= 3) end)]])
    local code, out, err = guest.sh(
      ("TERM=xterm build/guest/screen 60x20 1500:30x10 -- ksnoop -q -c '%s' /tmp/script.lua"):format(bursts))
    assert.are.equal(0, code, err)
    assert.are.equal("count by comm (script.lua:2)\n  COUNT  COMM\n     70  umask\ntrue\n", out)
    assert.is_truthy(err:find "scrolled 0\n", err)
  end)

  it("prints blocks into a pipe; of snapshots every byte is in one", function()
    local code, out, err = guest.ksnoop("-q -c '"
      .. "build/guest/calls write 200; usleep 1000000; build/guest/calls write 100'", [[
      local io = ks.sum { "retval|size", by = { "pid", "comm", "func", "file=name(file)" } }
      ks.call { "vfs_read", "vfs_write" } { where = "retval > 0 && comm == 'calls'", io }
      local bytes = 0
      ks.live("200ms", function()
        for key, n in io:take():print({ limit = 20 }):rows() do
          bytes = bytes + (key.file == "calls-file" and key.func == "vfs_write" and n or 0)
        end
      end)
      ks.at_end(function() print(bytes) end)]])
    assert.are.equal(0, code, err)
    -- 100 + i for i from 0 to 199, and to 99
    assert.is_truthy(out:find(39900 + 14950 .. "\n$"), out)
    local tables = select(2, out:gsub("sum of retval by pid, comm, func, file %(script.lua:2%)\n", ""))
    local blanks = select(2, out:gsub("\n\n", ""))
    assert.is_true(tables >= 2 and blanks == tables - 1, out)
  end)
end)
