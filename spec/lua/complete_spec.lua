--- ksnoop complete, and the shells that ask it.
local ks = require "spec.support.ks"

local function complete(...)
  return ks.run("--btf", ks.btf "kernel", "complete", "--", ...).out
end

describe("ksnoop complete", function()
  it("offers commands and functions for the first word", function()
    assert.equal("info\n", complete "i")
    assert.equal("vfs_read\n", complete "vfs_r")
    assert.equal("", complete "no_such_thing")
  end)

  it("offers what a command takes", function()
    assert.equal("vfs_read\n", complete("info", "vfs_r"))
    assert.equal("vfs_read\n", complete("-f", "json", "info", "vfs_w", "vfs_r"))
    assert.equal("file\n", complete("type", "fil"):match "file\n")
    assert.equal("", complete("type", ""))
    assert.equal("", complete("doctor", "vfs_r"))
  end)

  it("offers recipes, and functions behind one that is to be traced", function()
    assert.is_truthy(complete("run", "bl"):find("block_latency\n", 1, true))
    assert.equal("vfs_read\n", complete("vfs_write", "vfs_r"))
    assert.equal("", complete("x.lua", "vfs_r"))
  end)

  it("takes what is a pattern's for itself", function()
    for _, word in ipairs { "*", "vfs_*", "[v", "?", "\\" } do
      assert.equal("", complete("info", word))
    end
  end)

  it("offers the values of an option, however a shell cuts the words", function()
    assert.equal("csv\njson\ntext\n", complete("--format", ""))
    assert.equal("json\n", complete("-f", "j"))
    assert.equal("--format=json\n", complete "--format=j")
    assert.equal("json\n", complete("--format", "=", "j"))
    assert.equal("csv\njson\ntext\n", complete("--format", "="))
    assert.equal("", complete("--pid", ""))
  end)

  it("offers every option of `help options`, and that", function()
    assert.equal("options\n", complete("help", "o"))
    local count = 0
    for option in ks.run("help", "options").out:gmatch "\n  [-%w, ]*(%-%-[%w-]+)" do
      assert.is_truthy(complete(option):find(option .. "\n", 1, true), option)
      count = count + 1
    end
    assert.is_true(count > 15)
  end)

  it("offers all functions of a kernel", function()
    local r = ks.shell("wc -l", ks.run("complete", "--", "info", "").out)
    assert.is_true(tonumber(r.out) > 10000)
  end)
end)

describe("the completion for", function()
  it("bash offers the same, and scripts", function()
    local script = ([[
      . doc/completion/ksnoop.bash
      cd $(mktemp -d); touch opens.lua options.txt
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ksnoop; echo "${COMPREPLY[*]}"; }
      ksnoop=%s
      try $ksnoop info vfs_rea
      try $ksnoop --format = j
      try $ksnoop op
      rm *; rmdir $PWD]]):format(ks.binary)
    local r = ks.shell("bash -s", script)
    assert.equal("", r.err)
    local lines = {}
    for line in r.out:gmatch "([^\n]*)\n" do
      lines[#lines + 1] = line
    end
    assert.is_truthy((" " .. lines[1] .. " "):find " vfs_read ")
    assert.equal("json", lines[2])
    assert.is_truthy(lines[3]:find "opens%.lua$")
    assert.is_nil(lines[3]:find("options.txt", 1, true))
  end)

  for shell, file in pairs { zsh = "_ksnoop", fish = "ksnoop.fish" } do
    it(shell .. " is no error to it", function()
      if ks.shell("command -v " .. shell, "").code ~= 0 then
        pending(shell .. " is not installed")
      end
      assert.equal(0, ks.shell(shell .. " -n doc/completion/" .. file, "").code)
    end)
  end
end)
