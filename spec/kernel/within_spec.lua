--- within: hits count only in certain calls of the same task.
local guest = require "spec.kernel.guest"

local function run(workload, script)
  local out = guest.json(("-c 'build/guest/%s'"):format(workload), script)
  for _, c in pairs(out.summary.probes) do
    guest.identity(c)
  end
  return out
end

-- Hits that were in such a call and nobody knows of.
local function unknown(c)
  return c.unfollowed + c.suppressed + (c.recursion == guest.null and 0 or c.recursion)
end

-- The hits of a probe that count: n, but for those that something named kept away.
local function count(n, c)
  assert.is_true(c.matched <= n and c.matched + unknown(c) >= n, ("%d of %d, %d unknown"):format(c.matched, n,
    unknown(c)))
end

describe("within", function()
  it("counts what happens in a call, on two CPUs", function()
    local out = run("nested reads 300 200", [[
      ks.probe "vfs_read" { within = "sys:read", where = "comm == 'nested'", ks.count() }
      ks.probe "vfs_read" { within = "sys:pread64", where = "comm == 'nested'", ks.count() }
      ks.probe "vfs_read" { within = "vfs_write", where = "comm == 'nested'", ks.count() }
      ks.call "vfs_read" { within = "sys:pread64", where = { "comm == 'nested'", "elapsed >= 0" }, ks.count() }
      ks.probe "vfs_read" { within = "sys:read > sys:pread64", where = "comm == 'nested'", ks.count() }
    ]])
    local p = out.summary.probes
    count(2 * 300, p["vfs_read"])
    count(2 * 200, p["vfs_read#2"])
    assert.are.equal(0, p["vfs_read#3"].matched)
    count(2 * 200, p["vfs_read#4"])
    assert.are.equal(0, p["vfs_read#5"].matched)
    print(("%s: of 600 reads %d, of 400 %d; not known %d"):format(guest.kernel, p.vfs_read.matched,
      p["vfs_read#2"].matched, unknown(p.vfs_read) + unknown(p["vfs_read#2"])))
  end)

  it("gives what outer calls captured, by name, and asks what they must be", function()
    local out = run("pairs positions 20 4096", [[
      ks.probe "rw_verify_area" {
        within = {
          { "ksys_read", where = { "count == 4096", "comm == 'pairs'" }, capture = { "n=count", "who=tid" } },
          { "vfs_read", capture = { "name=str(file->f_path.dentry->d_name.name)", "at=*pos" } },
        },
        where = "name == 'pairs-file' && at >= 4096 && who == tid",
        capture = { "n", "who", "name", "at", "count" },
      }
      local reads = "comm == 'pairs' && count == 4096"
      ks.probe "rw_verify_area" { within = { "ksys_read", where = "count != 4096" }, where = reads, capture = {} }
      ks.probe "rw_verify_area" { within = { { "ksys_read", capture = "n=count" } }, where = reads,
        ks.sum { "n", by = "n" } }
    ]])
    local p = out.summary.probes
    count(19, p["rw_verify_area"])
    for i, e in ipairs(out.event) do
      assert.are.same({ 4096, "pairs-file", 4096, e.tid }, { e.args.n, e.args.name, e.args.count, e.args.who })
      assert.are.equal(4096 * (i + 20 - #out.event - 1), e.args.at)
    end
    assert.are.equal(0, p["rw_verify_area#2"].matched)
    count(20, p["rw_verify_area#3"])
    assert.are.equal(4096 * p["rw_verify_area#3"].matched, out.rows[1].rows[1].value)
  end)

  it("is no more than the verifier can follow, with stacks of both ends as keys of several aggregations", function()
    local out = run("nested reads 20 0", [[ks.call { "vfs_read", "vfs_write" } {
      within = { { "ksys_read", "ksys_write", capture = "os=ustack" } },
      where = "comm == 'nested'",
      ks.sum { "elapsed", by = { "os", "es=entry(ustack)" } }, ks.hist { "elapsed", by = { "os", "es=entry(ustack)" } },
      ks.stats { "elapsed", by = { "os", "es=entry(stack)" } },
    }]])
    local c = out.summary.probes["vfs_read, vfs_write"]
    assert.is_true(c.matched + unknown(c) + c.unmatched >= 40, c.matched .. " of 40")
  end)

  it("knows an outer call from the same one", function()
    local out = run("pairs tower 20", [[
      ks.probe "ep_loop_check_proc" { within = "ep_loop_check_proc", ks.count() }
      ks.probe "ep_loop_check_proc" { within = "ep_loop_check_proc > ep_loop_check_proc", ks.count() }
    ]])
    -- 20 times towers of 1 to 5 levels: 10 calls are in another, 6 in two others
    count(20 * 10, out.summary.probes["ep_loop_check_proc"])
    count(20 * 6, out.summary.probes["ep_loop_check_proc#2"])
  end)

  it("leaves out what an interrupt does meanwhile", function()
    local out = run("nested reads 20000 0", [[
      ks.probe "hrtimer_interrupt" { within = "ksys_read", ks.count() }
      ks.probe "hrtimer_interrupt" { ks.count() }
    ]])
    assert.are.equal(0, out.summary.probes["hrtimer_interrupt"].matched)
    assert.is_true(out.summary.probes["hrtimer_interrupt#2"].matched > 20)
  end)

  it("ends with a call whose return the kernel forgot", function()
    -- The other probe comes and goes while 64 tasks sleep: kernels before 7 then skip our programs at their
    -- returns. What they write afterwards is in no sleep any more, and deeper on their stacks.
    guest.sh "rm -f /tmp/nested-asleep /tmp/nested-wake"
    local out = guest.json([[-c "build/guest/nested late 64 20 &
      until test -e /tmp/nested-asleep; do sleep 0.1; done;
      ksnoop -q -D 100ms /tmp/other.lua; touch /tmp/nested-wake; wait"]], [[
      local f = io.open("/tmp/other.lua", "w")
      f:write 'require "ksnoop".probe "hrtimer_nanosleep" { where = "pid == 1" }'
      f:close()
      ks.probe "generic_perform_write" { within = "hrtimer_nanosleep", where = "comm == 'nested'", ks.count() }
      ks.probe "generic_perform_write" { where = "comm == 'nested'", ks.count() }
      ks.probe "do_nanosleep" { within = "hrtimer_nanosleep", where = "comm == 'nested'", ks.count() }
    ]])
    local p = out.summary.probes
    assert.are.equal(0, p["generic_perform_write"].matched)
    assert.is_true(p["generic_perform_write#2"].matched > 1000)
    count(64, p["do_nanosleep"])
  end)

  it("is asked where a span opens, whose end then has the names", function()
    local out = run("pairs sleepers 8 300", [[ks.span {
      within = { { "hrtimer_nanosleep", where = "comm == 'pairs'", capture = { "clock=clockid", "slept=tid" } } },
      open = { "tp:sched_switch", key = "prev" },
      close = { "tp:sched_switch", key = "next" },
      capture = { "clock", "slept", "who=entry(slept)", "is=next->pid" },
    }]])
    local tasks = {}
    for _, e in ipairs(out.event) do
      tasks[#tasks + (tasks[e.args.is] and 0 or 1)] = e.args.is
      tasks[e.args.is] = true
      assert.are.equal(1, e.args.clock)
      assert.are.equal(e.args.is, e.args.slept)
      assert.are.equal(e.args.is, e.args.who)
    end
    -- each once or, when it was woken in between, more often
    local p = out.summary.probes["tp:sched_switch -> tp:sched_switch"]
    assert.is_true(#tasks <= 8 and #tasks + unknown(p) + p.unopened >= 8, #tasks .. " tasks")
  end)
end)
