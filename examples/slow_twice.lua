--- Which fsyncs are slow, line by line, and how many slow reads has each program?
local ks = require "ksnoop"
local slow = require "slow" -- of the library that is installed

slow { func = "vfs_fsync_range", min = "20ms" }
slow { func = "vfs_read", min = "5ms", filter = "retval > 0", ks.count "comm" }
