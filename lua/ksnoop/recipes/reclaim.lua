--- Who stalls in memory reclaim, for how long, by control group?
-- Model: vmscan, drsnoop (bcc).
-- New: the control group that stalls, by its path, and whether its own limit or the machine is
-- to blame.
-- Needs: try_to_free_pages and try_to_free_mem_cgroup_pages.
--
--   $ ksnoop run reclaim
--   Stalls
--     COUNT    AVG    MIN     MAX     SUM  CGROUP  COMM  FUNC
--       135  547us  174us  11.5ms  73.9ms  /small  dd    try_to_free_mem_cgroup_pages
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 1ms" },
  },
  build = function(p)
    return ks.call { "try_to_free_pages", "try_to_free_mem_cgroup_pages" } {
      where = p.filter,
      p.out or ks.stats { "elapsed", by = { "cgroup", "comm", "func" }, title = "Stalls" },
    }
  end,
}
