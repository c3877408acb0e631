--- make demo shows what the workload does, not what it always shows.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local function demo(workload)
  local p = io.popen(("make -s demo WORKLOAD='%s' 2>&1"):format(workload))
  local out = p:read "*a"
  p:close()
  return out
end

describe("make demo", function()
  it("shows the files that another workload opens", function()
    local first = demo "cat /tmp/one /tmp/two >/dev/null 2>&1"
    assert.is_truthy(first:find "cat +%-ENOENT /tmp/one\n", first)
    assert.is_truthy(first:find "cat +%-ENOENT /tmp/two\n", first)
    local second = demo "echo text >/tmp/three"
    assert.is_truthy(second:find "sh +%d+ /tmp/three\n", second)
    assert.is_nil(second:find("/tmp/one", 1, true))
  end)

  it("traces the running kernel with HERE=1", function()
    local p = io.popen "make -n demo HERE=1"
    local out = p:read "*a"
    p:close()
    assert.is_truthy(out:find "\nbuild/ksnoop %-c '[^\n]*' examples/opens%.lua\n", out)
  end)
end)
