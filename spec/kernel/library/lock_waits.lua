local guest = require "spec.kernel.guest"

return {
  words = "by=comm 'filter=entry(comm) == \"dd\"'",
  refused = guest.kernel == "5.10" and
    "lock_waits needs tp:contention_begin, which this kernel has not\n"
    .. "hint: kernels have it since 5.19; the nearest recipe that works is mutexes\n",
  -- A write holds the file's lock; the other one waits for it.
  workload = [[for n in 1 2 3; do
    for i in 1 2; do dd if=/dev/zero of=/tmp/both bs=4M count=8 conv=notrunc 2>/dev/null & done; wait
  done]],
  check = function(out)
    local count = out:match "\n +(%d+) [^\n]* dd\n"
    assert.is_true(tonumber(count) >= 1, out)
  end,
}
