--- Which files are opened, by whom, and which opens fail?
-- Model: opensnoop (bcc, bpftrace).
-- New: failures by the name of their error, and a filter in C that runs in the kernel.
-- Needs: three system calls of every kernel. An open by io_uring makes none of them.
--
--   $ ksnoop run opens 'filter=comm == "cat"'
--   TIME                PID COMM               UID   RETVAL FILENAME
--   06:13:29.698821     302 cat                  0        3 /tmp/there
--   06:13:29.705421     302 cat                  0  -ENOENT /tmp/not_there
--   06:13:29.705661     302 cat                  0        3 /tmp/there
local ks = require "ksnoop"

return ks.recipe {
  params = {
    failed = ks.param.boolean { false, "only those that fail" },
    filter = ks.param.where { false, "an expression that must hold, such as retval == -ENOENT" },
  },
  build = function(p)
    return ks.call { "sys:open", "sys:openat", "sys:openat2" } {
      where = { "!$failed || errno(retval)", p.filter },
      p.out or ks.print {
        "{time} {pid|7} {comm|-16} {uid|5} {retval|8} {str(filename)}",
        header = true,
      },
    }
  end,
}
