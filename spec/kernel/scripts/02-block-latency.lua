--- Block I/O latency by disk and operation.
local ks = require "ksnoop"

ks.span {
  open  = { "tp:block_rq_issue",    key = "rq" },
  close = { "tp:block_rq_complete", key = "rq" },
  ks.hist { "elapsed", by = { "disk(rq)", "op(rq)" } },
}
