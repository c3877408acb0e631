local guest = require "spec.kernel.guest"

return {
  words = [['filter=current->real_parent->comm == "sh"']],
  workload = [[/bin/echo one 'two three' >/dev/null; echo $$ >&2; /tmp/not_there 2>/dev/null
    printf '#!/bin/sh\n:\n' >/tmp/script; chmod +x /tmp/script; /tmp/script four; true]],
  check = function(out, err)
    local shell = err:match "^(%d+)\n"
    local found = guest.lines(out, "^%S+ +(%d+) +%d+ (%S+) +(%S+) (%S+) ?(.*)$")
    assert.are.same({
      { shell, "echo", "0", "/bin/echo", "one two three" },
      { shell, "sh", "-ENOENT", "/tmp/not_there", "" },
      { shell, "script", "0", "/tmp/script", "/tmp/script four" },
    }, found, out)
  end,
}
