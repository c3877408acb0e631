--- How long do the operations of file systems take, by file system and operation?
-- Model: ext4dist, xfsdist, btrfsdist, nfsdist (bcc).
-- New: every file system that is there at once, pseudo ones too, and ten operations instead of
-- four.
-- Needs: functions of the VFS that all four kernels have.
--
--   $ ksnoop run fs_latency 'filter=comm == "dd" || comm == "mkdir"'
--   Latency
--     type=devtmpfs  operation=vfs_write
--         1us..2us  29  |########################################
--       2us..4.1us   1  |#
--     4.1us..8.2us   1  |#
--      8.2us..16us   1  |#
--     count 32  avg 1.7us  p50 2us  p90 2us  p99 16us  max 16us
--
--     type=tmpfs  operation=vfs_read
--         1us..2us   1  |##
--       2us..4.1us  24  |########################################
--     4.1us..8.2us   5  |########
--      8.2us..16us   0  |
--   ...
local ks = require "ksnoop"

-- Each with the way to the inode that it is about.
local operations = {
  { { "vfs_read", "vfs_write", "vfs_fsync_range", "iterate_dir" }, "file->f_inode" },
  { { "vfs_open" }, "path->dentry->d_inode" },
  { { "vfs_mkdir", "vfs_unlink", "vfs_rmdir", "vfs_symlink" }, "dir" },
  { { "notify_change" }, "dentry->d_inode" },
}

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 1ms" },
  },
  build = function(p)
    local latency = p.out or ks.hist { "elapsed", by = { "type", "operation=func" },
      title = "Latency" }
    local calls = {}
    for i, operation in ipairs(operations) do
      local places, inode = unpack(operation)
      calls[i] = ks.call(places) {
        capture = ("type=str(%s->i_sb->s_type->name)"):format(inode),
        where = p.filter,
        latency,
      }
    end
    return unpack(calls)
  end,
}
