--- Who faults in which pages, how many of them from disk, and how long does it take?
-- Model: the one-liners for page faults of bpftrace and perf.
-- New: of which mapped file, whether a disk had to be read, and how long each took.
-- Needs: handle_mm_fault.
--
--   $ ksnoop run page_faults 'filter=comm == "library"'
--   Of files
--     COUNT     AVG     MIN     MAX     SUM  COMM     FILE     MAJOR  AGAIN
--        40   600us  14.1us  11.0ms  24.0ms  library  faults   false  false
--        17  44.7us  10.5us   147us   759us  library  library  false  false
--
--   Of no file
--     COUNT     AVG     MIN     MAX    SUM  COMM
--        47  14.9us  6.35us  91.8us  700us  library
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as elapsed > 1ms" },
  },
  build = function(p)
    -- A fault that let go of its locks comes again: what was read from disk is counted before.
    local of_files = p.out or ks.stats { "elapsed", by = { "comm", "file=name(vma->vm_file)",
      "major=(_Bool)(retval & VM_FAULT_MAJOR)", "again=(_Bool)(retval & VM_FAULT_RETRY)" },
      title = "Of files" }
    local others = p.out or ks.stats { "elapsed", by = { "comm" }, title = "Of no file" }
    return ks.call "handle_mm_fault" { where = { "vma->vm_file", p.filter }, of_files },
      ks.call "handle_mm_fault" { where = { "!vma->vm_file", p.filter }, others }
  end,
}
