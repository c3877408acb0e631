--- Who sends which signal to whom, and does it arrive?
-- Model: killsnoop, sigsnoop (bcc, bpftrace).
-- New: signals that the kernel itself sends, and what became of each.
-- Needs: tp:signal_generate. A kill that is refused makes none.
--
--   $ ksnoop run signals
--   TIME                PID COMM             SIG             TO TASK_COMM        RESULT
--   06:13:52.617776     332 sh               SIGUSR1        335 sleep            TRACE_SIGNAL_DELIVERED
--   06:13:52.631429     332 sh               SIGTERM        336 sleep            TRACE_SIGNAL_DELIVERED
local ks = require "ksnoop"

return ks.recipe {
  params = {
    all = ks.param.boolean { false, "SIGCHLD too" },
    filter = ks.param.where { false, "an expression that must hold, such as sig == SIGKILL" },
  },
  build = function(p)
    return ks.probe "tp:signal_generate" {
      where = { "$all || sig != SIGCHLD", p.filter },
      p.out or ks.print {
        "{time} {pid|7} {comm|-16} {sig|SIG*|-10} {to=task->tgid|7} {task->comm|-16} ",
        "{result|TRACE_SIGNAL_*}",
        header = true,
      },
    }
  end,
}
