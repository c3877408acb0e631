local guest = require "spec.kernel.guest"

return {
  words = "by=comm 'filter=entry(comm) == \"dd\"'",
  refused = guest.kernel == "5.10" and
    "contention_begin, which kernels have since v5.19; the recipe mutexes needs none",
  -- A write holds the file's lock; the other one waits for it.
  workload = [[for i in 1 2; do dd if=/dev/zero of=/tmp/both bs=4M count=8 conv=notrunc 2>/dev/null & done; wait]],
  check = function(out)
    local count = out:match "\n +(%d+) [^\n]* dd\n"
    assert.is_true(tonumber(count) >= 1, out)
  end,
}
