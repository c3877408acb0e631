--- How does the time that reads of files take change over time?
local ks = require "ksnoop"

local heat = ks.hist { "elapsed", over = "1s" }

ks.call "vfs_read" { where = "retval > 0 && S_ISREG(file->f_inode->i_mode)", heat }
ks.live("1s", function() heat:print() end)
