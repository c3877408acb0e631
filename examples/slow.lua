--- Which calls of a kernel function take longer than a threshold?
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

-- ksnoop slow.lua func=vfs_fsync_range min=20ms; slow_twice.lua uses it from a script.
