--- How long do tasks wait for a CPU?
local ks = require "ksnoop"

local wait = ks.hist "elapsed"
ks.span {
  open = {
    { "tp:sched_wakeup", "tp:sched_wakeup_new", key = "p" },
    { "tp:sched_switch", key = "prev", where = "preempt || state(prev) == TASK_RUNNING" },
  },
  close = { "tp:sched_switch", key = "next", where = "next->pid != 0" },
  wait,
}
ks.every("5s", function() wait:take():print() end)
