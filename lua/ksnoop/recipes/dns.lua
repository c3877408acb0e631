--- Which names are asked of the DNS, by whom, with what answer, and how long does it take?
-- Model: gethostlatency (bcc, bpftrace).
-- New: what is asked on the wire, by programs without libc too, with type and answer, and which
-- questions nobody answered.
-- Needs: tp:net_dev_queue and __udp_enqueue_schedule_skb. DNS over TCP, TLS or HTTPS is not
-- seen.
--
--   $ ksnoop run dns
--   Questions
--     COUNT     AVG     MIN     MAX     SUM  CLIENT   ANSWER    NAME                 TYPE
--         1   252ms   252ms   252ms   252ms  library  (none)    lost.example.org     A
--         3  13.4ms  48.7us  40.1ms  40.3ms  library  NOERROR   www.example.org      A
--         2   119us  55.4us   183us   239us  library  NXDOMAIN  nothing.example.org  A
--         1  95.2us  95.2us  95.2us  95.2us  library  NOERROR   www.example.org      AAAA
local ks = require "ksnoop"

local types = { [1] = "A", [2] = "NS", [5] = "CNAME", [6] = "SOA", [12] = "PTR", [15] = "MX",
  [16] = "TXT", [28] = "AAAA", [33] = "SRV", [65] = "HTTPS" }
local answers = { [0] = "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" }

-- A question is labels, each behind its length, then 0 and the type.
local function parse(question)
  local labels, at, length = {}, 1, question:byte(1)
  while length and length > 0 do
    labels[#labels + 1] = question:sub(at + 1, at + length)
    at = at + length + 1
    length = question:byte(at)
  end
  local high, low = question:byte(at + 1, at + 2)
  return table.concat(labels, "."), low and high * 256 + low or 0
end

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 50ms" },
  },
  build = function(p)
    ks.define("udp(skb)", "(struct udphdr *)(skb->head + skb->transport_header)")
    ks.define("message(skb)", "(u8 *)udp(skb) + sizeof(struct udphdr)")
    ks.define("id(skb)", "message(skb)[0] << 8 | message(skb)[1]")
    ks.define("ip4(skb)", "(struct iphdr *)(skb->head + skb->network_header)")
    ks.define("ip6(skb)", "(struct ipv6hdr *)(skb->head + skb->network_header)")

    local latency = p.out or ks.stats { "elapsed", title = "Questions", by = { "client",
      name = function(e) return (parse(e.question)) end,
      type = function(e)
        local kind = select(2, parse(e.question))
        return types[kind] or tostring(kind)
      end,
      answer = function(e)
        return not e.flags and "(none)" or answers[e.flags % 16] or tostring(e.flags % 16)
      end,
    } }
    local questions = ks.span {
      open = { "tp:net_dev_queue", key = "ntohs(udp(skb)->source) << 16 | id(skb)",
        where = "(ntohs(skb->protocol) == ETH_P_IP ? ip4(skb)->protocol : ntohs(skb->protocol) =="
          .. " ETH_P_IPV6 ? ip6(skb)->nexthdr : 0) == IPPROTO_UDP && ntohs(udp(skb)->dest) == 53",
        capture = { "client=comm", "question=buf(message(skb) + 12, 80)" } },
      close = { "__udp_enqueue_schedule_skb", key = "ntohs(udp(skb)->dest) << 16 | id(skb)",
        where = "ntohs(udp(skb)->source) == 53", capture = "flags=message(skb)[3]" },
      where = p.filter,
      latency,
    }
    if not p.out then
      ks.at_end(function()
        for e in questions:open() do
          latency { client = e.client, question = e.question, elapsed = e.elapsed }
        end
        latency:print()
      end)
    end
    return questions
  end,
}
