return {
  workload = function()
    local busy = "taskset 1 timeout 0.5 sh -c 'while :; do :; done'"
    return ("%s & %s & wait"):format(busy, busy)
  end,
  words = [['filter=next->comm == "sh"' by=comm]],
  check = function(out)
    local long, count = 0, 0
    for n, unit, times in out:gmatch "\n +([%d.]+)(m?s)%.%.%S+ +(%d+)" do
      long = long + ((unit == "s" or tonumber(n) >= 1) and times or 0)
    end
    for name, n in out:gmatch "task=(%S+)\n.-\n  count (%d+)" do
      assert.are.equal("sh", name)
      count = count + n
    end
    -- Two that never sleep, on one processor: each waits while the other has its turn, of some milliseconds.
    assert.is_true(long >= 20 and count >= long, out)
  end,
}
