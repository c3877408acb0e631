--- What kinds of files are written to, how much, and in pieces of what size?
local ks = require "ksnoop"

local function kind(e)
  return e.name and e.name:match "[^.](%.%w+)$" or "(none)"
end

ks.probe "return:vfs_write" {
  capture = { "retval|size", "name(file)" },
  where = "retval > 0 && S_ISREG(file->f_inode->i_mode)",
  ks.sum { "retval|size", by = { kind = kind }, title = "Bytes written" },
  ks.hist { "retval|size", by = { kind = kind }, title = "Sizes of writes" },
}
