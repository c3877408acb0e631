--- How long do reads and writes take, by program?
local ks = require "ksnoop"

local took = ks.hist { "elapsed", by = { "comm", "func" } }
local bytes = ks.sum { "retval|size", by = "comm" }

ks.call { "vfs_read", "vfs_write" } {
  where = "retval > 0 && S_ISREG(file->f_inode->i_mode)",
  took, bytes,
}

-- Nothing but these numbers leaves the kernel; both are printed at the end.
