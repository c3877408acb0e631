-- The compiler against gcc: the same expressions over the same memory must give the same values,
-- as captures and as predicates. Our programs run in spec/core/run.c, an interpreter that is as
-- strict as the kernel's verifier about what they touch; gcc's half is spec/support/oracle.c.
local ks = require "spec.support.ks"

local PICTURES = 8

-- What stands at the leaves. Each is a value that C promotes in its own way.
local leaves = {
  "a", "b", "c", "d", "e", "f", "g", "h", "i",
  "bits->low", "bits->middle", "bits->high", "bits->sign", "bits->wide_sign", "bits->flag",
  "bits->other", "bits->long_sign", "bits->byte_one", "bits->byte_two",
  "odd->color", "odd->level", "odd->big", "odd->big_sign", "odd->small", "odd->yes", "odd->word",
  "odd->half_low", "odd->half_high", "odd->named.inner_x", "odd->named.deeper.inner_y", "odd->busy",
  "file->f_flags", "file->f_mode", "file->f_pos", "file->f_ready", "file->f_next->f_flags",
  "file->f_inode->i_mode", "file->f_inode->i_size", "file->f_inode->i_signed",
  "file->f_inode->i_small", "file->f_inode->i_short", "file->f_inode->i_version",
  "file->f_inode->i_blocks", "file->f_inode->i_gid", "file->f_inode->__i_nlink",
  "file->f_inode->i_mtime.tv_nsec", "file->f_inode->i_sb->s_magic",
  "file->f_path.dentry->d_name.len", "file->f_path.dentry->d_name.hash_len", "*odd->clock",
  "RED", "BLUE", "LEVEL_LOW", "BIG_SMALL", "BIG_TOP", "BIG_MINUS", "BIG_PLUS",
  "0", "1", "7", "0644", "255", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
  "9223372036854775807", "0x7fffffff", "0x80000000", "0xffffffff", "0x8000000000000000",
}

-- A generator of our own: the same expressions on every machine and in every version.
local function random(seed)
  local state = seed
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

local binary = { "+", "-", "*", "&", "|", "^", "==", "!=", "<", ">", "<=", ">=", "&&", "||" }
local unary = { "-", "~", "!", "+" }
local divisors = { "3", "-3", "7", "-1000", "4096", "0x80000001", "2147483648", "-2147483648",
  "6148914691236517205" }

local function expression(pick, depth)
  local kind = pick(10)
  if depth == 0 or kind == 1 then
    return leaves[pick(#leaves)]
  elseif kind <= 6 then
    local a, op = expression(pick, depth - 1), binary[pick(#binary)]
    return ("(%s %s %s)"):format(a, op, expression(pick, depth - 1))
  elseif kind == 7 then
    return ("(%s %s)"):format(unary[pick(#unary)], expression(pick, depth - 1))
  elseif kind == 8 then
    return ("(%s %s %d)"):format(expression(pick, depth - 1), ({ "<<", ">>" })[pick(2)], pick(31))
  elseif kind == 9 then
    local by = divisors[pick(#divisors)]
    if pick(2) == 1 then -- not 0 and not -1: C says nothing of those
      by = ("((%s & 15) + 1)"):format(expression(pick, depth - 1))
    end
    return ("(%s %s %s)"):format(expression(pick, depth - 1), ({ "/", "%" })[pick(2)], by)
  end
  local test, yes = expression(pick, depth - 1), expression(pick, depth - 1)
  return ("(%s ? %s : %s)"):format(test, yes, expression(pick, depth - 1))
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

-- Both answers for each expression and picture.
local function compare(folder, list)
  local c = {}
  for n, e in ipairs(list) do
    c[n] = "E(" .. e .. ")\n"
  end
  ks.write(folder .. "/expressions.h", table.concat(c))
  local oracle = ks.shell(([[gcc -w -O0 -fwrapv -DEXPRESSIONS='"%s/expressions.h"' -o %s/oracle \
    %s/spec/support/oracle.c && %s/oracle %s/image]]):format(
      folder, folder, ks.root, folder, folder))
  assert.equal(0, oracle.code, oracle.err)
  local ours = ks.shell(("%s %s everything %s/image"):format(
    ks.build "unit/run", ks.btf(), folder), table.concat(list, "\n") .. "\n")
  assert.equal(0, ours.code, ours.out:match "BROKEN[^\n]*" or ours.err)
  local expected, got, wrong = lines_of(oracle.out), lines_of(ours.out), {}
  assert.equal(#list * PICTURES, #expected)
  local at = 1
  for n, e in ipairs(list) do
    for picture = 1, PICTURES do
      if got[at] ~= expected[(n - 1) * PICTURES + picture] then
        wrong[#wrong + 1] = ("%s\n  picture %d: C says %s, we say %s"):format(e, picture,
          expected[(n - 1) * PICTURES + picture], tostring(got[at]))
        if got[at] and got[at]:find "^error" then
          at = at + 1
          break
        end
      end
      at = at + 1
    end
  end
  return wrong, #got
end

describe("what an expression means", function()
  local folder, clean

  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("is C's for every kind of value by itself", function()
    local list = { "bits->long_one", "bits->long_one == 5",
      "file->f_inode == file->f_path.dentry->d_inode",
      "file->f_inode != 0", "!file->f_inode", "file->f_next == file", "file->f_next > file",
      "file && bits", "!file || h", "file ? a : h", "a ? file->f_pos : b",
      "(file ? file : file)->f_pos",
      "odd->names != 0", "h == (i ? 1 : 0)", "-a", "~b", "- -c", "!!d", "a / 3 * 3 + a % 3" }
    for _, leaf in ipairs(leaves) do
      list[#list + 1] = leaf
    end
    assert.same({}, (compare(folder, list)))
  end)

  it("is C's for 1,000 made up ones", function()
    local seed = tonumber(os.getenv "SEED") or 20240607
    local count = tonumber(os.getenv "COUNT") or 1000
    local pick, list = random(seed), {}
    for n = 1, count do
      list[n] = expression(pick, 1 + n % 4)
    end
    local wrong, answers = compare(folder, list)
    assert.same({}, wrong)
    assert.equal(count * PICTURES, answers)
  end)

  -- "value truth" of the first picture, in which every number is 0; options as run.c has them.
  local function first(options, ...)
    compare(folder, { "a" })
    local list = { ... }
    local r = ks.shell(("%s %s everything %s/image %s"):format(ks.build "unit/run", ks.btf(),
      folder, options), table.concat(list, "\n") .. "\n")
    assert.equal(0, r.code, r.out:match "BROKEN[^\n]*" or r.err)
    local lines, answers = lines_of(r.out), {}
    assert.equal(#list * PICTURES, #lines, r.out)
    for n = 1, #list do
      answers[n] = lines[(n - 1) * PICTURES + 1]
    end
    return answers
  end

  it("is unknown when what it needs can't be read, also under !", function()
    for _, options in ipairs { "-null", "-null -no-hits" } do
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
    assert.same({ "0 0", "1 1", "0 0", "1 1" }, first("", "file->f_flags",
      "file->f_inode->i_size == 0", "bits->long_one", "!odd->yes"))
  end)

  it("counts for nothing in our own process, and when the guard is taken", function()
    assert.same({ "- self", "- 0", "- self" }, first("-self", "a == 0", "a", "file->f_flags == 0"))
    assert.same({ "- suppressed", "- 0", "- suppressed" },
      first("-busy", "a == 0", "a", "file->f_flags"))
    assert.same({ "- suppressed", "- 0", "- suppressed" },
      first("-busy -no-hits", "a == 0", "a", "file->f_flags"))
  end)

  it("knows texts", function()
    assert.same({ "1 1", "0 0", "0 0", "1 1", "1 1", "0 0", "0 0", "1 1", "1 1" }, first("",
      "comm == 'dd'", "comm == 'd'", "comm == 'ddd'", "comm != 'd'", "odd->text == ''",
      "odd->text == 'x'", "file->f_label == 'x'", "file->f_label == ''",
      "'dd' == comm && pid == 4242 && tid == 4243 && uid == 1000 && cpu == 0 && time == 1us"))
  end)
end)
