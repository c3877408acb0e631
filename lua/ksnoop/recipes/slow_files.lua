--- Which reads and writes of files take longer than a threshold, and of which file?
-- Model: fileslower, ext4slower, xfsslower (bcc).
-- New: one recipe for all file systems, with the whole path.
-- Needs: vfs_read and vfs_write. What io_uring or a loop device does comes by other ways.
--
--   $ ksnoop run slow_files min=10us 'filter=comm == "dd" && count > 1M'
--   TIME                PID COMM             FUNC       ELAPSED   RETVAL TYPE     PATH
--   06:14:03.042599     349 dd               vfs_write    241ms     8.0M tmpfs    /tmp/slow
--   06:14:03.599332     349 dd               vfs_write    533ms     8.0M tmpfs    /tmp/slow
--   06:14:03.827512     350 dd               vfs_read     143ms     8.0M tmpfs    /tmp/slow
--   06:14:03.937786     350 dd               vfs_read     110ms     8.0M tmpfs    /tmp/slow
--   06:14:03.938030     350 dd               vfs_read    21.4us        0 tmpfs    /tmp/slow
local ks = require "ksnoop"

return ks.recipe {
  params = {
    min = ks.param.duration { "10ms", "report calls at least this slow" },
    filter = ks.param.where { false, "an expression that must hold, such as count > 64K" },
  },
  build = function(p)
    return ks.call { "vfs_read", "vfs_write" } {
      where = { "elapsed >= $min", "S_ISREG(file->f_inode->i_mode)", p.filter },
      p.out or ks.print {
        "{time} {pid|7} {comm|-16} {func|-9} {elapsed|8} {retval|size|8} ",
        "{type=str(file->f_inode->i_sb->s_type->name)|-8} {path(file)}",
        header = true,
      },
    }
  end,
}
