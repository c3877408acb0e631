--- The constants that core/uapi.def takes from the kernel's own headers are this kernel's.
local guest = require "spec.kernel.guest"

-- { NAME = number } of the rows that no compiler can check.
local function rows()
  local found = {}
  for name, value in guest.slurp "core/uapi.def":gmatch "\nX_KERNEL%(([%w_]+), ([^)]+)%)" do
    found[name] = tonumber(value)
  end
  return found
end

-- The flags of the first task whose name or state a pattern finds in "NAME STATE".
local function flags(pattern)
  local _, out = guest.sh "cat /proc/[0-9]*/stat"
  for name, state, value in out:gmatch "%d+ %((%C*)%) (%a) %S+ %S+ %S+ %S+ %S+ (%d+)" do
    if (name .. " " .. state):find(pattern) then
      return tonumber(value)
    end
  end
end

describe("the kernel's own constants", function()
  local has = rows()

  it("of task states are those that sched_switch prints", function()
    local format = guest.slurp "/sys/kernel/tracing/events/sched/sched_switch/format"
    local letters = {
      TASK_INTERRUPTIBLE = "S", TASK_UNINTERRUPTIBLE = "D", __TASK_STOPPED = "T", __TASK_TRACED = "t",
      EXIT_DEAD = "X", EXIT_ZOMBIE = "Z", TASK_PARKED = "P",
    }
    for name, letter in pairs(letters) do
      local value = format:match('{ (0x%x+), "' .. letter .. '" }')
      assert.are.equal(tonumber(value), has[name], name)
      has[name] = nil
    end
    assert.is_truthy(format:find ' : "R"', 1, true) -- when none of the bits is set
    assert.are.equal(0, has.TASK_RUNNING)
    has.TASK_RUNNING = nil
  end)

  it("of task flags are those of tasks that must have them", function()
    local all = { "PF_KTHREAD", "PF_KSWAPD", "PF_MEMALLOC", "PF_WQ_WORKER", "PF_EXITING" }
    local of = {
      ["^kthreadd "] = { "PF_KTHREAD" },
      ["^kswapd0 "] = { "PF_KTHREAD", "PF_KSWAPD", "PF_MEMALLOC" },
      ["^kworker/0:0"] = { "PF_KTHREAD", "PF_WQ_WORKER" },
      ["^init "] = {},
      [" Z$"] = { "PF_EXITING" },
    }
    guest.sh "(true & exec sleep 5) & sleep 1" -- sleep does not wait for its child
    for pattern, expected in pairs(of) do
      local set, got = {}, assert(flags(pattern), pattern)
      for _, name in ipairs(expected) do
        set[name] = true
      end
      for _, name in ipairs(all) do
        assert.are.equal(set[name] or false, math.floor(got / has[name]) % 2 == 1, pattern .. " " .. name)
      end
    end
    for _, name in ipairs(all) do
      has[name] = nil
    end
  end)

  it("are all asked for", function() assert.are.same({}, has) end)
end)
