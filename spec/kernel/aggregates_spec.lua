--- Aggregations in Lua against workloads whose numbers are known; pause, resume, timers, the end of a run.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local writes = [[
  where = "file->f_path.dentry->d_name.name == 'calls-file'",]]

describe("an aggregation with functions", function()
  it("has every event of the workload, to the byte", function()
    local out = guest.json("-c 'build/guest/calls write 200'", ([[
      ks.probe "vfs_write" {%s
        ks.count { by = { "comm", function(e) return e.count %% 2 == 0 end } },
        ks.sum { "count|size", by = function(e) return e.pid > 0 end },
        ks.stats { function(e) return e.count end },
        ks.hist { function(e) return e.count end, step = 100 },
      }]]):format(writes))
    local count, sum, stats, hist = unpack(out.rows)
    assert.are.same({ { key = { comm = "calls", key2 = false }, value = 100 },
      { key = { comm = "calls", key2 = true }, value = 100 } }, count.rows)
    assert.are.equal(39900, sum.rows[1].value) -- 100 + i for i from 0 to 199
    assert.are.same({ count = 200, sum = 39900, min = 100, max = 299, avg = 199.5 }, stats.rows[1].value)
    assert.are.same({ { 100, 200, 100 }, { 200, 300, 100 } }, hist.rows[1].value.buckets)
    assert.are.equal(200, out.summary.probes.vfs_write.delivered)
    assert.are.equal(0, #out.event)
  end)

  it("shows keys as a printer does, and takes snapshots that add up", function()
    local code, out, err = guest.ksnoop("-c 'build/guest/calls fallocate 20'", [[
      local all, taken = ks.count { by = { "error=errno(retval)", function(e) return e.comm end } }, 0
      ks.probe "return:vfs_fallocate" { capture = { "comm", "retval" }, all, function()
        for _, n in all:take():rows() do taken = taken + n end
      end }
      ks.probe "return:vfs_fallocate" { capture = { "comm", "retval" },
        ks.count { by = { "error=errno(retval)", function(e) return e.comm end }, title = "Errors" } }
      ks.at_end(function() print("taken", taken) end)]])
    assert.are.equal(0, code, err)
    assert.are.equal("taken\t20\nErrors\n  COUNT  ERROR   KEY2\n     10  0       calls\n     10  EINVAL  calls\n", out)
  end)
end)

describe("the end of a run", function()
  local script = [[
    local told = ks.count(function() return "told" end)
    ks.probe "__x64_sys_umask" { capture = {}, told, ks.count(function() return 1 end) }
    ks.at_end(function() print "the end" told:print() end)]]

  it("prints what the script did not, after at_end and before the summary", function()
    local code, out, err = guest.ksnoop("-c 'build/guest/umask 7'", script)
    assert.are.equal(0, code, err)
    assert.are.equal([[
the end
count by key (script.lua:2)
  COUNT  KEY
      7  told
count by key (script.lua:3)
  COUNT  KEY
      7  1
]], out)
    assert.is_truthy(err:find("7 hits, 7 delivered", 1, true), err)
    out = select(2, guest.ksnoop("-q -c 'build/guest/umask 7'", script))
    assert.are.equal("the end\ncount by key (script.lua:2)\n  COUNT  KEY\n      7  told\n", out)
  end)
end)

describe("a probe", function()
  it("does not count while it is paused, and does again when it is resumed", function()
    guest.sh "rm -f /tmp/resume /tmp/resumed"
    local out = guest.json([[-c 'build/guest/umask 100; touch /tmp/resume
      while ! [ -e /tmp/resumed ]; do usleep 10000; done; build/guest/umask 50']], [[
      local p = ks.probe "__x64_sys_umask" { capture = {}, ks.count(function() return "n" end) }
      p:pause()
      ks.probe "__x64_sys_umask" { capture = {}, function() end }
      ks.every("10ms", function()
        if io.open "/tmp/resume" and not io.open "/tmp/resumed" then
          p:resume()
          io.open("/tmp/resumed", "w"):close()
        end
      end)
    ]])
    local paused, other = out.summary.probes.__x64_sys_umask, out.summary.probes["__x64_sys_umask#2"]
    assert.are.equal(150, other.hits)
    assert.are.same({ 50, 50 }, { paused.hits, paused.delivered })
    assert.are.equal(50, out.rows[1].rows[1].value)
    guest.identity(paused)
  end)
end)

describe("ks.after", function()
  it("calls once", function()
    local code, out, err = guest.ksnoop("", [[
      ks.options { duration = "600ms" }
      local n = 0
      ks.after("50ms", function()
        n = n + 1
        ks.after("50ms", function() n = n + 10 end)
      end)
      ks.at_end(function() print("calls", n) end)
      ks.probe "__x64_sys_umask" {}]])
    assert.are.equal(0, code, err)
    assert.are.equal("calls\t11\n", out)
  end)
end)
