--- File operations slower than a millisecond, with the file's name.
local ks = require "ksnoop"

ks.call { "vfs_read", "vfs_write", "vfs_fsync_range" } {
  where = "elapsed > 1ms && S_ISREG(file->f_inode->i_mode)",
  ks.print "{time} {pid|7} {comm|-16} {func|-16} {elapsed|8} {retval|8} {path(file)}",
}
