--- How long are mutexes held, and who holds them longest?
local ks = require "ksnoop"

ks.span {
  open = {
    { "return:mutex_lock", key = "lock" },
    { "return:mutex_lock_interruptible", "return:mutex_lock_killable", key = "lock", where = "retval == 0" },
  },
  close = { "mutex_unlock", key = "lock" },
  ks.hist { "elapsed", by = "entry(caller)" },
}
