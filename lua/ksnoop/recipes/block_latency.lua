--- How long does block I/O take, and how large is it, by disk and operation?
-- Model: biolatency, bitesize (bcc, bpftrace).
-- New: latency and size by disk and operation at once, and with every=5s without a gap between
-- two prints.
-- Needs: tp:block_rq_issue and tp:block_rq_complete. Disks without requests (zram, dm) show
-- only what lies below.
--
--   $ ksnoop run block_latency
--   Latency
--     disk=nvme0n1  op=REQ_OP_READ
--     262us..524us  2  |###########
--       524us..1ms  0  |
--       1ms..2.1ms  7  |########################################
--     2.1ms..4.2ms  5  |#############################
--     4.2ms..8.4ms  3  |#################
--      8.4ms..17ms  3  |#################
--     count 20  avg 3.61ms  p50 4.2ms  p90 17ms  p99 17ms  max 17ms
--
--     disk=nvme0n1  op=REQ_OP_WRITE
--     131us..262us  4  |########################################
--     262us..524us  3  |##############################
--   ...
local ks = require "ksnoop"

return ks.recipe {
  params = {
    every = ks.param.duration { 0, "print what was added so often; 0: once, at the end" },
    filter = ks.param.where { false, "an expression of rq that must hold" },
  },
  build = function(p)
    local by = { "disk(rq)", "op(rq)" }
    local sinks = p.out and { p.out } or {
      ks.hist { "elapsed", by = by, title = "Latency" },
      ks.hist { "bytes=entry(rq->__data_len)|size", by = by, title = "Size" },
    }
    if p.every > 0 and not p.out then
      ks.every(p.every, function()
        for _, hist in ipairs(sinks) do
          hist:take():print()
        end
      end)
      ks.at_end(function() -- what came behind the last time
        for _, hist in ipairs(sinks) do
          hist:print()
        end
      end)
    end
    return ks.span {
      open = { "tp:block_rq_issue", key = "rq", where = { p.filter } },
      close = { "tp:block_rq_complete", key = "rq" },
      unpack(sinks),
    }
  end,
}
