--- A kernel in lockdown refuses, and ksnoop says so. It can't be left again: a machine for each.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local function run(kernel, mode)
  local p = io.popen(([[spec/vm/run -k %s -- sh -c '
    mount -t securityfs none /sys/kernel/security
    echo %s >/sys/kernel/security/lockdown
    ksnoop doctor | grep lockdown
    ksnoop -c "cat /etc/passwd >/dev/null" examples/opens.lua 2>&1; echo "exit $?"' 2>/dev/null]]):format(kernel, mode))
  local out = p:read "*a"
  p:close()
  return out
end

describe("in a kernel in lockdown", function()
  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it("(confidentiality, " .. kernel .. ") ksnoop says why it can't trace", function()
      local out = run(kernel, "confidentiality")
      assert.is_truthy(out:find "^  missing  lockdown +confidentiality\n", out)
      assert.is_truthy(out:find("this kernel is in lockdown", 1, true), out)
      assert.is_truthy(out:find "exit 4\n$", out)
    end)
  end

  it("(integrity) it traces, or says why not", function()
    local out = run("6.1", "integrity")
    assert.is_truthy(out:find "exit 0\n$" or (out:find("lockdown", 1, true) and out:find "exit 4\n$"), out)
  end)
end)
