--- How do failing calls of a function differ in time from those that succeed?
-- Model: none.
-- New: failures beside each other and beside successes, by the name of the error.
-- Needs: a function that fentry reaches and that returns an error number or pointer.
--
--   $ ksnoop run failure_times 'filter=comm == "cat"'
--   Times of do_sys_openat2
--                      0               ENOENT
--       33us..66us  2  |##########  1  |##########
--      66us..131us  0  |            0  |
--     131us..262us  1  |#####       1  |##########
--            count     3               2
--              p50     66us            66us
--              p90     262us           262us
--              p99     262us           262us
--              max     262us           262us
local ks = require "ksnoop"

return ks.recipe {
  params = {
    func = ks.param.func { "do_sys_openat2", "the function" },
    filter = ks.param.where { false, "an expression that must hold" },
  },
  build = function(p)
    local times = p.out or ks.hist { "elapsed", by = "result=errno(retval)",
      title = "Times of " .. p.func }
    if not p.out then
      ks.at_end(function() times:print { compare = "result" } end)
    end
    return ks.call(p.func) { where = p.filter, times }
  end,
}
