--- Live: which process reads and writes which file most?
local ks = require "ksnoop"

local io = ks.sum { "retval|size", by = { "pid", "comm", "func", "file=name(file)" } }
ks.call { "vfs_read", "vfs_write" } { where = "retval > 0", io }
ks.live("1s", function() io:take():print { limit = 20 } end)
