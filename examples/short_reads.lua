--- Which reads give less than was asked for? A loop that forgets them has a bug.
local ks = require "ksnoop"

ks.probe "return:vfs_read" {
  where = "retval > 0 && retval < count",
  ks.print {
    "{pid|7} {comm|-16} {retval|size|7} {count|size|7} ",
    "{name=str(file->f_path.dentry->d_name.name)}",
    header = true,
  },
}
