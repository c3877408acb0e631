--- What do chmod, chown and truncate change in a file?
local ks = require "ksnoop"

ks.call "notify_change" {
  where = "retval == 0",
  ks.print "{comm|-16} {name(dentry)}: {inode=*dentry->d_inode|changes}",
}
