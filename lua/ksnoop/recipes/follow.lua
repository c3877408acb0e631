--- Through which functions does each object of a type go, when, and what does each change in it?
-- Model: none; pwru and ipftrace do it for packets.
-- New: a line of time for each object of any type, through every function that takes one, with
-- what each step changed in it.
-- Needs: where there is no kprobe.multi (before 5.18) each function takes a program of its own, at
-- most 100: narrow funcs, or --max-probes.
--
--   $ ksnoop run follow 'funcs=submit_bio*'
--   0xff5c0dad4044fb58     172us submit_bio_wait              submit_bio                   object->bi_opf 0 -> 2048, ...
--   0xff5c0dad4044fb58     145us submit_bio                   submit_bio_noacct            (unchanged)
--   0xff5c0dad4044fb58     243us submit_bio_noacct            submit_bio_noacct_nocheck    (unchanged)
--   0xff5c0dad4044fb58     812us submit_bio_noacct_nocheck    submit_bio_wait_endio        object->bi_flags 0 -> 768, ...
--   0xff5c0dad4044fbf8    10.5us submit_bio_wait              submit_bio                   object->bi_opf 0 -> 2048, ...
--   0xff5c0dad4044fbf8    5.78us submit_bio                   submit_bio_noacct            (unchanged)
--   0xff5c0dad4044fbf8    9.42us submit_bio_noacct            submit_bio_noacct_nocheck    (unchanged)
--   0xff5c0dad4044fbf8    13.1ms submit_bio_noacct_nocheck    submit_bio_wait_endio        object->bi_flags 0 -> 768, ...
--   0xff5c0dad4044fab8    7.64us submit_bio_wait              submit_bio                   object->bi_opf 0 -> 2048, ...
--   0xff5c0dad4044fab8    5.01us submit_bio                   submit_bio_noacct            (unchanged)
--   0xff5c0dad4044fab8    9.73us submit_bio_noacct            submit_bio_noacct_nocheck    (unchanged)
--   0xff5c0dad4044fab8    5.55ms submit_bio_noacct_nocheck    submit_bio_wait_endio        object->bi_flags 0 -> 768, ...
local ks = require "ksnoop"

return ks.recipe {
  params = {
    type = ks.param.type { "struct bio", "struct whose objects to follow" },
    funcs = ks.param.string { "*", "functions, as a pattern" },
    changes = ks.param.boolean { true, "what changed in it since the function before" },
    filter = ks.param.where { false, "an expression of object that must hold" },
  },
  build = function(p)
    local takers = ("%s(%s *object)"):format(p.funcs, p.type)
    return ks.span {
      open = { takers, key = "object" },
      close = { takers, key = "object" },
      where = p.filter,
      p.out or ks.print("{object} {elapsed|9} {entry(func)|-28} {func|-28}"
        .. (p.changes and " {object|changes}" or "")),
    }
  end,
}
