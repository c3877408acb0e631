--- Every example runs, and what it prints is what the workload did, value by value.
local guest = require "spec.kernel.guest"

local function run(example, workload, options, words)
  local code, out, err = guest.sh(("ksnoop %s -c '%s' examples/%s.lua %s"):format(options or "", workload, example,
    words or ""))
  assert.are.equal(0, code, err)
  return out, err
end

local function slurp_lines(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

local checks = {}

function checks.opens()
  guest.spill("/tmp/there", "text")
  local out = run("opens", "cat /tmp/there /tmp/not_there >/dev/null 2>&1; true")
  local lines = slurp_lines(out)
  assert.are.equal("TIME                PID COMM               RETVAL FILENAME", lines[1])
  local found = {}
  for _, line in ipairs(lines) do
    local time, pid, comm, retval, name = line:match "^(%d%d:%d%d:%d%d%.%d+) +(%d+) (%S+) +(%S+) (/tmp/%S+)$"
    if name then
      found[name] = { time = time, pid = pid, comm = comm, retval = retval }
    end
  end
  assert.are.equal("cat", found["/tmp/there"].comm)
  assert.are.equal("3", found["/tmp/there"].retval)
  assert.are.equal("-ENOENT", found["/tmp/not_there"].retval)
  assert.are.equal(found["/tmp/there"].pid, found["/tmp/not_there"].pid)
end

function checks.short_reads()
  guest.spill("/tmp/sixty", ("x"):rep(60))
  guest.spill("/tmp/full", ("x"):rep(4096))
  local out = run("short_reads", "dd if=/tmp/sixty of=/dev/null bs=2048 2>/dev/null; " ..
    "dd if=/tmp/full of=/dev/null bs=1024 2>/dev/null")
  assert.is_truthy(out:find("dd                    60    2.0K sixty\n", 1, true), out)
  assert.is_nil(out:find("full", 1, true)) -- whole reads, and an end of file, are not short
end

function checks.write_kinds()
  local out = run("write_kinds", "cd /tmp; " .. ("dd if=/dev/zero of=a.data bs=5000 count=2 2>/dev/null; "):rep(3)
    .. "dd if=/dev/zero of=plain bs=100 count=1 2>/dev/null")
  assert.are.equal([[
Bytes written
  SUM  KIND
  29K  .data
  100  (none)

Sizes of writes
  kind=.data
  4K..8K  6  |########################################
  count 6  avg 4.88K  p50 8K  p90 8K  p99 8K  max 8K

  kind=(none)
  64..128  1  |########################################
  count 1  avg 100  p50 127  p90 127  p99 127  max 127
]], out)
end

function checks.vectors()
  local lines = slurp_lines(run("vectors", "build/guest/values 2"))
  assert.are.equal(3, #lines)
  assert.are.equal("TIME                PID COMM               FD  VLEN PARTS", lines[1])
  for i = 1, 2 do
    local count, parts = lines[1 + i]:match "^%S+ +%d+ values +%d+ +(%d) {(.*)}$"
    assert.are.equal(tostring(1 + i), count)
    local n = 0
    for size in parts:gmatch "{%.iov_base = 0x%x+, %.iov_len = (%d+)}" do
      n = n + 1
      assert.are.equal(n * 10 + i, tonumber(size))
    end
    assert.are.equal(1 + i, n)
  end
end

function checks.pipes()
  local out = run("pipes", "build/guest/spans pipes 5 2 wait 100 0")
  local _, shut = out:gsub("spans +%S+ closed by spans\n", "")
  assert.are.equal(5, shut, out) -- two by close(2), three as it ends
end

function checks.connects()
  local out = run("connects", "ip link set lo up; for p in 80 4711 443; do nc 127.0.0.1 $p </dev/null; done; true")
  local lines = slurp_lines(out)
  assert.are.equal(1, #lines, out)
  assert.is_truthy(lines[1]:find "^ *%d+ nc +127%.0%.0%.1:4711$")
end

function checks.deletes()
  local out = run("deletes", "for i in 1 2 3 4 5; do : >/tmp/d$i; done; " ..
    "rm /tmp/d1 /tmp/d2 /tmp/d3 /tmp/d5; unlink /tmp/d4")
  assert.is_truthy(out:find "\nunlink +1  d4\n", out)
  assert.is_truthy(out:find "^rm +4  d5\n", out)
end

function checks.large_deletes()
  guest.sh "dd if=/dev/zero of=/tmp/large bs=1M count=3; dd if=/dev/zero of=/tmp/small bs=1K count=1023"
  local out = run("large_deletes", "ln -s large /tmp/link; rm /tmp/link /tmp/small /tmp/large")
  local lines = slurp_lines(out)
  assert.are.equal("TIME                PID COMM                SIZE NAME", lines[1])
  assert.is_truthy(lines[2]:find "^%d%d:%d%d:%d%d%.%d+ +%d+ rm +3.0M large$", out)
  assert.are.equal(2, #lines, out)
end

function checks.slow_reads()
  guest.sh "dd if=/dev/zero of=/tmp/big bs=1M count=64"
  local out = run("slow_reads", "dd if=/tmp/big of=/dev/null bs=32M 2>/dev/null; rm /tmp/big")
  local lines = slurp_lines(out)
  assert.are.equal("    PID COMM              ELAPSED  RETVAL    FROM NAME", lines[1])
  assert.is_truthy(lines[2]:find "^ *%d+ dd +[%d.]+m?s +32M +0 big$", out)
  assert.is_truthy(lines[3]:find "^ *%d+ dd +[%d.]+m?s +32M +32M big$", out)
  assert.are.equal(3, #lines, out)
end

function checks.led_to()
  guest.spill("/tmp/sixty", ("x"):rep(60))
  local out = run("led_to", "dd if=/tmp/sixty of=/dev/null bs=7 2>/dev/null", nil,
    "path=sys:read,vfs_read,rw_verify_area 'filter=count == 7'")
  local _, lines = out:gsub("rw_verify_area%([^\n]*count=7%) = 0", "")
  assert.are.equal(10, lines, out) -- nine reads, and one that finds the end
  out = run("led_to", "dd if=/tmp/sixty of=/dev/null bs=7 2>/dev/null", nil,
    "path=sys:write,vfs_read,rw_verify_area 'filter=count == 7'")
  assert.are.equal("", out)
end

function checks.slow_twice()
  -- Where a user has recipes.
  guest.sh "mkdir -p ~/.local/share && cp -r lua/ksnoop/recipes ~/.local/share/ksnoop"
  local out = run("slow_twice", "sync; dd if=/dev/zero of=/dev/null bs=100M count=3 2>/dev/null")
  assert.is_truthy(out:find "^count by comm %(slow_twice.lua:6%)\n +COUNT +COMM\n +3 +dd\n$", out)
end

function checks.busy_files()
  local out = run("busy_files", "dd if=/dev/zero of=/tmp/busy bs=1000 count=300 2>/dev/null; usleep 1200000; " ..
    "dd if=/tmp/busy of=/dev/null bs=1000 2>/dev/null; rm /tmp/busy")
  local title = "sum of retval by pid, comm, func, file %(busy_files.lua:4%)\n +SUM +PID +COMM +FUNC +FILE\n"
  assert.is_truthy(out:find("^" .. title .. ".*\n\n" .. title), out)
  local sums = { vfs_read = 0, vfs_write = 0 }
  for size, unit, func in out:gmatch " ([%d.]+)(K?) +%d+ +dd +(%S+) +busy\n" do -- perhaps in two blocks
    sums[func] = sums[func] + size * (unit == "K" and 1024 or 1)
  end
  assert.is_true(math.abs(sums.vfs_read - 300000) < 2000 and math.abs(sums.vfs_write - 300000) < 2000, out)
end

function checks.read_times()
  local out = run("read_times", "dd if=/dev/zero of=/tmp/big bs=1000 count=300 2>/dev/null; usleep 1200000; " ..
    "dd if=/tmp/big of=/dev/null bs=1000 2>/dev/null; rm /tmp/big")
  local last = out:match ".*\n\n(hist of elapsed by time %(read_times.lua:4%)\n.*)"
  assert.is_truthy(last, out)
  local sum = 0
  for n in last:gmatch "  ([%d,]+)  |[^|\n]+|\n" do
    sum = sum + tonumber((n:gsub(",", "")))
  end
  assert.is_true(sum >= 300, out)
  assert.are.equal(tostring(sum), (last:match "\n  count ([%d,]+)  avg":gsub(",", "")))
  assert.is_truthy(last:find("\n  %d%d:%d%d:%d%d to %d%d:%d%d:%d%d, 1s a column, @ is %d+\n"), out)
end

function checks.latency()
  local out = run("latency", "dd if=/dev/zero of=/tmp/big bs=1000 count=300 2>/dev/null; " ..
    "dd if=/tmp/big of=/dev/null bs=1000 2>/dev/null; rm /tmp/big")
  local counts = {}
  for func, n in out:gmatch "comm=dd%s+func=(%S+).-\n  count (%d+)" do
    counts[func] = tonumber(n)
  end
  assert.are.same({ vfs_read = 300, vfs_write = 300 }, counts, out)
  assert.is_truthy(out:find "sum of retval by comm %(latency.lua:5%)\n +SUM +COMM\n +586K +dd\n", out)
end

function checks.busy()
  local out = run("busy", "build/guest/spin user 500; build/guest/spin kernel 500", "-q")
  local sums = { outside = 0, inside = 0 }
  for line in out:gmatch "[^\n]+" do
    local way, n = line:match "^spinner;(.*) (%d+)$"
    if way and way:find "spinning$" then
      sums.outside = sums.outside + n
    elseif way and way:find ";vfs_read" then
      sums.inside = sums.inside + n
    end
  end
  assert.is_true(sums.outside > 0 and sums.outside <= 60, out)
  assert.is_true(sums.inside > 0 and sums.inside <= 60, out)
end

function checks.before_errors()
  local out = run("before_errors", "build/guest/recorder after 1 25 12", "-q")
  local found = {}
  for func, retval in out:gmatch "%d+ recorder +(%l+) +%S+ +(%S+)\n" do
    found[#found + 1] = func == "lseek" and retval or nil
  end
  local expected = {}
  for lot = 12, 24, 12 do
    for i = lot - 7, lot - 1 do
      expected[#expected + 1] = tostring(1000000 + i)
    end
    expected[#expected + 1] = "-EINVAL"
  end
  assert.are.same(expected, found, out)
end

function checks.etc_writes()
  local out = run("etc_writes", "mkdir -p /etc/new/dir; echo 12345 >/etc/new/dir/file; echo 12345 >/tmp/file; " ..
    "dd if=/dev/zero of=/etc/zeros bs=4096 count=1 2>/dev/null")
  local lines = slurp_lines(out)
  assert.are.equal("TIME                PID COMM              BYTES PATH", lines[1])
  assert.is_truthy(lines[2]:find "^%d%d:%d%d:%d%d%.%d+ +%d+ sh +6 /etc/new/dir/file$", out)
  assert.is_truthy(lines[3]:find "^%d%d:%d%d:%d%d%.%d+ +%d+ dd +4%.0K /etc/zeros$", out)
  assert.are.equal(3, #lines, out)
end

function checks.attributes()
  local out = run("attributes", "cd /tmp; rm -f attr; echo 12345 >attr; chmod 600 attr; chown 1000 attr; "
    .. "truncate -s 2 attr")
  local lines = slurp_lines(out)
  local function line(comm, change)
    for _, l in ipairs(lines) do
      if l:find("^" .. comm .. " +attr: ") and l:find(change, 1, true) then
        return true
      end
    end
  end
  assert.is_true(line("chmod", "inode->i_mode S_IFREG|0644 -> S_IFREG|0600"), out)
  assert.is_true(line("chown", "inode->i_uid 0 -> 1000"), out)
  assert.is_true(line("truncate", "inode->i_size 6 -> 2"), out)
  assert.is_nil(out:find("i_ino", 1, true))
  assert.are.equal(3, #lines, out)
end

-- With no file left open: the workload would inherit it.
local function files()
  local p = io.popen "ls examples"
  local list = slurp_lines(p:read "*a")
  p:close()
  return list
end

describe("the example", function()
  for _, file in ipairs(files()) do
    local name = file:match "^(.*)%.lua$"
    it(tostring(name) .. " prints what happened", function()
      assert.is_not_nil(checks[name], "no check for examples/" .. file)
      checks[name]()
    end)

    it(tostring(name) .. " begins with its question, and fits a screen", function()
      local text = guest.slurp("examples/" .. file)
      assert.is_truthy(text:find "^%-%-%- [^\n]*%?")
      assert.is_true(select(2, text:gsub("\n", "")) <= 30)
    end)
  end

  it("opens gives the same as JSON", function()
    local out = run("opens", "cat /tmp/not_there 2>/dev/null; true", "-f json")
    assert.is_truthy(out:find('"comm":"cat","args":{"retval":-2,"filename":"/tmp/not_there"}}', 1, true), out)
  end)
end)
