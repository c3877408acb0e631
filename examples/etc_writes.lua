--- Who writes to files below /etc, and how much?
local ks = require "ksnoop"

ks.probe "return:vfs_write" {
  capture = { "comm", "bytes=retval", "path(file)" },
  where = {
    "retval > 0",
    function(e) return e.path and e.path:find "^/etc/" end,
  },
  ks.print { "{time} {pid|7} {comm|-16} {bytes|size|6} {path}", header = true },
}
