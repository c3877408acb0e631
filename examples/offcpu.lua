--- Where do tasks sleep, and how long in all?
local ks = require "ksnoop"

local off = ks.sum { "elapsed", by = { "entry(comm)", "entry(stack)" } }

ks.span {
  open  = { "tp:sched_switch", key = "prev", where = "prev->pid != 0" },
  close = { "tp:sched_switch", key = "next" },
  where = "elapsed > 1ms",
  off,
}

-- Where it closes, comm and stack are those of the task that goes: entry(...) is who slept.
-- What is printed is what flame graph tools read: "comm;outermost;...;innermost nanoseconds".
ks.at_end(function() off:print { as = "folded" } end)
