--- What is mounted and unmounted where, by whom, and what fails?
-- Model: mountsnoop (bcc).
-- New: failures by name, and type and source in the same line as the unmount's flags.
-- Needs: two system calls. What fsopen(2) and move_mount(2) do is not seen.
--
--   $ ksnoop run mounts
--   TIME                PID COMM             FUNC      RETVAL WHERE            FLAGS    TYPE     WHAT
--   06:13:05.605932     272 mount            mount          0 /tmp/here        0x8009   tmpfs    nothing
--   06:13:05.717752     273 umount           umount         0 /tmp/here        0x0
--   06:13:05.809277     274 umount           umount   -EINVAL /tmp/here        0x0
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as retval < 0" },
  },
  build = function(p)
    local columns = "{time} {pid|7} {comm|-16} {func|-7} {retval|8} {where|-16} {flags|x"
    return ks.call "sys:mount" {
      capture = { "where=str(dir_name)", "what=str(dev_name)", "type=str(type)" },
      where = p.filter,
      p.out or ks.print { columns, "|-8} {type|-8} {what}", header = true },
    }, ks.call "sys:umount" {
      capture = "where=str(name)",
      where = p.filter,
      p.out or ks.print { columns, "}" },
    }
  end,
}
