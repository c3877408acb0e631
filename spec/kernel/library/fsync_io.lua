local guest = require "spec.kernel.guest"

return {
  words = "min=1M",
  before = function()
    guest.sh(("mke2fs /dev/%s && mkdir -p /tmp/disk && mount -t ext4 /dev/%s /tmp/disk"):format(guest.disk(),
      guest.disk()))
  end,
  workload = [[
    dd if=/dev/zero of=/tmp/disk/large bs=65536 count=32 conv=fsync 2>/dev/null
    dd if=/dev/zero of=/tmp/disk/small bs=65536 count=4 conv=fsync 2>/dev/null]],
  check = function(out)
    local bytes = 0
    for comm, on, n, unit, path in out:gmatch " (%S+) +(%S+) +REQ_OP_%S+ +%d+ +([%d.]+)([KM]?) (%S+)\n" do
      assert.are.same({ "dd", guest.disk(), "/tmp/disk/large" }, { comm, on, path })
      bytes = bytes + n * ({ [""] = 1, K = 1024, M = 2 ^ 20 })[unit]
    end
    -- Two megabytes of data, and what the file system says of where they lie.
    assert.is_true(bytes >= 2 ^ 21 and bytes < 2 ^ 21 + 2 ^ 17, out)
  end,
  after = function() guest.sh "umount /tmp/disk" end,
}
