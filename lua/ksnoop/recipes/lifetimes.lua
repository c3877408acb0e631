--- How long do objects live, from alloc to free, and which of them are never freed?
-- Model: memleak (bcc), generalised.
-- New: any pair of functions that make and end an object: how long they live, and at the end
-- which are still there and who made them, by stack.
-- Needs: two places that see the object.
--
--   $ ksnoop run lifetimes 'filter=comm == "spans" || comm == "sh"'
--   Lives
--     maker=spans
--     131us..262us  1  |#############
--     262us..524us  1  |#############
--       524us..1ms  0  |
--       1ms..2.1ms  0  |
--     2.1ms..4.2ms  0  |
--     4.2ms..8.4ms  0  |
--      8.4ms..17ms  0  |
--       17ms..34ms  0  |
--       34ms..67ms  0  |
--      67ms..134ms  3  |########################################
--     count 5  avg 74.7ms  p50 134ms  p90 134ms  p99 134ms  max 134ms
--   ...
local ks = require "ksnoop"

return ks.recipe {
  params = {
    alloc = ks.param.func { "return:alloc_pipe_info", "where one is made" },
    object = ks.param.where { "retval", "the object there" },
    free = ks.param.func { "free_pipe_info", "where it ends" },
    freed = ks.param.where { "pipe", "the object there" },
    filter = ks.param.where { false, "an expression, where it is made, that must hold" },
    max = ks.param.integer { 100000, "how many can live at the same time", min = 1 },
  },
  build = function(p)
    local lives = p.out or ks.hist { "elapsed", by = "maker", title = "Lives" }
    local left = ks.count { by = { "maker", "where" }, title = "Still there" }
    local objects = ks.span {
      open = { p.alloc, key = p.object, where = { p.object, p.filter },
        capture = { "maker=comm", "where=stack" } },
      close = { p.free, key = p.freed },
      max = p.max,
      lives,
    }
    ks.at_end(function()
      for e in objects:open() do
        left(e)
      end
    end)
    return objects
  end,
}
