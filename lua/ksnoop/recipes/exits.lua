--- Which processes end, how, after what time, and what did they use?
-- Model: exitsnoop (bcc).
-- New: CPU time and the most memory that the process had, beside its code, signal and age.
-- Needs: tp:sched_process_exit.
--
--   $ ksnoop run exits failed=yes
--   TIME             PARENT     PID COMM             CODE SIGNAL        AGE CPU_TIME MEMORY
--   06:11:46.673456     159     162 sh                  7 0          53.0ms   32.0ms   1.5M
--   06:11:46.796508     159     163 sh                  0 SIGKILL     108ms   36.0ms   1.6M
--   06:11:47.305322     159     164 sh                  1 0           417ms   24.0ms   1.5M
local ks = require "ksnoop"

return ks.recipe {
  params = {
    failed = ks.param.boolean { false, "only those that a signal ends or that return no 0" },
    filter = ks.param.where { false, "an expression of the task that must hold" },
  },
  build = function(p)
    ks.define("cpu_time(t)", "ns(t->utime + t->stime + t->signal->utime + t->signal->stime)")
    return ks.probe "tp:sched_process_exit" {
      where = { "p->signal->live.counter == 0", "!$failed || p->exit_code", p.filter },
      p.out or ks.print {
        "{time} {parent=p->real_parent->tgid|7} {pid|7} {comm|-16} ",
        "{code=(p->exit_code >> 8) & 255|4} {signal=p->exit_code & 127|SIG*|-8} ",
        "{age=ns(time - p->start_boottime)|8} {cpu_time(p)|8} ",
        "{memory=p->signal->maxrss * 4K|size|6}",
        header = true,
      },
    }
  end,
}
