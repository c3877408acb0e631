-- A newcomer's first ten minutes, as far as they need no kernel of their own; the rest is in
-- spec/kernel/newcomer_spec.lua. 1, the page that --help prints: help_spec.lua; 10, the rock: spec/rock_spec.lua.
local ks = require "spec.support.ks"

local function said(...)
  local r = ks.run("--btf", ks.btf(), ...)
  return r.code, r.err
end

describe("in the first ten minutes", function()
  it("2: info shows prototypes with names", function()
    local r = ks.run("info", "tcp_*connect")
    assert.same({ 0, "" }, { r.code, r.err })
    assert.matches("\nint tcp_v4_connect%(struct sock %*%w+, struct sockaddr[%w_]* %*[%w_]+, int [%w_]+%);\n",
      "\n" .. r.out)
  end)

  it("5: a typo in a function, a member, an option or a parameter is answered with the nearest names", function()
    for _, case in ipairs {
      { 3, "did you mean vfs_read", "-e", 'ks.probe "vfs_raed" {}', "--dump", "tree" },
      { 3, "did you mean vfs_read", "vfs_raed" },
      { 2, "did you mean f_flags or f_tag?", "-e", 'ks.probe "vfs_read" { where = "file->f_flag" }', "--dump", "tree" },
      { 2, "did you mean --format?", "--fromat", "json", "vfs_read" },
      { 2, "did you mean where?", "-e", 'ks.probe "vfs_read" { were = "1" }' },
      { 2, "did you mean min?", "run", "slow", "mim=2ms", "--dump", "tree" },
      { 2, "did you mean slow", "run", "slwo" },
    } do
      local code, err = said(unpack(case, 3))
      assert.equal(case[1], code, err)
      assert.matches(case[2], err, 1, true)
    end
  end)

  it("7: what -f json prints is JSON to jq", function()
    local jq = ks.shell("command -v jq").code == 0 and "jq -c ."
      or "python3 -c 'import json, sys; [print(json.dumps(json.loads(l))) for l in sys.stdin]'"
    for _, words in ipairs { "info 'vfs_*'", "type 'struct file'", "explain vfs_read", "doctor", "run" } do
      local r = ks.shell(("%s -f json --btf %s %s | %s"):format(ks.quote(ks.binary), ks.btf(), words, jq))
      assert.same({ 0, "" }, { r.code, r.err }, words)
      assert.matches("^{.*}\n$", r.out)
    end
  end)
end)
