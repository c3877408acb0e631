rockspec_format = "3.0"
package = "ksnoop"
version = "scm-1"

source = {
  url = "git+file://.", -- luarocks make: the tree this file lies in
}

description = {
  summary = "Traces the functions of a running Linux kernel from LuaJIT",
  detailed = [[
    What the functions of a running kernel are called with and what they return, filtered and
    captured by BPF programs that are made from C expressions. Needs LuaJIT, libbpf, libelf, zlib.]],
  license = "BSD-2-Clause OR GPL-2.0-only",
}

supported_platforms = { "linux" }
dependencies = { "lua == 5.1" } -- LuaJIT; its FFI is what the module is made of

-- make, so that the native half is built with the flags that the tests are run with.
build = {
  type = "make",
  build_target = "build/rock/native.so",
  build_variables = { BUILD = "build/rock", CC = "$(CC)", CFLAGS = "$(CFLAGS)" },
  install_pass = false,
  install = {
    lib = { ["ksnoop.native"] = "build/rock/native.so" },
    lua = {
      ["ksnoop.absent"] = "lua/ksnoop/absent.lua",
      ["ksnoop.access"] = "lua/ksnoop/access.lua",
      ["ksnoop.agg"] = "lua/ksnoop/agg.lua",
      ["ksnoop.agg_definition"] = "lua/ksnoop/agg_definition.lua",
      ["ksnoop.agg_kernel"] = "lua/ksnoop/agg_kernel.lua",
      ["ksnoop.agg_print"] = "lua/ksnoop/agg_print.lua",
      ["ksnoop.bucket"] = "lua/ksnoop/bucket.lua",
      ["ksnoop.cdef"] = "lua/ksnoop/cdef.lua",
      ["ksnoop.chart"] = "lua/ksnoop/chart.lua",
      ["ksnoop.check"] = "lua/ksnoop/check.lua",
      ["ksnoop.check_print"] = "lua/ksnoop/check_print.lua",
      ["ksnoop.cli"] = "lua/ksnoop/cli.lua",
      ["ksnoop.column"] = "lua/ksnoop/column.lua",
      ["ksnoop.complete"] = "lua/ksnoop/complete.lua",
      ["ksnoop.core"] = "lua/ksnoop/core.lua",
      ["ksnoop.deliver"] = "lua/ksnoop/deliver.lua",
      ["ksnoop.ending"] = "lua/ksnoop/ending.lua",
      ["ksnoop.doctor"] = "lua/ksnoop/doctor.lua",
      ["ksnoop.error"] = "lua/ksnoop/error.lua",
      ["ksnoop.explain"] = "lua/ksnoop/explain.lua",
      ["ksnoop.feed"] = "lua/ksnoop/feed.lua",
      ["ksnoop.figure"] = "lua/ksnoop/figure.lua",
      ["ksnoop.fixed"] = "lua/ksnoop/fixed.lua",
      ["ksnoop.format"] = "lua/ksnoop/format.lua",
      ["ksnoop.grid"] = "lua/ksnoop/grid.lua",
      ["ksnoop.histogram"] = "lua/ksnoop/histogram.lua",
      ["ksnoop.human"] = "lua/ksnoop/human.lua",
      ["ksnoop"] = "lua/ksnoop/init.lua",
      ["ksnoop.kernels"] = "lua/ksnoop/kernels.lua",
      ["ksnoop.key"] = "lua/ksnoop/key.lua",
      ["ksnoop.lease"] = "lua/ksnoop/lease.lua",
      ["ksnoop.library"] = "lua/ksnoop/library.lua",
      ["ksnoop.limits"] = "lua/ksnoop/limits.lua",
      ["ksnoop.live"] = "lua/ksnoop/live.lua",
      ["ksnoop.loop"] = "lua/ksnoop/loop.lua",
      ["ksnoop.modules"] = "lua/ksnoop/modules.lua",
      ["ksnoop.options"] = "lua/ksnoop/options.lua",
      ["ksnoop.output"] = "lua/ksnoop/output.lua",
      ["ksnoop.param"] = "lua/ksnoop/param.lua",
      ["ksnoop.printed"] = "lua/ksnoop/printed.lua",
      ["ksnoop.probe"] = "lua/ksnoop/probe.lua",
      ["ksnoop.recipe"] = "lua/ksnoop/recipe.lua",
      ["ksnoop.report"] = "lua/ksnoop/report.lua",
      ["ksnoop.request"] = "lua/ksnoop/request.lua",
      ["ksnoop.row_template"] = "lua/ksnoop/row_template.lua",
      ["ksnoop.rows_data"] = "lua/ksnoop/rows_data.lua",
      ["ksnoop.rows_over"] = "lua/ksnoop/rows_over.lua",
      ["ksnoop.rows_text"] = "lua/ksnoop/rows_text.lua",
      ["ksnoop.runner"] = "lua/ksnoop/runner.lua",
      ["ksnoop.sample"] = "lua/ksnoop/sample.lua",
      ["ksnoop.schema"] = "lua/ksnoop/schema.lua",
      ["ksnoop.script"] = "lua/ksnoop/script.lua",
      ["ksnoop.series"] = "lua/ksnoop/series.lua",
      ["ksnoop.sink"] = "lua/ksnoop/sink.lua",
      ["ksnoop.sorted"] = "lua/ksnoop/sorted.lua",
      ["ksnoop.span"] = "lua/ksnoop/span.lua",
      ["ksnoop.std"] = "lua/ksnoop/std.lua",
      ["ksnoop.store"] = "lua/ksnoop/store.lua",
      ["ksnoop.stubs"] = "lua/ksnoop/stubs.lua",
      ["ksnoop.terminal"] = "lua/ksnoop/terminal.lua",
      ["ksnoop.test"] = "lua/ksnoop/test.lua",
      ["ksnoop.trace"] = "lua/ksnoop/trace.lua",
      ["ksnoop.trace_layout"] = "lua/ksnoop/trace_layout.lua",
      ["ksnoop.trace_place"] = "lua/ksnoop/trace_place.lua",
      ["ksnoop.trace_stack"] = "lua/ksnoop/trace_stack.lua",
      ["ksnoop.trace_values"] = "lua/ksnoop/trace_values.lua",
      ["ksnoop.unit"] = "lua/ksnoop/unit.lua",
      ["ksnoop.value"] = "lua/ksnoop/value.lua",
      ["ksnoop.view"] = "lua/ksnoop/view.lua",
      ["ksnoop.within"] = "lua/ksnoop/within.lua",
      ["ksnoop.words"] = "lua/ksnoop/words.lua",
    },
  },
}
