return {
  words = [['filter=prev->comm == "stacks"']],
  workload = "build/guest/stacks sleeps 20",
  check = function(out)
    -- One row for each way to sleep: the time, the program, and the stack below.
    local slept, unit = out:match "\n +([%d.]+)(m?s) +stacks +__schedule%+0x%x+\n +schedule%+0x%x+\n +do_nanosleep%+"
    assert.is_true(slept * (unit == "s" and 1000 or 1) >= 15 * 10, out)
  end,
}
