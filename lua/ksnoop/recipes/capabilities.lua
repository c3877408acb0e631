--- Which capabilities are asked for, by whom, and are they there?
-- Model: capable (bcc, bpftrace).
-- New: whether the capability was there, and each question once with its count.
-- Needs: cap_capable.
--
--   $ ksnoop run capabilities 'filter=comm == "chroot"'
--   Capabilities asked for
--     COUNT  COMM    UID    CAP             RETVAL
--         3  chroot  0      CAP_SYS_CHROOT  0
--         1  chroot  65534  CAP_SETGID      -EPERM
--         1  chroot  65534  CAP_SETUID      -EPERM
--         1  chroot  65534  CAP_SYS_CHROOT  -EPERM
local ks = require "ksnoop"

return ks.recipe {
  params = {
    refused = ks.param.boolean { false, "only those that are not there" },
    stack = ks.param.boolean { false, "where in the kernel they are asked for, too" },
    filter = ks.param.where { false, "an expression that must hold, such as cap == CAP_SYS_ADMIN" },
  },
  build = function(p)
    return ks.probe "return:cap_capable" {
      where = { "!$refused || retval", p.filter },
      p.out or ks.count { by = { "comm", "uid", "cap|CAP_*", "retval", p.stack and "stack" },
        title = "Capabilities asked for" },
    }
  end,
}
