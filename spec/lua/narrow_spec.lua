-- --pid, --tid, --where: what the command line asks of all probes of a script.
local ks = require "spec.support.ks"

local function tree(options, text)
  local words = { "--btf", ks.btf(), "--dump", "tree" }
  for _, word in ipairs(options) do
    words[#words + 1] = word
  end
  words[#words + 1] = "-e"
  words[#words + 1] = text
  return ks.run(unpack(words))
end

local function wheres(options, text)
  local r, list = tree(options, text), {}
  assert.equal("", r.err)
  for where in r.out:gmatch "%f[%w]where: ([^\n]+)" do
    list[#list + 1] = where
  end
  return list
end

describe("the command line", function()
  it("keeps every probe to a process, a thread and an expression", function()
    assert.same({ "count > 1", "pid == 7", "tid == 8", "uid == 0", "pid == 7", "tid == 8", "uid == 0" },
      wheres({ "-p", "7", "-t", "8", "--where", "uid == 0" },
        'ks.probe "vfs_read" { where = "count > 1" } ks.call "vfs_write" { where = function() end }'))
  end)

  it("asks for the task of a span where it opens, and for the expression where it closes", function()
    local r = ks.run("--btf", ks.btf(), "--dump", "ir", "--tid=8", "--where", "elapsed > 1ms", "-e",
      'ks.span { open = { "vfs_read", key = "file" }, close = { "vfs_write", key = "file" } }')
    assert.equal("", r.err)
    local opens, closes = r.out:match "%-%- where it opens\n(.*)%-%- where it closes\n(.*)"
    assert.matches("; where: tid == 8\n", opens, 1, true)
    assert.matches("; where: elapsed > 1ms\n", closes, 1, true)
    assert.is_nil(closes:find("tid == 8", 1, true))
  end)

  it("does so for functions to trace", function()
    local r = ks.run("--btf", ks.btf(), "--dump", "tree", "-t", "8", "--where", "uid == 0", "vfs_read")
    assert.equal("", r.err)
    for _, where in ipairs { "tid == 8", "uid == 0" } do
      assert.equal(2, (select(2, r.out:gsub("where: " .. where .. "\n", ""))))
    end
  end)

  it("shows a mistake in the text of --where", function()
    local r = tree({ "--where", "pid > 1 && cuont > 2" }, 'ks.probe "vfs_read" {}')
    assert.same({ 2, [[
ksnoop: --where: vfs_read has no argument 'cuont', and nothing else has that name
    pid > 1 && cuont > 2
               ^^^^^
hint: did you mean count?
]] }, { r.code, r.err })
    r = tree({ "--where", "count = 2" }, 'ks.probe "vfs_read" {}')
    assert.matches("^ksnoop: %-%-where: [^\n]+\n    count = 2\n          %^\n", r.err)
    r = tree({ "--where", " " }, 'ks.probe "vfs_read" {}')
    assert.same({ 2, "ksnoop: --where takes an expression, not ' '\nhint: such as 'pid > 100'\n" }, { r.code, r.err })
    r = tree({ "--tid", "x" }, 'ks.probe "vfs_read" {}')
    assert.same({ 2, "ksnoop: --tid takes a number from 1 on, not 'x'\nhint: ksnoop --help shows what there is\n" },
      { r.code, r.err })
  end)

  it("is what ks.options says unless it says otherwise itself", function()
    local text = 'ks.options { where = "uid == 1", tid = 9 } ks.probe "vfs_read" {}'
    assert.same({ "tid == 9", "uid == 1" }, wheres({}, text))
    assert.same({ "tid == 8", "uid == 2" }, wheres({ "-t", "8", "--where", "uid == 2" }, text))
    local r = tree({}, 'ks.options { where = "uid = 1" } ks.probe "vfs_read" {}')
    assert.equal(2, r.code)
    assert.matches("^%-e:1: where of ks%.options: [^\n]+\n    ks.options { where = \"uid = 1\" }[^\n]*\n {30}%^\n",
      (r.err:gsub("( +)%^", function(s) return (" {%d}^"):format(#s) end)))
  end)

  it("is asked by check, too", function()
    local folder, clean = ks.folder()
    local path = ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\nks.probe "vfs_read" {}\n')
    local r = ks.run("check", path, "--btf", ks.btf(), "--where", "cuont > 2")
    clean()
    assert.is_truthy((r.out .. r.err):find("--where: vfs_read has no argument 'cuont'", 1, true))
    assert.is_true(r.code ~= 0)
  end)
end)
