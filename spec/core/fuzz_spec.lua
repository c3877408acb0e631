--- What the fuzzer found once, and what it reaches most with, is tried by every run of the specs:
--- by the program that is tested, with its sanitizers if it has any. See spec/fuzz/README.md.
local ks = require "spec.support.ks"

local folder = os.getenv "KSNOOP_BUILD"

-- Tries files; returns how many came to their end, and what was said.
local function replay(files, name)
  local program = "unit/fuzz_" .. (name or "replay")
  program = folder and ("%s/%s/%s"):format(ks.root, folder, program) or ks.build(program)
  local r = ks.shell(("FUZZ_BTF=%s timeout 60 %s %s"):format(ks.btf(), program, files))
  return r.code, tonumber(r.out:match "(%d+) tried\n$"), r.out .. r.err
end

local function count(pattern)
  return tonumber(ks.shell(("ls %s 2>/dev/null | wc -l"):format(pattern)).out)
end

describe("the compiler", function()
  local temporary, clean

  setup(function() temporary, clean = ks.folder() end)
  teardown(function() clean() end)

  it("survives what the fuzzer once found", function()
    local code, tried, said = replay "spec/fuzz/regressions/*"
    assert.equal(0, code, said)
    assert.equal(count "spec/fuzz/regressions/*", tried)
  end)

  it("survives what the fuzzer begins with", function()
    local seeds = ks.shell(("luajit spec/fuzz/seeds.lua %s"):format(temporary))
    assert.equal(0, seeds.code, seeds.err)
    local code, tried, said = replay(temporary .. "/* spec/fuzz/corpus/*")
    assert.equal(0, code, said:sub(-2000))
    assert.is_true(tried > 800, said:sub(-200))
  end)

  it("is watched: a program that no verifier takes does not pass", function()
    -- What the harness holds against programs is made wrong, one at a time, by the test's own program.
    local code, _, said = replay "--flaws"
    assert.equal(0, code, said)
    assert.matches("(%d+) flaws found, 0 missed\n", said)
  end)
end)

-- A harness says FLAW and ends when JSON is none, when a control byte comes out, when a name does not
-- find its type; a sanitizer sees the rest.
for name, what in pairs { btf = "types", values = "the decoder", records = "printers" } do
  describe(what, function()
    it(("survive%s what the fuzzer once found, and what it reaches most with"):format(what:find "s$" and "" or "s"),
      function()
        local files = ("spec/fuzz/corpus_%s/* $(ls -d spec/fuzz/regressions_%s/* 2>/dev/null)"):format(name, name)
        local code, tried, said = replay(files, name)
        assert.equal(0, code, said:sub(-2000))
        assert.equal(count(files), tried)
        assert.is_true(tried >= 20)
      end)
  end)
end
