--- A kernel in lockdown refuses, and ksnoop says so. It can only be raised, never left: a machine for each kernel.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

-- What ksnoop says in each of these modes, in turn.
local function run(kernel, ...)
  local p = io.popen(([[spec/vm/run -k %s -- sh -c '
    mount -t securityfs none /sys/kernel/security
    for mode in %s; do
      echo $mode >/sys/kernel/security/lockdown
      ksnoop doctor | grep lockdown
      ksnoop -c "cat /etc/passwd >/dev/null" examples/opens.lua 2>&1; echo "exit $?"
    done' 2>/dev/null]]):format(kernel, table.concat({ ... }, " ")))
  local out = p:read "*a"
  p:close()
  return out
end

local function refuses(out)
  assert.is_truthy(out:find "^  missing  lockdown +confidentiality\n", out)
  assert.is_truthy(out:find("this kernel is in lockdown", 1, true), out)
  assert.is_truthy(out:find "exit 4\n$", out)
end

describe("in a kernel in lockdown", function()
  for _, kernel in ipairs { "5.10", "6.12", "7.2" } do
    it("(confidentiality, " .. kernel .. ") ksnoop says why it can't trace", function()
      refuses(run(kernel, "confidentiality"))
    end)
  end

  it("(integrity, 6.1) it traces, or says why not, and (confidentiality, 6.1) says why it can't", function()
    local first, second = run("6.1", "integrity", "confidentiality"):match "^(.-exit %d+\n)(.*)$"
    assert.is_truthy(first:find "exit 0\n$" or (first:find("lockdown", 1, true) and first:find "exit 4\n$"), first)
    refuses(second)
  end)
end)
