--- Our own programs call functions of the kernel; probes on those, all at once, must not hang it.
local guest = require "spec.kernel.guest"

local TRACING = "/sys/kernel/tracing/"

-- Empties what is there first.
local function write(file, text)
  local f = assert(io.open(TRACING .. file, "w"))
  f:write(text)
  f:close()
end

-- The helpers that generated code may call: bpf/helpers.def says which.
local function helpers()
  local names = {}
  for name in guest.slurp("bpf/helpers.def"):gmatch "\nX%(([%w_]+)," do
    names[#names + 1] = "bpf_" .. name
  end
  names[#names + 1] = "bpf_get_stack_raw_tp" -- what it is in fentry and fexit
  return names
end

-- A script that makes a program call every helper, for each hit: nothing in it is false or fails.
-- (umask's argument is a number: no string to read.)
local everything = [[
ks.probe "__x64_sys_umask" { ks.count { by = { "comm", "regs->di" } }, ks.stats { "time", by = "str(comm)" } }
ks.call "sys:umask" { where = "elapsed >= 0", capture = { "elapsed" } }
ks.probe "__x64_sys_umask" {
  where = "comm == 'umask' && uid == 0 && time > 0 && str(user(regs->sp)) != 'x'",
  capture = { "comm", "uid", "t=time + 0", "s=str(comm)", "k=str(regs)", "u=str(user(regs->sp))", "ip=regs->ip",
    "caller" },
}
ks.probe "__x64_sys_umask" { capture = { "ip=regs->ip" }, keep = 4, emit = "time > 0" }
ks.probe "kprobe:__x64_sys_umask" { ks.count { by = { "ustack", "stack" } } }
ks.probe "__x64_sys_umask" { ks.count { by = { "ustack", "stack" } } }
]]

-- One look with the kernel's own function graph tracer. While it is on, the kernel is many times as slow: it is for
-- the workload alone, and on a single function when what it saw is read.
local function look()
  local code, _, err = guest.ksnoop(([[-q -c "cd %s; echo function_graph >current_tracer; echo >trace;
    /ksnoop/build/guest/umask 200; echo 0 >tracing_on; echo vfs_statfs >set_ftrace_filter"]]):format(TRACING),
    everything)
  local text = guest.slurp(TRACING .. "trace")
  write("current_tracer", "nop")
  write("set_ftrace_filter", "")
  write("tracing_on", "1")
  assert.are.equal(0, code, err)
  return text
end

-- Of so many functions some are drawn: one more look would find few that matter.
local ENOUGH = 100

-- Adds the functions that were called from within one of these names: what stands furthest left begins such a call.
local function add_within(text, names, found)
  local roots = {}
  for cpu, indent, name in text:gmatch "\n *(%d+)%)[^|\n]*|( +)([%w_]+)[%.%w]*%(%)" do
    roots[cpu] = #indent == 2 and name or roots[cpu]
    if names[roots[cpu]] then
      found[name] = true
    end
  end
end

-- All that the helpers call. Some looks show the outermost calls only; interrupts come when they come.
local function callees()
  local names, found, looks = {}, {}, 0
  local list
  for _, name in ipairs(helpers()) do
    names[name], found[name] = true, true
  end
  -- By one pattern: each name, too, takes the kernel a walk over all of its functions.
  write("set_graph_function", "bpf_*")
  assert.is_nil(guest.slurp(TRACING .. "set_graph_function"):find("all functions", 1, true))
  repeat
    looks = looks + 1
    add_within(look(), names, found)
    list = {}
    for name in pairs(found) do
      list[#list + 1] = name
    end
  until #list >= ENOUGH or looks == 3
  write("set_graph_function", "")
  table.sort(list)
  return list
end

-- So many of them at random, as each takes the kernel a while; CALLEES=1000 makes it all of them.
local MOST = tonumber(os.getenv "CALLEES") or 40
local seed = tonumber(os.getenv "SEED") or os.time()

local function sample(list)
  math.randomseed(seed + #guest.kernel + #list)
  while #list > MOST do
    table.remove(list, math.random(#list))
  end
  return list
end

describe("probes on what our own programs call", function()
  it("leave the machine running and every hit accounted for", function()
    local list = callees()
    assert.is_true(#list >= 8, "only " .. table.concat(list, " "))
    local count = #list
    list = sample(list)
    -- Some of them are called all the time: their events are delivered, and not printed.
    local sums, err, there = guest.sums_of("--buffer 64K -c 'build/guest/umask 1000'", list,
      "{ capture = {}, function() end }", everything)
    local refused = {}
    for _, name in ipairs(list) do
      refused[#refused + 1] = not sums.probes[name] and name or nil
    end
    print(("\n@tally says probes on %d of %d of %d callees (SEED=%d); not on %s"):format(#there, #list, count,
      seed, table.concat(refused, " ")))
    assert.is_true(#there >= 4)
    assert.are.equal(1000, tonumber(err:match "calls (%d+)"))
    local suppressed = 0
    for place, c in pairs(sums.probes) do
      -- No probe here has a predicate that can be false.
      assert.are.equal(0, c.filtered, place)
      assert.are.equal(0, c.faults, place)
      guest.identity(c, (place:find "^__x64_sys_umask" or place == "sys:umask") and 1000 or nil)
      if place == "sys:umask" then
        assert.are.equal(1000, c.opened + c.full + c.unopened)
        assert.are.equal(c.opened, c.closed + c.reopened + c.gone + c.open)
      end
      suppressed = suppressed + c.suppressed
    end
    assert.is_true(suppressed > 0)
  end)

  it("are refused by name where the guard would come too late", function()
    for _, name in ipairs { "bpf_get_smp_processor_id", "migrate_disable", "_raw_spin_lock_irqsave",
      "__bpf_prog_enter" } do
      local code, _, err = guest.ksnoop("", ('ks.probe "%s" {}'):format(name))
      assert.are.equal(3, code)
      assert.is_truthy(err:find("can't be traced", 1, true) or err:find("no function", 1, true), err)
    end
  end)
end)
