--- Which block I/O is done, where on which disk, and how long does each wait and take?
-- Model: biosnoop (bcc, bpftrace).
-- New: flushes and discards by name, the wait in the queue apart from the device's time, and the
-- error. Whose it is can't be told here: often a kworker sends it to the device.
-- Needs: tp:block_rq_issue and tp:block_rq_complete.
--
--   $ ksnoop run block_io
--   TIME            DISK       OP                 SECTOR  BYTES   QUEUED  ELAPSED ERROR
--   06:11:13.637612 nvme0n1    REQ_OP_READ            40   4.0K   10.8ms   4.82ms 0
--   06:11:13.667280 nvme0n1    REQ_OP_READ            48   4.0K   40.6us   11.4ms 0
--   06:11:13.787474 nvme0n1    REQ_OP_WRITE            0   8.0K   1.61ms   14.3ms 0
local ks = require "ksnoop"

return ks.recipe {
  params = {
    min = ks.param.duration { 0, "report what takes at least so long" },
    filter = ks.param.where { false, "an expression that must hold" },
  },
  build = function(p)
    return ks.span {
      open = { "tp:block_rq_issue", key = "rq",
        capture = { "sector=rq->__sector", "bytes=rq->__data_len" } },
      close = { "tp:block_rq_complete", key = "rq" },
      where = { "elapsed >= $min", p.filter },
      p.out or ks.print {
        "{time} {disk(rq)|-10} {op(rq)|-14} {sector|10} {bytes|size|6} ",
        "{queued=ns(rq->io_start_time_ns - rq->start_time_ns)|8} {elapsed|8} {error}",
        header = true,
      },
    }
  end,
}
