-- One expression, three answers: gcc's, core/eval.c's, and our BPF's, as a capture and as a predicate,
-- over the same pictures of memory. Our programs run in spec/core/run.c, an interpreter that is as
-- strict as the kernel's verifier about what they touch; gcc's half is spec/support/oracle.c; in
-- pictures with broken pointers gcc has nothing to say, and the other two must agree.
-- spec/kernel/differential_spec.lua does the same in kernels.
local answers = require "spec.support.answers"
local expressions = require "spec.support.expressions"
local ks = require "spec.support.ks"

local PICTURES = 8

local function run(image, options, lines)
  return ks.shell(("%s %s %s %s"):format(ks.build "unit/run", ks.btf(), image, options), lines)
end

describe("what an expression means", function()
  local folder, clean, image

  setup(function()
    folder, clean = ks.folder()
    image = ks.build "differential/lines":gsub("lines$", "image")
  end)
  teardown(function() clean() end)

  -- Compares all; returns what run said.
  local function compare(picture_file, lines, options)
    local r = run(picture_file, options or "", lines)
    assert.equal(0, r.code, r.out:sub(1, 2000) .. r.err)
    return r.out
  end

  it("is the same to gcc and both engines, every operator on every kind of integer", function()
    local out = compare(image, ks.read(ks.build "differential/lines"), "-table -missing")
    local empty = {}
    for op, rest in out:gmatch "missing (%S+) ([^\n]+)" do
      if op ~= "cast" or expressions.enabled.cast then
        empty[#empty + 1] = op .. " " .. rest
      end
    end
    print("\n" .. out:gsub("missing [^\n]*\n", ""))
    assert.same({}, empty)
    local count, comparisons, with = out:match "(%d+) expressions, (%d+) comparisons, (%d+) with gcc"
    assert.is_true(tonumber(count) > 5000)
    assert.equal(12 * count, tonumber(comparisons))
    assert.is_true(tonumber(with) > 0.5 * comparisons)
  end)

  it("is the same for new ones that are made up", function()
    local seed = tonumber(os.getenv "SEED") or os.time() % 1000000
    local count = tonumber(os.getenv "COUNT") or 100
    local lines = answers.of(expressions.random(seed, count), folder, ks.root)
    local out = compare(folder .. "/image", lines, "-seed=" .. seed)
    print(("\nSEED=%d: %s"):format(seed, out))
  end)

  it("is told when the engines differ", function()
    local lines = answers.of(expressions.random(1, 5), folder, ks.root)
    local r = run(folder .. "/image", "", (lines:gsub("\t%x+ ", "\t5eed ", 1)))
    assert.equal(1, r.code)
    assert.matches("DIFFERS.*1 differ\n", r.out)
  end)

  -- "value truth" of the first picture, in which every number is 0; options as run.c has them.
  local function first(options, ...)
    local list = { ... }
    for n, text in ipairs(list) do
      list[n] = "everything\t" .. text .. "\n"
    end
    local r = run(image, "-print " .. options, table.concat(list))
    assert.equal(0, r.code, r.out)
    local lines, found = ks.lines(r.out), {}
    assert.equal(#list * PICTURES, #lines, r.out)
    for n = 1, #list do
      found[n] = lines[(n - 1) * PICTURES + 1]
    end
    return found
  end

  it("is unknown when what it needs can't be read, also under !", function()
    for _, options in ipairs { "-null", "-null -helper", "-null -no-hits" } do
      assert.same({ "? ?", "? ?", "0 0", "1 1", "1 1", "7 1", "? ?", "? ?", "1 1", "? ?", "? ?" },
        first(options, "file->f_flags == 1", "!file->f_flags", "file && file->f_flags", "file == 0",
          "!file", "file ? file->f_flags : 7", "file->f_inode->i_size", "file->f_label == 'x'",
          "a == a || file->f_flags", "file->f_flags || a == a", "*file->f_label"))
    end
  end)

  it("is unknown when it divides by 0, which C leaves open", function()
    assert.same({ "? ?", "? ?", "? ?", "? ?", "0 0", "1 1" }, first("", "1 / a", "1 % h", "g / e",
      "!(f % f)", "a && 1 / a", "!a || 1 / a"))
  end)

  it("believes a 0 that it reads", function()
    assert.same({ "0 0", "1 1", "0 0", "1 1" }, first("-direct", "file->f_flags",
      "file->f_inode->i_size == 0", "bits->long_one", "!odd->yes"))
  end)

  it("counts for nothing in our own process, and when the guard is taken", function()
    assert.same({ "- self", "- 0", "- self" }, first("-self", "a == 0", "a", "file->f_flags == 0"))
    assert.same({ "- suppressed", "- 0", "- suppressed" },
      first("-busy -direct", "a == 0", "a", "file->f_flags"))
    assert.same({ "- suppressed", "- 0", "- suppressed" },
      first("-busy -no-hits -direct", "a == 0", "a", "file->f_flags"))
  end)

  it("knows texts and the task", function()
    assert.same({ "1 1", "0 0", "0 0", "1 1", "0 0", "1 1", "1 1" }, first("",
      "comm == 'dd'", "comm == 'd'", "comm == 'ddd'", "comm != 'd'", "file->f_label == 'x'", "file->f_label == ''",
      "'dd' == comm && pid == 4242 && tid == 4243 && uid == 1000 && cpu == 0 && time == 1us"))
  end)
end)
