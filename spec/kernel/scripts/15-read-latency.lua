--- ext4 read latency over time.
local ks = require "ksnoop"

local heat = ks.hist { "elapsed", over = "1s" }
ks.call "ext4_file_read_iter" { heat }
ks.live("1s", function() heat:print() end)
