--- Where and why are packets dropped?
-- Model: tcpdrop, dropwatch.
-- New: all protocols, the reason by name where the kernel gives one, and the place as function
-- and offset, counted in the kernel.
-- Needs: tp:kfree_skb. Reasons are there since 5.17; before, only places.
--
--   $ ksnoop run drops 'filter=skb->len < 500 && comm == "library"'
--   Packets dropped
--     COUNT  PROTOCOL  REASON                     WHERE
--        30  ETH_P_IP  SKB_DROP_REASON_NO_SOCKET  __udp4_lib_rcv+0x9a2
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of skb that must hold" },
  },
  build = function(p)
    local reason = ks.has "enum skb_drop_reason"
    return ks.probe "tp:kfree_skb" {
      where = { reason and "reason != SKB_NOT_DROPPED_YET", p.filter },
      p.out or ks.count { by = { "protocol=ntohs(skb->protocol)|ETH_P_*",
        reason and "reason|SKB_DROP_REASON_*", "where=symbol(location)" },
        title = "Packets dropped" },
    }
  end,
}
