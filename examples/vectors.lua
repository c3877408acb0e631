--- What do programs write in parts at once, and how large is each part?
local ks = require "ksnoop"

ks.probe "sys:writev" {
  ks.print {
    "{time} {pid|7} {comm|-16} {fd|4} {vlen|5} {parts=vec[:vlen]}",
    header = true,
  },
}
