--- Who waits for locks of the kernel, where, and how long in all?
-- Model: klockstat (bcc), perf lock contention.
-- New: every kind of lock at once, by stack, program or the lock's name; nothing runs where
-- nobody waits.
-- Needs: tp:contention_begin, which kernels have since 5.19; before, mutexes is the nearest.
--
--   $ ksnoop run lock_waits by=comm 'filter=entry(comm) == "dd"'
--   Waits for locks
--     COUNT     AVG     MIN     MAX     SUM  COMM
--         1  45.7ms  45.7ms  45.7ms  45.7ms  dd
local ks = require "ksnoop"

return ks.recipe {
  params = {
    by = ks.param.choice { "stack", "what is kept apart", choices = { "stack", "comm", "lock" } },
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 1ms" },
  },
  needs = { { "tp:contention_begin", since = "5.19", instead = "mutexes" } },
  build = function(p)
    local keys = { stack = "entry(stack)", comm = "entry(comm)", lock = "lock=symbol(lock)" }
    return ks.span {
      open = "tp:contention_begin",
      close = "tp:contention_end",
      where = p.filter,
      p.out or ks.stats { "elapsed", by = keys[p.by], title = "Waits for locks" },
    }
  end,
}
