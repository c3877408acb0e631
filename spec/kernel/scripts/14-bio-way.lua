--- The way of every bio through the kernel: one line per function it meets. Where the kernel has no kprobe.multi each
--- of them takes a program of its own: --max-probes 1000, and a minute to attach and to detach.
local ks = require "ksnoop"

ks.span {
  open  = { "*(struct bio *b)", key = "b" },
  close = { "*(struct bio *b)", key = "b" },
  ks.print "{b} +{elapsed|-9} {func|-32} {b->bi_iter.bi_size|size|6} {b->bi_status}",
}
