--- Which calls of a kernel function take longer than a threshold?
-- Model: funcslower (bcc).
-- New: what the function returned as what it is, and any further condition on its arguments.
-- Other scripts use it: require "slow" { func = "vfs_fsync_range", min = "20ms", ks.count
-- "comm" }.
-- Needs: a function that fentry reaches: ksnoop explain tells.
--
--   $ ksnoop run slow func=hrtimer_nanosleep min=200ms 'filter=comm == "usleep"'
--   06:13:56.656787     341 usleep           hrtimer_nanosleep 301ms 0
--   06:13:57.293085     344 usleep           hrtimer_nanosleep 401ms 0
local ks = require "ksnoop"

return ks.recipe {
  params = {
    func = ks.param.func { "vfs_read", "kernel function to time" },
    min = ks.param.duration { "1ms", "report calls at least this slow" },
    filter = ks.param.where { false, "an expression that must hold too" },
  },
  build = function(p)
    return ks.call(p.func) {
      where = { "elapsed >= $min", p.filter },
      p.out or ks.print "{time} {pid|7} {comm|-16} {func} {elapsed} {retval}",
    }
  end,
}
