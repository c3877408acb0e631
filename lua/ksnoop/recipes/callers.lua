--- Who calls a function of the kernel, how often, from where?
-- Model: stackcount, funccount (bcc).
-- New: any place, with its arguments in a filter, and four ways to tell callers apart.
-- Needs: a place that exists.
--
--   $ ksnoop run callers func=shmem_rmdir 'filter=comm == "rmdir"'
--   Calls of shmem_rmdir
--     COUNT  STACK
--         3  shmem_rmdir
--            vfs_rmdir+0x93
--            do_rmdir+0x171
--            __x64_sys_rmdir+0x3e
--            do_syscall_64+0x5d
--            entry_SYSCALL_64_after_hwframe+0x6e
local ks = require "ksnoop"

return ks.recipe {
  params = {
    func = ks.param.func { "vfs_fsync_range", "the function, or another place" },
    by = ks.param.choice { "stack", "what is kept apart",
      choices = { "stack", "caller", "comm", "func" } },
    filter = ks.param.where { false, "an expression that must hold" },
  },
  build = function(p)
    return ks.probe(p.func) {
      where = p.filter,
      p.out or ks.count { by = p.by, title = "Calls of " .. p.func },
    }
  end,
}
