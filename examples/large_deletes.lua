--- Which large files are deleted, and by whom?
local ks = require "ksnoop"

local limit = 1024 * 1024

ks.define("inode(dentry)", "dentry->d_inode")
ks.define("is_large(inode, bytes)", "S_ISREG(inode->i_mode) && inode->i_size >= bytes")

ks.probe "vfs_unlink" {
  with = { limit = limit },
  where = "is_large(inode(dentry), $limit)",
  ks.print {
    "{time} {pid|7} {comm|-16} {size=inode(dentry)->i_size|size|7} {name=str(dentry->d_name.name)}",
    header = true,
  },
}
