local guest = require "spec.kernel.guest"

return {
  workload = [[
    started() { /bin/sleep 100 & echo "to $!" >&2; until grep -q sleep /proc/$!/comm; do usleep 1000; done; }
    started; kill -USR1 $!; started; kill -TERM $!; kill -0 $!; wait; true]],
  check = function(out, err)
    local first, second = err:match "to (%d+)\n.-to (%d+)\n"
    local found = guest.lines(out, "^%S+ +(%d+) (%S+) +(%S+) +(%d+) %S+ +(%S+)$")
    local shell = found[1][1]
    assert.are.same({ { shell, "sh", "SIGUSR1", first, "TRACE_SIGNAL_DELIVERED" },
      { shell, "sh", "SIGTERM", second, "TRACE_SIGNAL_DELIVERED" } }, found, out)
  end,
}
