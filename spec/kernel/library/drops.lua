local guest = require "spec.kernel.guest"

return {
  like = "6.1",
  words = [['filter=skb->len < 500 && comm == "library"']],
  workload = "exec build/guest/library unheard 30",
  check = function(out)
    -- Nobody listens there: each is dropped, and so is what the kernel answers, later.
    local reason = guest.kernel == "5.10" and "" or "SKB_DROP_REASON_NO_SOCKET +"
    local n = out:match("\n +(%d+) +ETH_P_IP +" .. reason .. "[%w_]*udp%w*_[%w_]+%+0x%x+\n")
    assert.are.equal("30", n, out)
  end,
}
