--- How do failing opens differ from those that succeed?
local ks = require "ksnoop"

local times = ks.hist { "elapsed", by = "result=errno(retval)" }
ks.call(ks.first { "do_filp_open", "do_file_open" }) { times }
ks.at_end(function() times:print { compare = "result" } end)
