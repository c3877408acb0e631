local guest = require "spec.kernel.guest"

return {
  workload = [[mkdir -p /tmp/here; mount -t tmpfs -o ro,noexec nothing /tmp/here; umount /tmp/here
    umount /tmp/here 2>/dev/null; true]],
  check = function(out)
    local found = {}
    for _, l in ipairs(guest.lines(out, "^%S+ +%d+ u?mount +(%S+ .*)$")) do
      found[#found + 1] = (l[1]:gsub(" +", " "))
    end
    assert.are.equal("mount 0 /tmp/here 0x8009 tmpfs nothing", found[1], out)
    assert.are.equal("umount 0 /tmp/here 0x0", found[2], out)
    assert.are.equal("umount -EINVAL /tmp/here 0x0", found[3], out)
  end,
}
