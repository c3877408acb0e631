--- Who stalls in memory reclaim, for how long, by cgroup?
local ks = require "ksnoop"

local stall = ks.stats { "elapsed", by = { "cgroup", "comm" } }
ks.call { "try_to_free_pages", "try_to_free_mem_cgroup_pages" } { stall }
ks.every("10s", function() stall:take():print() end)
