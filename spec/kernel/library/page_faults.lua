local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "library"']],
  workload = "exec build/guest/library faults 40",
  check = function(out, err)
    local of_file, others = out:match "^Of files\n(.*)\n\nOf no file\n(.*)$"
    local file = guest.lines(of_file, "^ *(%d+) .* library +faults +(%S+) +false$")
    assert.are.same({ { "40", "false" } }, file, out)
    local count = tonumber(others:match "\n +(%d+) [^\n]+ library\n")
    -- Pages of its own: those it says, and some of its stack, data and heap.
    assert.is_true(count >= 40 and count < 80, out .. err)
  end,
}
