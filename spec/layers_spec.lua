--- Includes point down: core/README.md has the table of levels, this holds the files against it.
local ks = require "spec.support.ks"

-- The words of the table, each with its level; the files of the contract; words named twice.
local function read_table(path)
  local levels, contract, twice = {}, {}, {}
  for line in io.lines(path) do
    local level, files = line:match "^| ([%d-]+) | %l+ | ([^|]+) |"
    for word in (files or ""):gmatch "%S+" do
      if level == "-" then
        contract[word] = true
      else
        twice[#twice + 1] = levels[word] and word or nil
        levels[word] = tonumber(level)
      end
    end
  end
  return levels, contract, twice
end

local levels, contract, twice = read_table "core/README.md"
local files = ks.lines(ks.shell("cd core && ls *.c *.h *.def").out)

local function word(file)
  return file:match "^(.*)%.[ch]$"
end

-- What is wrong with the includes of one file's text, as lines.
local function upward(file, text)
  local wrong = {}
  for included in text:gmatch '#include "([^"]+)"' do
    local level = levels[word(included) or ""]
    if not contract[included] and not level then
      wrong[#wrong + 1] = ("core/%s includes %s, which has no level"):format(file, included)
    elseif not contract[included] and level > levels[word(file)] then
      wrong[#wrong + 1] = ("core/%s (level %d) includes %s (level %d)"):format(file,
        levels[word(file)], included, level)
    end
  end
  return wrong
end

describe("the levels of core/", function()
  it("name every file once, and none that there is not", function()
    local there = {}
    assert.is_true(#files > 0)
    for _, file in ipairs(files) do
      if not contract[file] then
        assert(levels[word(file) or file], ("core/README.md's table lacks %s"):format(file))
        there[word(file)] = true
      end
    end
    for name in pairs(levels) do
      assert(there[name], ("core/README.md's table has %s, core/ lacks it"):format(name))
    end
    assert.same({}, twice)
    for name in pairs(contract) do
      ks.read("core/" .. name)
    end
  end)

  it("are not climbed by an include", function()
    local wrong = {}
    for _, file in ipairs(files) do
      if not contract[file] then
        for _, line in ipairs(upward(file, ks.read("core/" .. file))) do
          wrong[#wrong + 1] = line
        end
      end
    end
    assert.same({}, wrong)
  end)

  it("are checked: an include that climbs is found", function()
    assert.equal(1, #upward("arena.c", '#include "trace.h"\n#include "ksnoop.h"\n'))
    assert.equal(1, #upward("format.h", '#include <stdio.h>\n#include "lex.h"\n'))
    assert.equal(1, #upward("arena.c", '#include "nowhere.h"\n'))
    assert.equal(0, #upward("trace.c", '#include "arena.h"\n#include "../bpf/wire.h"\n'))
  end)

  it("leave bpf(2) to one: only level 5 has its header", function()
    local wrong = {}
    for _, file in ipairs(files) do
      local asks = ks.read("core/" .. file):find("#include <bpf/bpf.h>", 1, true)
      if asks and levels[word(file)] ~= 5 then
        wrong[#wrong + 1] = file
      end
    end
    assert.same({}, wrong)
  end)
end)
