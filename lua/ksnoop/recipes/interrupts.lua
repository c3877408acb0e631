--- How much time do interrupts take, of which kind?
-- Model: softirqs, hardirqs (bcc).
-- New: both kinds at once, with the longest of each, by CPU if asked.
-- Needs: tp:irq_handler_entry, tp:softirq_entry and their ends.
--
--   $ ksnoop run interrupts
--   Interrupts
--     COUNT     AVG     MIN    MAX     SUM  IRQ  HANDLER
--        20  71.2us  26.7us  278us  1.42ms  27   nvme0q2
--
--   Soft interrupts
--     COUNT     AVG     MIN    MAX     SUM  KIND
--        60  52.4us  2.25us  751us  3.14ms  RCU_SOFTIRQ
--        56  39.5us  5.29us  163us  2.21ms  SCHED_SOFTIRQ
--        30  72.7us  3.46us  334us  2.18ms  TIMER_SOFTIRQ
--        30  40.4us  27.0us  195us  1.21ms  NET_RX_SOFTIRQ
local ks = require "ksnoop"

return ks.recipe {
  params = {
    by_cpu = ks.param.boolean { false, "keep CPUs apart" },
  },
  build = function(p)
    local hard = p.out or ks.stats { "elapsed", title = "Interrupts",
      by = { "irq", "handler=str(action->name)", p.by_cpu and "cpu" } }
    local soft = p.out or ks.stats { "elapsed", title = "Soft interrupts",
      by = { "kind=vec_nr|*_SOFTIRQ", p.by_cpu and "cpu" } }
    return ks.span {
      open = { "tp:irq_handler_entry", key = "cpu" },
      close = { "tp:irq_handler_exit", key = "cpu" },
      hard,
    }, ks.span {
      open = { "tp:softirq_entry", key = "cpu" },
      close = { "tp:softirq_exit", key = "cpu" },
      soft,
    }
  end,
}
