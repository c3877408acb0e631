--- Who sends which signal to whom?
local ks = require "ksnoop"

ks.probe "tp:signal_generate" {
  where = "sig != SIGCHLD",
  ks.print { "{time} {pid|7} {comm|-16} {sig|SIG*|-10} {to=task->tgid|7} {task->comm|-16} {result}", header = true },
}
