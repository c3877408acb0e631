--- How long do tasks that could run wait for a CPU?
-- Model: runqlat (bcc, bpftrace).
-- New: waits of tasks that were preempted, which are most under load; tasks are told apart by
-- address, not by pid.
-- Needs: tp:sched_switch, tp:sched_wakeup, tp:sched_wakeup_new.
--
--   $ ksnoop run run_queue 'filter=next->comm == "sh"' by=comm
--   Waits for a CPU
--     task=sh
--      66us..131us   2  |###
--     131us..262us   1  |#
--     262us..524us   1  |#
--       524us..1ms   0  |
--       1ms..2.1ms   1  |#
--     2.1ms..4.2ms   1  |#
--     4.2ms..8.4ms   2  |###
--      8.4ms..17ms  24  |#################################
--       17ms..34ms  29  |########################################
--       34ms..67ms   2  |###
--     count 63  avg 17.1ms  p50 17ms  p90 34ms  p99 67ms  max 67ms
local ks = require "ksnoop"

return ks.recipe {
  params = {
    by = ks.param.choice { "all", "what is kept apart", choices = { "all", "comm", "cpu" } },
    filter = ks.param.where { false, "an expression of next that must hold" },
  },
  build = function(p)
    local key = { comm = "task=next->comm", cpu = "cpu" }
    return ks.span {
      open = {
        { "tp:sched_wakeup", "tp:sched_wakeup_new", key = "p" },
        { "tp:sched_switch", key = "prev", where = "preempt || state(prev) == TASK_RUNNING" },
      },
      close = { "tp:sched_switch", key = "next", where = { "next->pid != 0", p.filter } },
      p.out or ks.hist { "elapsed", by = key[p.by], title = "Waits for a CPU" },
    }
  end,
}
