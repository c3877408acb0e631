--- make demo shows what the workload does, not what it always shows.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

describe("make demo", function()
  it("shows the files that another workload opens", function()
    local p = io.popen "make -s demo WORKLOAD='cat /tmp/one /tmp/two >/dev/null 2>&1; echo text >/tmp/three' 2>&1"
    local out = p:read "*a"
    p:close()
    assert.is_truthy(out:find "cat +%-ENOENT /tmp/one\n", out)
    assert.is_truthy(out:find "cat +%-ENOENT /tmp/two\n", out)
    assert.is_truthy(out:find "sh +%d+ /tmp/three\n", out)
    assert.is_nil(out:find("/etc/nothing", 1, true)) -- which its own workload opens
  end)

  it("traces the running kernel with HERE=1", function()
    local p = io.popen "make -n demo HERE=1"
    local out = p:read "*a"
    p:close()
    assert.is_truthy(out:find "\nbuild/ksnoop %-c '[^\n]*' examples/opens%.lua\n", out)
  end)
end)
