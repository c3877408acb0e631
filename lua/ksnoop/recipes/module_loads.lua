--- Which modules are loaded and unloaded, by whom, and how long does their init take?
-- Model: none in bcc; people watch modprobe with execsnoop.
-- New: loads that are not by modprobe, how long the module's init took, and what it returned.
-- Needs: do_init_module and tp:module_free.
--
--   $ ksnoop run module_loads
--   TIME                PID COMM             FUNC             MODULE                 SIZE     TOOK RESULT
--   06:13:01.372431     265 insmod           do_init_module   dummy                   16K   21.5ms 0
--   06:13:01.606154     266 rmmod            module_free      dummy                   16K      0ns 0
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of mod that must hold" },
  },
  build = function(p)
    local show = p.out or ks.print {
      "{time} {pid|7} {comm|-16} {func|-16} {module|-20} {size|size|6} {took|8} {result}",
      header = true,
    }
    ks.define("size_of(mod)", "first(mod->core_layout.size, mod->mem[0].size)")
    return ks.call "do_init_module" {
      capture = { "module=entry(mod->name)", "size=entry(size_of(mod))", "took=elapsed",
        "result=retval" },
      where = p.filter,
      show,
    }, ks.probe "tp:module_free" {
      capture = { "module=mod->name", "size=size_of(mod)", "took=ns(0)", "result=0" },
      where = p.filter,
      show,
    }
  end,
}
