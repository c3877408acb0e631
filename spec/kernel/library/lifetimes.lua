local guest = require "spec.kernel.guest"

return {
  words = [['filter=comm == "spans" || comm == "sh"']],
  workload = "build/guest/spans pipes 5 2 wait 100 0; sleep 1000 | sleep 1000 &",
  check = function(out)
    assert.matches("maker=spans\n.*\n  count 5 ", out) -- two by close(2), three as it ends
    assert.matches("\nStill there\n +COUNT +MAKER +WHERE\n +1 +sh +alloc_pipe_info\n", out)
  end,
  after = function() guest.sh "killall sleep" end,
}
