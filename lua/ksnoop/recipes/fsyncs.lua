--- Who has files or all of a disk written out, of which files, and how long does it wait?
-- Model: syncsnoop (bcc, bpftrace).
-- New: of which file, how long it took and whether it failed; syncfs, msync and sync_file_range
-- too.
-- Needs: five system calls, and ksys_sync.
--
--   $ ksnoop run fsyncs 'filter=comm == "sync"'
--   TIME                PID COMM             FUNC              ELAPSED   RETVAL FILE
--   06:12:36.968140     233 sync             fsync               145us        0 /tmp/file
--   06:12:37.004094     234 sync             fdatasync           218us        0 /tmp/file
--   06:12:37.057800     235 sync             syncfs              200us        0 /
--   06:12:37.137358     236 sync             ksys_sync          36.7ms
local ks = require "ksnoop"

return ks.recipe {
  params = {
    min = ks.param.duration { 0, "report calls at least this slow" },
    failed = ks.param.boolean { false, "only those that fail, which sync(2) can't" },
    filter = ks.param.where { false, "an expression of comm, elapsed and the like that must hold" },
  },
  build = function(p)
    local columns = "{time} {pid|7} {comm|-16} {func|-16} {elapsed|8}"
    local of_file = ks.call { "sys:fsync", "sys:fdatasync", "sys:sync_file_range", "sys:syncfs" } {
      capture = "file=path(current->files->fdt->fd[fd])",
      where = { "elapsed >= $min", "!$failed || retval < 0", p.filter },
      p.out or ks.print { columns, " {retval|8} {file}", header = true },
    }
    local of_memory = ks.call "sys:msync" {
      where = { "elapsed >= $min", "!$failed || retval < 0", p.filter },
      p.out or ks.print { columns, " {retval|8}" },
    }
    local of_all = not p.failed and ks.call "ksys_sync" {
      where = { "elapsed >= $min", p.filter },
      p.out or ks.print(columns),
    }
    return of_file, of_memory, of_all
  end,
}
