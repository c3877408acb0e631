--- Which files are opened, by whom, and which opens fail?
local ks = require "ksnoop"

ks.probe "return:do_sys_openat2" {
  ks.print {
    "{time} {pid|7} {comm|-16} {retval|8} {str(user(filename))}",
    header = true,
  },
}
