--- Failing calls inside the BPF subsystem, with errno and arguments. As many functions as have a program each
--- where the kernel has no faster way; all of bpf_*, map_* and btf_* are over a thousand.
local ks = require "ksnoop"

ks.call { "bpf_obj_*", "bpf_prog_get*", "map_*" } {
  where = "errno(retval)",
  ks.print "{time} {pid|7} {comm|-16} {func}({args}) = {retval}",
}
