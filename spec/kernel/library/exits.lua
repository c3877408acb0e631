local guest = require "spec.kernel.guest"

return {
  words = "failed=yes",
  workload = "true; sh -c 'exit 7'; sh -c 'kill -KILL $$'; sh -c 'usleep 300000; exit 1'; echo $$ >&2; true",
  check = function(out, err)
    local shell = err:match "(%d+)\n"
    local found = guest.lines(out, "^%S+ +(%d+) +%d+ sh +(%d+) (%S+) +([%d.]+%a+) +[%d.]+%a+ +([%d.]+[KM])$")
    assert.are.equal(3, #found, out)
    for _, f in ipairs(found) do
      assert.are.equal(shell, f[1])
      assert.matches("^[%d.]+M$", f[5])
    end
    assert.are.same({ "7", "0" }, { found[1][2], found[1][3] })
    assert.are.same({ "0", "SIGKILL" }, { found[2][2], found[2][3] })
    assert.are.same({ "1", "0" }, { found[3][2], found[3][3] })
    -- It slept 0.3 s, and had no CPU meanwhile.
    local age = found[3][4]
    assert.is_true(age:find "^%d+%.?%d*s$" and true or tonumber(age:match "^([%d.]+)ms$") >= 300, age)
  end,
}
