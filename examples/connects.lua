--- Who connects to where over TCP, but for the web?
local ks = require "ksnoop"

local function swap(port)
  return port % 256 * 256 + math.floor(port / 256)
end

local function address(n)
  return ("%d.%d.%d.%d"):format(n % 256, n / 256 % 256, n / 65536 % 256, n / 16777216)
end

ks.probe "tcp_connect" {
  where = {
    "sk->__sk_common.skc_family == 2", -- IPv4: this string runs in the kernel,
    function(e) return swap(e.port) ~= 80 and swap(e.port) ~= 443 end, -- this function here
  },
  capture = { "comm", "to=sk->__sk_common.skc_daddr", "port=sk->__sk_common.skc_dport" },
  function(e)
    print(("%7d %-16s %s:%d"):format(e.pid, e.comm, address(e.to), swap(e.port)))
  end,
}
