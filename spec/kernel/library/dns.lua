local guest = require "spec.kernel.guest"

return {
  workload = "exec build/guest/library asks",
  check = function(out)
    local found = guest.lines(out, "^ +(%d+) .* library +(%S+) +(%S+) +(%S+)$")
    table.sort(found, function(a, b) return table.concat(a, " ") < table.concat(b, " ") end)
    assert.are.same({
      { "1", "(none)", "lost.example.org", "A" },
      { "1", "NOERROR", "www.example.org", "AAAA" },
      { "2", "NXDOMAIN", "nothing.example.org", "A" },
      { "3", "NOERROR", "www.example.org", "A" },
    }, found, out)
  end,
}
