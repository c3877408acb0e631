--- README.md says what is so: its scripts compile on every kernel, its commands run, and what it shows of the
--- program is what the program prints.
local guest = require "spec.kernel.guest"

local readme = guest.slurp "README.md"

-- The block with that word at its fence that holds the text.
local function block(word, text)
  for fence, code in readme:gmatch "\n```(%l*)\n(.-)\n```%f[^`]" do
    code = code .. "\n"
    if fence == word and code:find(text, 1, true) then
      return code
    end
  end
  error("README.md has no such block: " .. text)
end

describe("README.md", function()
  it("has scripts that compile", function()
    local n = 0
    for code in readme:gmatch "```lua\n(.-)```" do
      n = n + 1
      guest.spill("/tmp/readme.lua", code)
      local status, _, err = guest.sh "ksnoop --dump bpf /tmp/readme.lua"
      assert.are.equal(0, status, err .. code)
    end
    assert.is_true(n >= 3)
  end)

  it("has an example as it is", function()
    assert.are.equal(guest.slurp "examples/opens.lua", block("lua", "do_sys_openat2"))
  end)

  it("shows a mistake as it is shown", function()
    guest.spill("/tmp/slow.lua", 'local ks = require "ksnoop"\n\nks.probe "tcp_sendmsg" {\n'
      .. '    where = "sk->dport == 443",\n}\n')
    local code, _, err = guest.sh "cd /tmp && ksnoop slow.lua"
    assert.are.equal(2, code)
    assert.are.equal(block("", "slow.lua:4:"), err)
  end)

  it("shows the program as it is, on 6.1", function()
    if guest.kernel ~= "6.1" then
      return pending "the offsets are those of 6.1"
    end
    guest.spill("/tmp/readme.lua", block("lua", "count >= 64K"))
    local code, out, err = guest.sh "ksnoop --dump bpf /tmp/readme.lua"
    assert.are.equal(0, code, err)
    local shown = block("", "; where: count >= 64K")
    assert.are.equal(shown, out:match "^[^\n]*\n(.*)":sub(1, #shown))
  end)

  it("has commands that run, on 6.1", function()
    if guest.elsewhere then
      return pending "what they do where is tested by itself"
    end
    local n = 0
    guest.sh "mkdir -p /tmp/readme; chmod 755 /tmp/readme; cp lua/ksnoop/recipes/slow.lua /tmp/readme"
    guest.spill("/tmp/readme/slow_spec.lua", [[
      local ks, slow = require "ksnoop", require "slow"
      it("counts", function()
        local out = ks.test(function() slow { min = "1ms", ks.count "comm" } end,
          { { "vfs_read", elapsed = "2ms", comm = "dd" } })
        assert.same({ { key = "dd", value = 1 } }, out.rows[1])
      end)]])
    for command in readme:gmatch "\n| `(ksnoop [^`]*)` |" do
      n = n + 1
      command = command:gsub("\\|", "|"):gsub("jq %.", "cat"):gsub("PID", "1"):gsub("10s", "100ms")
        :gsub("'make'", "true"):gsub("script%.lua", "examples/opens.lua")
        :gsub("slow_spec%.lua", "/tmp/readme/slow_spec.lua")
        :gsub(" slow%.lua", " lua/ksnoop/recipes/slow.lua")
      -- What Ctrl-C would end ends by itself: how long a busy machine takes to come to it nobody knows.
      if command:find "^ksnoop '" or command:find "^ksnoop %-e" or command:find "^ksnoop run"
        or command:find "^ksnoop [-%w/ ]*%.lua"
        and not command:find "%-D" and not command:find "%-%-dump" and not command:find "^ksnoop %l+ " then
        command = command:gsub("^ksnoop", "ksnoop -D 100ms")
      end
      local code, _, err = guest.sh(("timeout -s KILL 120 sh -c '%s'"):format(command:gsub("'", "'\\''")))
      assert.are.equal(0, code, command .. "\n" .. err)
    end
    assert.is_true(n >= 6)
    assert.are.equal(0, guest.leftovers())
  end)

  it("has twelve one-liners that run, on 6.1", function()
    if guest.kernel ~= "6.1" then
      return pending "spec/vm/library_spec.lua compiles them for the others"
    end
    local n = 0
    for command in readme:match "\n## One%-liners\n(.-)\n## ":gmatch "| `ksnoop ([^`]*)` |" do
      n = n + 1
      local code, _, err = guest.sh("ksnoop -D 50ms " .. command:gsub("\\|", "|"))
      assert.are.equal(0, code, command .. "\n" .. err)
      assert.matches("ksnoop: %d+ hits", err, command)
    end
    assert.are.equal(12, n)
    assert.are.equal(0, guest.leftovers())
  end)

  it("counts the examples", function()
    local words = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
      "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
      "twenty" }
    local n = 0
    for _ in select(2, guest.sh "ls examples/*.lua"):gmatch "[^\n]+" do
      n = n + 1
    end
    assert.matches(("The %s scripts in `examples/`"):format(words[n]), readme, 1, true)
  end)
end)
