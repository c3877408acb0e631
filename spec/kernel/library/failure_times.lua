local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "cat"']],
  before = function() guest.spill("/tmp/there", "text") end,
  workload = "cat /tmp/there /tmp/not_there /tmp/there /tmp/nor_this /tmp/there >/dev/null 2>&1; true",
  check = function(out)
    assert.are.same({ { "0", "ENOENT" } }, guest.lines(out, "^ +(0) +(ENOENT)$"), out)
    assert.are.same({ { "3", "2" } }, guest.lines(out, "^ +count +(%d+) +(%d+)$"), out)
    for _, p in ipairs { "p50", "p90", "p99", "max" } do
      assert.matches("\n +" .. p .. " +[%d.]+%a+ +[%d.]+%a+\n", out)
    end
  end,
}
