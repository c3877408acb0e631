--- Which block I/O do fsyncs cause, of which files?
-- Model: none; ksnoop -s of bcc comes near.
-- New: the file whose fsync is to blame for a block I/O, and only what the call itself submits:
-- a journal's own thread is left out.
-- Needs: submit_bio_noacct (5.9 and later) or generic_make_request.
--
--   $ ksnoop run fsync_io min=1M
--   TIME                PID COMM             DISK       OP                BI_SECTOR  BYTES SYNCED
--   06:12:28.048357     205 dd               nvme0n1    REQ_OP_WRITE           4098    12K /tmp/disk/large
--   06:12:28.069489     205 dd               nvme0n1    REQ_OP_WRITE           4122   256K /tmp/disk/large
--   06:12:28.070784     205 dd               nvme0n1    REQ_OP_WRITE           4634   256K /tmp/disk/large
--   06:12:28.121944     205 dd               nvme0n1    REQ_OP_WRITE           5146   256K /tmp/disk/large
--   06:12:28.123025     205 dd               nvme0n1    REQ_OP_WRITE           5658   256K /tmp/disk/large
--   06:12:28.160148     205 dd               nvme0n1    REQ_OP_WRITE           6170   256K /tmp/disk/large
--   06:12:28.176352     205 dd               nvme0n1    REQ_OP_WRITE           6682   256K /tmp/disk/large
--   06:12:28.198291     205 dd               nvme0n1    REQ_OP_WRITE           7194   256K /tmp/disk/large
--   06:12:28.199000     205 dd               nvme0n1    REQ_OP_WRITE           7706   244K /tmp/disk/large
--   06:12:28.213444     205 dd               nvme0n1    REQ_OP_WRITE            548   1.0K /tmp/disk/large
--   06:12:28.213503     205 dd               nvme0n1    REQ_OP_WRITE            550   1.0K /tmp/disk/large
--   06:12:28.213518     205 dd               nvme0n1    REQ_OP_WRITE            552   1.0K /tmp/disk/large
--   ...
local ks = require "ksnoop"

return ks.recipe {
  params = {
    min = ks.param.size { 0, "leave out files smaller than this" },
  },
  needs = { { "submit_bio_noacct", "generic_make_request", instead = "fsyncs" } },
  build = function(p)
    ks.define("file(fd)", "current->files->fdt->fd[fd]")
    return ks.probe(ks.first { "submit_bio_noacct", "generic_make_request" }) {
      within = { { "sys:fsync", "sys:fdatasync", where = "file(fd)->f_inode->i_size >= $min",
        capture = "file=file(fd)" } },
      p.out or ks.print {
        "{time} {pid|7} {comm|-16} {disk(bio)|-10} {op(bio)|-14} {bio->bi_iter.bi_sector|12} ",
        "{bytes=bio->bi_iter.bi_size|size|6} {synced=path(file)}",
        header = true,
      },
    }
  end,
}
