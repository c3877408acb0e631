--- Where do tasks sleep, and how long in all?
-- Model: offcputime (bcc, bpftrace).
-- New: stacks that are never taken for another one, and a threshold that is tested in the
-- kernel.
-- Needs: tp:sched_switch. folded=yes writes what flame graph tools read.
--
--   $ ksnoop run off_cpu 'filter=prev->comm == "stacks"'
--   Time asleep
--       SUM  COMM    STACK
--     257ms  stacks  __schedule+0x4f8
--                    schedule+0x5a
--                    do_nanosleep+0x7b
--                    hrtimer_nanosleep+0x9e
--                    common_nsleep+0x3f
--                    __x64_sys_clock_nanosleep+0xd8
--                    do_syscall_64+0x5d
--                    entry_SYSCALL_64_after_hwframe+0x6e
local ks = require "ksnoop"

return ks.recipe {
  params = {
    min = ks.param.duration { "1ms", "leave out what is shorter" },
    folded = ks.param.boolean { false, "print what flame graph tools read" },
    filter = ks.param.where { false, "an expression of prev that must hold" },
  },
  build = function(p)
    -- Where it closes, comm and stack are those of the task that goes: entry(...) is who slept.
    local asleep = p.out or ks.sum { "elapsed", by = { "entry(comm)", "entry(stack)" },
      title = "Time asleep" }
    if p.folded and not p.out then
      ks.at_end(function() asleep:print { as = "folded" } end)
    end
    return ks.span {
      open = { "tp:sched_switch", key = "prev", where = { "prev->pid != 0", p.filter } },
      close = { "tp:sched_switch", key = "next" },
      where = "elapsed >= $min",
      asleep,
    }
  end,
}
