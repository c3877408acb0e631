--- How long do pipes live, who made them, and which are open at the end?
local ks = require "ksnoop"

local pipes = ks.span {
  open = { "return:alloc_pipe_info", key = "retval", where = "retval", capture = { "maker=comm" } },
  close = { "free_pipe_info", key = "pipe" },
  ks.print "{maker|-16} {elapsed|8} closed by {comm}",
}

ks.at_end(function()
  for e in pipes:open() do
    print(("%-16s %8s still open"):format(e.maker, ks.text(e, "elapsed")))
  end
end)
