return {
  varies = "^ *caller=",
  words = [['filter=entry(comm) == "dd"']],
  -- A pipe has a mutex, which each write takes.
  workload = "dd if=/dev/zero bs=1 count=300 2>/dev/null | cat >/dev/null",
  check = function(out)
    local writes = 0
    for caller, count in out:gmatch "caller=([%w_]+).-\n  count (%d+)" do
      writes = writes + (caller:find "pipe_write" and tonumber(count) or 0)
    end
    assert.is_true(writes >= 300, out)
  end,
}
