return {
  words = [['filter=comm == "dd" || comm == "mkdir"']],
  workload = [[cd /tmp; rm -rf made; dd if=/dev/zero of=plain bs=1000 count=30 2>/dev/null
    dd if=plain of=/dev/null bs=1000 2>/dev/null; mkdir made]],
  check = function(out)
    local counts = {}
    for kind, operation, n in out:gmatch "type=(%S+)%s+operation=(%S+).-\n  count (%d+)" do
      counts[kind .. " " .. operation] = tonumber(n)
    end
    assert.are.equal(30, counts["tmpfs vfs_write"], out)
    assert.are.equal(31, counts["tmpfs vfs_read"], out) -- one finds the end
    assert.are.equal(1, counts["tmpfs vfs_mkdir"], out)
    assert.are.equal(30, counts["devtmpfs vfs_read"], out)
  end,
}
