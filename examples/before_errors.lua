--- What did a task do with its files before a call failed?
local ks = require "ksnoop"

-- The kernel keeps the last eight of these calls for each task, and sends them when one fails.
ks.call { "sys:openat", "sys:read", "sys:write", "sys:lseek", "sys:close" } {
  keep = 8,
  emit = "retval < 0 && retval != -ENOENT && retval != -EAGAIN",
  ks.print("{time} {tid|7} {comm|-16} {func|-8} {elapsed|8} {retval}", { header = true }),
}
