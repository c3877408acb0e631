--- Aggregations in the kernel, against what the workload itself counted.
local guest = require "spec.kernel.guest"

-- Runs a script that prints rows as "@ words"; returns these lines, the summary line, stderr. All hits are to be
-- counted, whatever that costs.
local function rows(command, script)
  local code, out, err = guest.ksnoop(("--no-governor -c '%s'"):format(command), script)
  assert.are.equal(0, code, err)
  local found = {}
  for line in out:gmatch "@ ([^\n]+)\n" do
    found[#found + 1] = line
  end
  return found, out, err
end

-- What reads counted of its files, by inode: { ["12"] = 7 }
local function reads_of(out)
  local by = {}
  for inode, reads in out:gmatch "\n?(%d+) %d+ (%d+)\n" do
    by[inode] = tonumber(reads)
  end
  return by
end

describe("aggregations in the kernel", function()
  it("are read as they are, also of many keys, taken or not", function()
    local found = rows("build/guest/calls timers 10000", [[
      local c = ks.count { "seconds=value->it_value.tv_sec", max = 20000 }
      ks.probe "sys:setitimer" { where = "comm == 'calls'", c }
      local function say(agg)
        local n, sum, last, sorted = 0, 0, -1, true
        for key, value in agg:rows { sort = "key" } do
          n, sum, sorted, last = n + 1, sum + value, sorted and key > last, key
        end
        print("@ " .. n, sum, sorted, last)
      end
      ks.at_end(function() say(c) say(c:take()) say(c) end)]])
    assert.are.same({ "10000\t10000\ttrue\t10999", "10000\t10000\ttrue\t10999", "0\t0\ttrue\t-1" },
      found)
  end)

  it("count, add up and sort into buckets what happened, by keys of several kinds", function()
    guest.sh "head -c 5000 /dev/zero >/tmp/big; head -c 40 /dev/zero >/tmp/small"
    local found, _, err = rows("build/guest/reads 3000 1000 /tmp/big /tmp/small", [[
      local function say(what, agg)
        for key, value in agg:rows() do
          print("@ " .. what, type(key) == "table" and table.concat(key, "/") or key, value)
        end
      end
      local options = { "retval", by = { "file->f_inode->i_ino" } }
      local count = ks.count { by = { "ino=file->f_inode->i_ino", "func", "comm" } }
      local sum, stats, hist = ks.sum(options), ks.stats(options), ks.hist(options)
      local steps = ks.hist { "retval", step = 100 }
      local fine, all = ks.hist { "retval", error = "5%" }, ks.hist "retval"
      ks.probe "return:vfs_read" {
        where = "comm == 'reads' && S_ISREG(file->f_inode->i_mode) && count == 1000",
        count, sum, stats, hist, steps, fine, all,
      }
      ks.at_end(function()
        say("count", count)
        say("sum", sum)
        for key, v in stats:rows() do
          print("@ stats", key, v.count, v.sum, v.min, v.max, v.avg)
        end
        for key, v in hist:rows() do print("@ hist", key, v.count, v.sum, v:p(50)) end
        for _, h in ipairs { steps, fine, all } do
          for _, v in h:rows() do print("@ alone", v.count, v.sum, v:p(1), v:p(99)) end
        end
      end)]])
    local by, expected = reads_of(err), {}
    local big = guest.sh "stat -c %i /tmp/big" == 0 and guest.slurp "/tmp/stdout":match "%d+"
    local small = guest.sh "stat -c %i /tmp/small" == 0 and guest.slurp "/tmp/stdout":match "%d+"
    local b, s = by[big], by[small]
    assert.are.equal(3000, b + s, err)
    assert.is_true(b > 1000 and s > 1000)
    for _, kind in ipairs { { big, b, 1000, 1023 }, { small, s, 40, 63 } } do
      local ino, n, each, upto = unpack(kind)
      expected[#expected + 1] = ("count\t%s/vfs_read/reads\t%d"):format(ino, n)
      expected[#expected + 1] = ("sum\t%s\t%d"):format(ino, n * each)
      expected[#expected + 1] = ("stats\t%s\t%d\t%d\t%d\t%d\t%d"):format(ino, n, n * each, each,
        each, each)
      expected[#expected + 1] = ("hist\t%s\t%d\t%d\t%d"):format(ino, n, n * each, upto)
    end
    for _, bounds in ipairs { { 99, 1099 }, { 41, 1023 }, { 63, 1023 } } do
      expected[#expected + 1] = ("alone\t3000\t%d\t%d\t%d"):format(b * 1000 + s * 40, bounds[1],
        bounds[2])
    end
    table.sort(expected)
    table.sort(found)
    assert.are.same(expected, found)
    assert.matches("ksnoop: [%d,]+ hits, 0 delivered, ", err)
  end)

  it("are taken exactly, under load on two CPUs: each hit is in one snapshot", function()
    local found, _, err = rows("build/guest/umask 600000 2", [[
      local aggs = {
        ks.count(), ks.count { by = { "tid", "cpu" } }, ks.stats { "regs->di + 1", by = "tid" },
        ks.sum "1", ks.hist "regs->di", ks.hist { "regs->di", by = "cpu" },
        ks.count { "regs->di", max = 16 },
      }
      local sums, takes = {}, 0
      ks.probe "__x64_sys_umask" { unpack(aggs) }
      local function take()
        takes = takes + 1
        for i, agg in ipairs(aggs) do
          for _, v in agg:take():rows() do
            sums[i] = (sums[i] or 0) + (type(v) == "number" and v or v.count)
          end
        end
      end
      ks.every("5ms", take)
      ks.at_end(function()
        take()
        print("@ " .. takes)
        for i in ipairs(aggs) do print("@ " .. sums[i]) end
      end)]])
    assert.is_true(tonumber(table.remove(found, 1)) >= 4)
    assert.are.same({ "600000", "600000", "600000", "600000", "600000", "600000", "600000" }, found, err)
  end)

  it("count what finds no room into (other), and say so", function()
    local found = rows("build/guest/umask 1000", [[
      local c = ks.count { "regs->di", max = 4 }
      local s = ks.sum { "regs->di", by = "regs->di", max = 4 }
      ks.probe "__x64_sys_umask" { c, s }
      ks.at_end(function()
        local all, other, n = 0, 0, 0
        for key, v in c:rows() do
          all, n = all + v, n + 1
          other = key == "(other)" and v or other
        end
        print("@ " .. n, all, other > 0, other < all)
        all = 0
        for _, v in s:rows() do all = all + v end
        print("@ " .. all)
      end)]])
    assert.are.equal("5\t1000\ttrue\ttrue", found[1])
    assert.are.equal("249644", found[2])
  end)

  it("have a row for keys that can't be read, leave out such values, and say how many", function()
    local out = guest.json("-c 'build/guest/umask 500'", [[
      ks.define("nowhere(x)", "((struct file *)(x + 8))->f_flags")
      local c, s = ks.count "flags=nowhere(regs->di)", ks.sum { "nowhere(regs->di)", by = "comm" }
      ks.probe "__x64_sys_umask" { c, s }
      ks.at_end(function()
        local n = 0
        for key, v in c:rows() do n = n + 1 io.stderr:write("@ ", key, " ", v, "\n") end
        for _ in s:rows() do n = n + 1 end
        io.stderr:write("@ rows ", n, "\n")
        s:print() -- takes nothing
        s:take():print()
        s:print()
      end)]])
    local c = out.summary.probes.__x64_sys_umask
    assert.matches("@ %(unreadable%) 500\n@ rows 1\n", out.stderr)
    local unread = {}
    for _, r in ipairs(out.rows) do
      unread[#unread + 1] = r.kind == "sum" and r.unread or nil
    end
    assert.are.same({ 500, 500, 0 }, unread)
    assert.are.equal(1000, c.nils) -- a key and a value each
    assert.are.equal(500, c.aggregated)
    guest.identity(c, 500)
    assert.are.equal(0, c.delivered)
  end)

  it("are shared by probes, also where several programs of them run", function()
    local found = rows("build/guest/umask 300; dd if=/dev/zero of=/dev/null bs=1 count=5 2>/dev/null", [[
      local c = ks.count { by = { "func", "comm" } }
      ks.probe "__x64_sys_umask" { c }
      ks.probe { "vfs_read", "vfs_write" } { where = "comm == 'dd'", c }
      ks.at_end(function() for key, v in c:rows() do print("@ " .. key.func, key.comm, v) end end)]])
    local by = {}
    for _, line in ipairs(found) do
      local func, comm, n = line:match "(%S+)\t(%S+)\t(%d+)"
      by[func .. " " .. comm] = tonumber(n)
    end
    assert.are.equal(300, by["__x64_sys_umask umask"])
    assert.is_true((by["vfs_read dd"] or 0) >= 5)
  end)

  it("go with a function in where, which moves them into Lua", function()
    local found = rows("build/guest/umask 400", [[
      local c = ks.count { by = "odd=regs->di & 1" }
      ks.probe "__x64_sys_umask" {
        capture = { "mask=regs->di" }, where = function(e) return e.mask < 100 end, c,
      }
      ks.at_end(function() for key, v in c:rows { sort = "key" } do print("@ " .. key, v) end end)]])
    assert.are.equal(2, #found)
    for i, line in ipairs(found) do
      local key, n = line:match "(%d)\t(%d+)$"
      assert.are.equal(i - 1, tonumber(key))
      assert.is_true(tonumber(n) >= 50)
    end
  end)
end)
