--- Block I/O caused by fsync of files bigger than 1 MB.
local ks = require "ksnoop"

ks.probe "submit_bio_noacct" {
  within = {
    { "vfs_fsync_range", where = "file->f_inode->i_size > 1M", capture = { "synced=path(file)" } },
    { "ext4_sync_file" },
  },
  ks.print "{comm|-16} {disk(bio)|-8} {bio->bi_iter.bi_sector|12} {bio->bi_iter.bi_size|size|6} {synced}",
}
