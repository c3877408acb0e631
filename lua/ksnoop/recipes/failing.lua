--- Which calls of a set of functions fail, with what error, and what were they called with?
-- Model: retsnoop.
-- New: arguments as what they are, and no list of functions to allow: those that can't fail by
-- an error number are left out by their type.
-- Needs: where kprobe.multi loses returns (before 7) or is not there, each function takes a program
-- of its own, at most 100: --max-probes.
--
--   $ ksnoop run failing 'funcs=shmem_*dir,shmem_unlink' 'filter=comm ~ "*dir"'
--   06:11:52.923150     171 rmdir            shmem_rmdir(dir=0xff3c97790234c090, dentry=0xff3c977902627a80) = -ENOTEMPTY
local ks = require "ksnoop"

return ks.recipe {
  params = {
    funcs = ks.param.list { { "vfs_*" }, "functions: names and patterns" },
    stack = ks.param.boolean { false, "where from, too" },
    filter = ks.param.where { false, "an expression that must hold, such as pid == 7" },
  },
  build = function(p)
    return ks.call(p.funcs) {
      where = { "errno(retval)", p.filter },
      p.out or ks.print("{time} {pid|7} {comm|-16} {func}({args}) = {retval}"
        .. (p.stack and "\n{stack}" or "")),
    }
  end,
}
