--- Which files are opened, and which opens fail?
local ks = require "ksnoop"

ks.call { "sys:open", "sys:openat", "sys:openat2" } {
  ks.print { "{time} {pid|7} {comm|-16} {retval|8} {str(filename)}", header = true },
}
