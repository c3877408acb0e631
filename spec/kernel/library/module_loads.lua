local guest = require "spec.kernel.guest"

return {
  workload = [[insmod "/lib/modules/$(uname -r)/dummy.ko" && rmmod dummy]],
  check = function(out)
    local found = guest.lines(out, "^%S+ +%d+ (%S+) +(%S+) +dummy +([%d.]+)K +([%d.]+)%a+ +0$")
    assert.are.equal(2, #found, out)
    assert.are.same({ "insmod", "do_init_module" }, { found[1][1], found[1][2] })
    assert.are.same({ "rmmod", "module_free" }, { found[2][1], found[2][2] })
    assert.is_true(tonumber(found[1][4]) > 0 and tonumber(found[1][3]) > 0)
  end,
}
