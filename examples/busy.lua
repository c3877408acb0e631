--- What keeps the CPUs busy, in the kernel and outside of it?
local ks = require "ksnoop"

local busy = ks.count { by = { "comm", "ustack", "stack" } }

-- 99 samples a second on every CPU; those of an idle one are of process 0.
ks.probe "profile:99" { where = "pid != 0", busy }

-- What is printed is what flame graph tools read: "comm;outermost;...;innermost samples".
ks.at_end(function() busy:print { as = "folded" } end)
