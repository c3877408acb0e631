--- Which reads are slow, and where in which file do they begin?
local ks = require "ksnoop"

ks.call "vfs_read" {
  where = "elapsed > 5ms && S_ISREG(file->f_inode->i_mode)",
  ks.print {
    "{pid|7} {comm|-16} {elapsed|8} {retval|size|7} {from=entry(file->f_pos)|size|7} ",
    "{name=str(file->f_path.dentry->d_name.name)}",
    header = true,
  },
}
