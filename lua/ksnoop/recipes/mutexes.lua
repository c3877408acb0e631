--- How long are mutexes held, and by which function?
-- Model: klockstat (bcc).
-- New: how the times spread, for each caller, where klockstat has the average and the longest.
-- Needs: functions of mutexes that every kernel has. They are called often: filter with -p.
--
--   $ ksnoop run mutexes 'filter=entry(comm) == "dd"'
--   Mutexes held
--     caller=pipe_write+0x47
--         1us..2us  288  |########################################
--       2us..4.1us    7  |#
--     4.1us..8.2us    1  |#
--      8.2us..16us    0  |
--       16us..33us    2  |#
--       33us..66us    0  |
--      66us..131us    2  |#
--     count 300  avg 2.34us  p50 2us  p90 2us  p99 33us  max 131us
--
--     caller=futex_exit_release+0x22
--     8.2us..16us  1  |########################################
--   ...
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 1ms" },
  },
  build = function(p)
    return ks.span {
      open = {
        { "return:mutex_lock", key = "lock" },
        { "return:mutex_lock_interruptible", "return:mutex_lock_killable", key = "lock",
          where = "retval == 0" },
        { "return:mutex_trylock", key = "lock", where = "retval" },
      },
      close = { "mutex_unlock", key = "lock" },
      where = p.filter,
      p.out or ks.hist { "elapsed", by = "entry(caller)", title = "Mutexes held" },
    }
  end,
}
