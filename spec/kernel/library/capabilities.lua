local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "chroot"']],
  workload = [[for i in 1 2 3; do chroot / true; done; su -s /bin/sh nobody -c "exec chroot / true" 2>/dev/null; true]],
  check = function(out)
    local found = guest.lines(out, "^ +(%d+) +chroot +(%d+) +(CAP_SYS_CHROOT) +(%S+)$")
    assert.are.same({ { "3", "0", "CAP_SYS_CHROOT", "0" }, { "1", "65534", "CAP_SYS_CHROOT", "-EPERM" } }, found, out)
  end,
}
