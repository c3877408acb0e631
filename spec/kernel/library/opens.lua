local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "cat"']],
  before = function() guest.spill("/tmp/there", "text") end,
  workload = "cat /tmp/there /tmp/not_there /tmp/there >/dev/null 2>&1; true",
  check = function(out)
    local found = guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +(%d+) (cat) +0 +(%S+) (/tmp/%S+)$")
    local pid = found[1][1]
    assert.are.same({ { pid, "cat", "3", "/tmp/there" }, { pid, "cat", "-ENOENT", "/tmp/not_there" },
      { pid, "cat", "3", "/tmp/there" } }, found, out)
  end,
}
