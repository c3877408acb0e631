--- Made up expressions, as text for ksnoop and as the same in C for spec/support/oracle.c.
---
--- An expression is a table: t its text, c its C, constant: it may fold to a number.
--- The same seed gives the same expressions on every machine.
local expressions = {}

--- What the front end knows beyond C's operators, members and constants. A name here is a line of
--- the table `features` below.
expressions.enabled = { cast = true, errno = true, unit = true, arg = true, task = true,
  sizeof = true, index = true, pointer = true, address = true,
  ["in"] = true, swap = true, text = true, match = true, literal = true,
  user = true, by_value = true }

local function random(seed)
  local state = seed % 2147483646 + 1
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

-- Each kind of integer as something that can be read, by place; C's text where it differs.
local kinds = { "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "bool", "enum", "bits+", "bits-" }

local everything = {
  s8 = { "a", "file->f_inode->i_signed" },
  u8 = { "b", "file->f_inode->i_small" },
  s16 = { "c", "file->f_inode->i_short" },
  u16 = { "d", "file->f_inode->i_mode", "odd->half_low", "odd->half_high" },
  s32 = { "e", "file->f_flags", "file->f_inode->i_version", "odd->named.inner_x",
    "odd->named.deeper.inner_y", "odd->busy", "file->f_inode->i_version" },
  u32 = { "f", "file->f_mode", "odd->word", "file->f_inode->i_gid", "file->f_inode->__i_nlink",
    "file->f_path.dentry->d_name.len", "file->f_next->f_mode" },
  s64 = { "g", "file->f_pos", "file->f_inode->i_size", "file->f_inode->i_mtime.tv_nsec",
    "file->f_more->result", "file->f_more->next->inner.a" },
  u64 = { "h", "file->f_inode->i_blocks", "file->f_inode->i_sb->s_magic",
    "file->f_path.dentry->d_name.hash_len", "*odd->clock" },
  bool = { "i", "odd->yes", "file->f_ready" },
  enum = { "odd->color", "odd->level", "odd->big", "odd->big_sign", "odd->small",
    "file->f_more->big_sign" },
  ["bits+"] = { "bits->low", "bits->middle", "bits->high", "bits->flag", "bits->other",
    "bits->byte_one", "bits->byte_two", { "bits->long_one", "(u64)bits->long_one" },
    "file->f_more->bits.middle" },
  ["bits-"] = { "bits->sign", "bits->wide_sign", "bits->long_sign", "file->f_more->bits.sign" },
}

-- Arguments by value, and retval.
local values = {
  s8 = { "v", "mixed.tiny" },
  u8 = { "mixed.byte", "retval->f_inode->i_small" },
  s16 = { "mixed.half", "retval->f_inode->i_short" },
  u16 = { "retval->f_inode->i_mode", "odd->half_low" },
  s32 = { "n", "small.a", "small.b", "retval->f_flags" },
  u32 = { "retval->f_mode", "odd->word" },
  s64 = { "large.a", "large.b", "mixed.wide", "retval->f_pos" },
  u64 = { "u", "retval->f_inode->i_blocks" },
  bool = { "yes", "retval->f_ready" },
  enum = { "odd->color", "odd->level", "odd->big_sign" },
  ["bits+"] = { "mixed.low", "mixed.rest", "bits->middle" },
  ["bits-"] = { "mixed.sign", "bits->sign" },
}

expressions.places = {
  { name = "everything", leaves = everything, file = "file" },
  { name = "return:values", leaves = values, file = "retval" },
}

local literals = { "RED", "BLUE", "LEVEL_LOW", "BIG_SMALL", "BIG_TOP", "BIG_MINUS", "BIG_PLUS", "0",
  "1", "7", "0644", "255", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
  "9223372036854775807", "0x7fffffff", "0x80000000", "0xffffffff", "0x8000000000000000" }
local divisors = { "3", "7", "1000", "4096", "0x80000001", "2147483648", "6148914691236517205" }

local function is_by_value(text)
  return type(text) == "string" and text:find "^%w+%." ~= nil
end

local function leaf(g, kind)
  local list = g.place.leaves[kind or kinds[g.pick(#kinds)]]
  local one = list[g.pick(#list)]
  if not g.enabled.by_value and is_by_value(one) then
    return leaf(g, kind)
  end
  return type(one) == "table" and { t = one[1], c = one[2] } or { t = one, c = one }
end

local function join(format, c_format, a, b, constant)
  return { t = format:format(a.t, b.t), c = c_format:format(a.c, b.c), constant = constant }
end

local c_names = { ["/"] = "DIV", ["%"] = "REM", ["<<"] = "SHL", [">>"] = "SHR" }

local function operation(op, a, b)
  local constant = a.constant and (b.constant or op == "&&" or op == "||")
  local text = ("(%%s %s %%s)"):format((op:gsub("%%", "%%%%")))
  return join(text, c_names[op] and c_names[op] .. "(%s, %s)" or text, a, b, constant)
end

local function choose(test, yes, no)
  return { t = ("(%s ? %s : %s)"):format(test.t, yes.t, no.t),
    c = ("(%s ? %s : %s)"):format(test.c, yes.c, no.c), constant = test.constant }
end

local function prefix(op, a)
  return { t = ("(%s %s)"):format(op, a.t), c = ("(%s %s)"):format(op, a.c), constant = a.constant }
end

local function literal(text)
  return { t = text, c = text, constant = true }
end

local binary = { "+", "-", "*", "&", "|", "^", "==", "!=", "<", ">", "<=", ">=", "&&", "||" }

-- --- features: each makes an expression of g and a depth ------------------------------------------

local features = {}
expressions.features = features

local cast_types = { "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "_Bool", "unsigned char",
  "short", "unsigned int", "long", "unsigned long long" }

local function expression(g, depth)
  local pick = g.pick
  local kind = pick(12)
  if depth == 0 or kind == 1 then
    return pick(6) == 1 and literal(literals[pick(#literals)]) or leaf(g)
  elseif kind <= 5 then
    local a = expression(g, depth - 1)
    return operation(binary[pick(#binary)], a, expression(g, depth - 1))
  elseif kind == 6 then
    return prefix(({ "-", "~", "!", "+" })[pick(4)], expression(g, depth - 1))
  elseif kind == 7 then
    local a, by = expression(g, depth - 1), expression(g, depth - 1)
    if by.constant or pick(2) == 1 then
      by = literal(tostring(pick(31)))
    end
    return operation(({ "<<", ">>" })[pick(2)], a, by)
  elseif kind == 8 then
    local a, by = expression(g, depth - 1), expression(g, depth - 1)
    if by.constant then
      by = literal(divisors[pick(#divisors)])
    end
    return operation(({ "/", "%" })[pick(2)], a, by)
  elseif kind == 9 then
    local test, yes = expression(g, depth - 1), expression(g, depth - 1)
    return choose(test, yes, expression(g, depth - 1))
  elseif #g.features > 0 then
    return features[g.features[pick(#g.features)]](g, depth)
  end
  local a = expression(g, depth - 1)
  return operation(binary[pick(#binary)], a, expression(g, depth - 1))
end

function features.cast(g, depth)
  return prefix("(" .. cast_types[g.pick(#cast_types)] .. ")", expression(g, depth - 1))
end

local sizes = { "struct file", "struct odd", "u32", "struct mixed", "void *", "enum big" }
function features.sizeof(g)
  local what = g.pick(2) == 1 and "(" .. sizes[g.pick(#sizes)] .. ")" or "(" .. leaf(g, "u16").t .. ")"
  return literal("sizeof" .. what)
end

-- { array, elements }
local arrays = { { "signs", 4 }, { "bytes", 5 }, { "shorts", 3 }, { "halves", 3 }, { "numbers", 6 }, { "words", 2 },
  { "longs", 3 }, { "quads", 2 }, { "flags", 3 }, { "levels", 2 }, { "address6", 16 },
  { "pairs", 3, ".b" } }
function features.index(g, depth)
  local more = g.place.file .. "->f_more" .. (g.pick(3) == 1 and "->next" or "")
  local a = arrays[g.pick(#arrays)]
  local member = a[3] or ""
  if g.pick(3) == 1 then
    local at = g.pick(a[2]) - 1
    local text = ("%s->%s[%d]%s"):format(more, a[1], at, member)
    return { t = text, c = text }
  end
  local i = expression(g, depth - 1)
  if i.constant or g.pick(2) == 1 then
    i = operation("&", leaf(g), literal(tostring(g.pick(4) - 1)))
  end
  return { t = ("%s->%s[%s]%s"):format(more, a[1], i.t, member),
    c = ("AT(%s->%s, %d, %s)%s"):format(more, a[1], a[2], i.c, member) }
end

-- Elements behind a pointer, of which there are 2 or more; flexible arrays; double pointers.
local pointed = { "%s->elements[%s].a", "%s->halfs[%s]", "%s->tail[%s]", "%s->list[%s]->numbers[1]",
  "(*(%s->elements + %s)).b", "*(%s->halfs + %s)", "(%s->elements + %s)->a", "%s->list[%s]->count" }
function features.pointer(g)
  local more = g.place.file .. "->f_more"
  local i = g.pick(2) == 1 and literal(tostring(g.pick(2) - 1)) or operation("&", leaf(g), literal "1")
  local form = pointed[g.pick(#pointed)]
  return { t = form:format(more, i.t), c = form:format(more, i.c) }
end

-- Addresses as numbers: only what does not depend on where the picture lies.
function features.address(g)
  local f = g.place.file
  local forms = { "((u64)&%s->f_pos - (u64)%s)", "(&%s->f_more->numbers[2] - %s->f_more->numbers)",
    "(&%s->f_next->f_inode->i_mode == &%s->f_inode->i_mode)",
    "((u64)(%s + 1) - (u64)%s)", "((u64)&%s->f_more->next->inner & 4095)",
    "(&%s->f_more->pairs[1] > &%s->f_more->pairs[0])", "(*&%s->f_inode->i_short)",
    "(&%s->f_path)->dentry->d_name.len", "(%s->f_more->list + 1 > %s->f_more->list)",
    "((struct more *)%s->f_more)->count", "((struct file *)(u64)%s)->f_flags" }
  local form = forms[g.pick(#forms)]
  local text = form:format(f, f)
  return { t = text, c = text }
end

features["in"] = function(g, depth)
  local x, list, tests = expression(g, depth - 1), {}, {}
  if x.constant then
    x = leaf(g)
  end
  for n = 1, 1 + g.pick(3) do
    list[n] = literals[g.pick(#literals)]
    tests[n] = ("l_ == %s"):format(list[n])
  end
  return { t = ("(%s in (%s))"):format(x.t, table.concat(list, ", ")),
    c = ("({ LET(l_, %s); %s; })"):format(x.c, table.concat(tests, " || ")) }
end

function features.swap(g, depth)
  local wide = g.pick(2) == 1
  local names = wide and { "ntohl", "htonl" } or { "ntohs", "htons" }
  local of = g.pick(3) == 1 and expression(g, depth - 1) or nil
  local text = g.place.file .. "->f_more->" .. (wide and "address" or "port")
  if of and g.enabled.cast then
    of = prefix(wide and "(u32)" or "(u16)", of)
  else
    of = { t = text, c = text }
  end
  return { t = ("%s(%s)"):format(names[1], of.t),
    c = ("__builtin_bswap%d(%s)"):format(wide and 32 or 16, of.c), constant = of.constant }
end

local words = { "", "a", "passwd", "passwd-", "fifteen letters", "sixteen letters!" }
-- { text, C, size of the array }
local texts = { { "->f_more->name", 16 }, { "->f_label" }, { "->f_more->strings[1]" },
  { "->f_path.dentry->d_name.name" } }
function features.text(g)
  local what, word = texts[g.pick(2)], words[g.pick(#words)]
  if g.enabled.index then
    what = texts[g.pick(#texts)]
  end
  local path = g.place.file .. what[1]
  local op = g.pick(2) == 1 and "==" or "!="
  local c = what[2] and ('SAMEN(%s, %d, "%s")'):format(path, what[2], word) or
    ('SAME(%s, "%s")'):format(path, word)
  return { t = ("(%s %s '%s')"):format(path, op, word), c = (op == "==" and "(" or "(!") .. c .. ")" }
end

local globs = { "*", "", "a*", "*d", "pass*", "*ss*", "?", "p?ss*", "*letters*", "*e*e*", "passwd?",
  "*!", "????????????????", "*swd", "*sw?*", "*tter?*", "p*s*d*" }
function features.match(g)
  local what, glob = texts[g.pick(g.enabled.index and #texts or 2)], globs[g.pick(#globs)]
  local path = g.place.file .. what[1]
  local op = g.pick(2) == 1 and "~" or "!~"
  return { t = ("(%s %s '%s')"):format(path, op, glob),
    c = ('%sGLOB(%s, %d, "%s")'):format(op == "~" and "" or "!", path, what[2] or 128, glob) }
end

-- The bits of a prefix: text, the C of its number by a shift.
local function prefixed(bits, number)
  local masks = { [0] = "1" }
  for n = 1, bits do
    masks[n] = ("(%%s >> %d) == (%s >> %d)"):format(bits - n, number, bits - n)
  end
  return masks
end

-- What the pictures' random bytes do match now and then, and what they never will.
local v4 = { { "0.0.0.0", 0, "0u" }, { "128.0.0.0", 1, "0x80000000u" }, { "0.0.0.0", 1, "0u" },
  { "192.0.0.0", 2, "0xc0000000u" }, { "64.0.0.0", 3, "0x40000000u" }, { "10.0.0.0", 8, "0x0a000000u" },
  { "255.255.255.255", 32, "0xffffffffu" }, { "0.0.0.0", 32, "0u" }, { "1.2.3.4", 32, "0x01020304u" },
  { "172.16.0.0", 12, "0xac100000u" }, { "10.1.2.254", 31, "0x0a0102feu" } }
local v6 = { { "::", 0, "0ull" }, { "8000::", 1, "0x8000000000000000ull" }, { "::", 2, "0ull" },
  { "fe80::", 10, "0xfe80000000000000ull" }, { "2001:db8::", 64, "0x20010db800000000ull" },
  { "::", 64, "0ull" }, { "ffff:ffff:ffff:ffff::", 64, "0xffffffffffffffffull" } }

-- Two addresses: of one place, of two, or with a family that is made up.
local families = { "%s->family", "2", "10", "(%s->family & 10)", "%s->next->family" }
local places4 = { "%s->address", "%s->address", "%s->next->address", "%s->numbers[2]" }
local places6 = { "%s->address6", "%s->address6", "%s->next->address6", "%s->quads" }
local function two_addresses(g, more)
  local text, c = {}, {}
  for i = 1, 2 do
    local n = i == 1 and { 1, 1, 1 } or { g.pick(#families), g.pick(#places4), g.pick(#places6) }
    local family = families[n[1]]:format(more)
    local four, six = places4[n[2]]:format(more), places6[n[3]]:format(more)
    text[i] = ("addr(%s, %s, %s)"):format(family, four, six)
    c[i] = { family, four, six }
  end
  local differs = g.pick(2) == 1
  return { t = ("(%s %s %s)"):format(text[1], differs and "!=" or "==", text[2]),
    c = ("(%sSAME_ADDRESS(%s, %s, %s, %s, %s, %s))"):format(differs and "!" or "", c[1][1], c[2][1],
      c[1][2], c[2][2], c[1][3], c[2][3]) }
end

function features.literal(g)
  local more, wide = g.place.file .. "->f_more", g.pick(2) == 1
  if g.pick(4) == 1 then
    return two_addresses(g, more)
  end
  local list, bits = wide and v6 or v4, wide and 64 or 32
  local one = list[g.pick(#list)]
  local text = one[2] == 32 and g.pick(2) == 1 and one[1] or one[1] .. "/" .. one[2]
  local swapped = wide and ("__builtin_bswap64(*(u64 *)%s->address6)"):format(more)
    or ("__builtin_bswap32(%s->address)"):format(more)
  local c = "(" .. prefixed(bits, one[3])[one[2]]:format(swapped) .. ")"
  if wide or g.pick(2) == 1 then
    text = (wide or g.pick(2) == 1) and "'" .. text .. "'" or text
    local differs = g.pick(2) == 1
    return { t = ("(addr(%s->family, %s->address, %s->address6) %s %s)"):format(more, more, more,
        differs and "!=" or "==", text),
      c = ("(%s(%s->family == %d && %s))"):format(differs and "!" or "", more, wide and 10 or 2, c) }
  end
  return { t = ("(%s->address %s %s)"):format(more, "==", text), c = c }
end

function features.user(g)
  local forms = { { "user(%s->f_more->user_file)->f_flags", "%s->f_more->user_file->f_flags" },
    { "user(%s->f_more->user_file)->f_inode->i_short", "%s->f_inode->i_short" },
    { "(user(%s->f_more->user_name) == 'passwd')", 'SAME(%s->f_more->user_name, "passwd")' },
    { "(user(%s->f_more->user_name) == '')", 'SAME(%s->f_more->user_name, "")' },
    { "((struct file *)user(%s->f_more->user_file))->f_pos", "%s->f_pos" } }
  local form = forms[g.pick(#forms)]
  return { t = form[1]:format(g.place.file), c = form[2]:format(g.place.file) }
end

function features.errno(g)
  local of = leaf(g, ({ "s32", "s64", "s16" })[g.pick(3)])
  if g.pick(2) == 1 then
    of = { t = g.place.file .. "->f_more->result", c = g.place.file .. "->f_more->result" }
  end
  return { t = ("errno(%s)"):format(of.t),
    c = ("({ LET(l_, %s); l_ < 0 && l_ >= -4095 ? (int)-l_ : 0; })"):format(of.c) }
end

function features.unit(g)
  local name, each = ({ "ns", "us", "ms" })[g.pick(3)], { ns = 1, us = 1000, ms = 1000000 }
  local of = leaf(g, ({ "u32", "s32", "u64", "s64" })[g.pick(4)])
  return { t = ("((long)%s(%s))"):format(name, of.t), c = ("((s64)%s * %d)"):format(of.c, each[name]) }
end

function features.arg(g)
  local forms = g.place.name == "everything" and { { "arg(0)", "a" }, { "arg(f)", "f" },
    { "arg(struct bits *)->middle", "bits->middle" }, { "first(nothing_here, d)", "d" } } or
    { { "arg(1)", "n" }, { "arg(struct odd *)->word", "odd->word" }, { "arg(v)", "v" } }
  local form = forms[g.pick(#forms)]
  return { t = form[1], c = form[2] }
end

-- What is computed while compiling.
local constants = { "1 && 0", "0 || 0", "7 && BLUE", "0 || BIG_TOP", "0 && h", "1 || h", "7 && (1 - 1)", "-7 / 2",
  "-7 % 2", "7 / -2", "(u8) 300", "(s8) 200", "(_Bool) 256", "(s16) 0x8000", "(u32) -1", "(long) 0xffffffff",
  "0 ? a : h", "1 ? a : h", "2147483648 ? b : g", "-1 >> 1", "0xffffffff >> 1", "1 << 31", "1 << 31 >> 31",
  "~0", "- -1", "!BIG_TOP", "2147483647 + 1", "0x80000000 * 2", "LEVEL_LOW < 0", "LEVEL_LOW < 0x80000000",
  "BIG_MINUS < BIG_TOP",
  "sizeof(struct odd) - 1000 > 0", "-9223372036854775807 - 1", "(-9223372036854775807 - 1) >> 63" }

-- What gcc can't know.
local unknown, unknown_unsigned = "({ undefined = true; 0; })", "({ undefined = true; 0u; })"
local tasks = { "pid", "tid", "uid", "cpu", "(comm == 'dd')", "(comm ~ 'd*')", "(comm != 'differential')" }
-- What a helper gives has a second number in its high half.
local halves = { "(u64)pid", "(u64)tid", "(u64)uid", "(s64)gid + 1", "tid + (u64)1", "(s64)uid >> 32" }
function features.task(g)
  local text = tasks[g.pick(#tasks)]
  return { t = text, c = text:find "comm" and unknown or unknown_unsigned }
end

-- Captures that are no numbers.
local captures = { "str(%s->f_label)", "str(%s->f_label, 3)", "str(%s->f_label, 6)", "%s->f_tag",
  "str(%s->f_more->strings[1], 7)", "%s->f_more->name", "str(%s->f_more->name, 4)",
  "str(%s->f_more->strings[%s->f_more->count], 40)", "buf(%s->f_more->bytes, 5)", "buf(%s->f_label, 7)",
  "addr(%s->f_more->family, %s->f_more->address, %s->f_more->address6)",
  "str(user(%s->f_more->user_name))", "buf(user(%s->f_more->user_name), 3)", "comm",
  "str(%s->f_more->failed)", "user(%s->f_more->user_file)->f_tag",
  "*%s", "%s->f_path", "*%s->f_path.dentry", "%s->f_path.dentry->d_name", "*%s->f_inode",
  "%s->f_more->numbers", "%s->f_more->pairs", "%s->f_more->pairs[1]", "*user(%s->f_more->user_file)",
  "%s->f_more->pairs[%s->f_more->count]", "%s->f_more->elements[1]", "*(int *)%s->f_more->failed",
  "%s->f_more->numbers[2:5]", "%s->f_more->bytes[:3]", "%s->f_more->pairs[1:3]", "%s->f_label[1:4]",
  "%s->f_more->numbers[:%s->f_more->count]", "%s->f_more->pairs[:%s->f_more->count]",
  "%s->f_more->numbers[%s->f_more->count:6]", "%s->f_more->numbers[1:%s->f_flags]",
  "%s->f_more->bytes[%s->f_more->count:%s->f_more->count + 2]", "%s->f_more->halfs[1:%s->f_flags & 3]",
  "%s->f_more->elements[:%s->f_more->count]", "%s->f_more->elements[%s->f_more->count:2]",
  "%s->f_more->tail[:%s->f_more->count]", "%s->f_label[%s->f_flags & 1:%s->f_mode & 3]",
  "%s->f_more->numbers[%s->f_flags:%s->f_mode]", "%s->f_more->user_name[:%s->f_more->count]",
  "user(%s->f_more->user_name)[:%s->f_mode & 7]", "((int *)%s->f_more->failed)[0:4]",
  "((int *)%s->f_more->failed)[%s->f_more->count:4]",
  "path(%s)", "path(&%s->f_next->f_path)", "path(%s->f_path.dentry)", "path(%s->f_path.dentry->d_parent)" }
local by_value = { "small", "large", "mixed", "large.b" }
-- Addresses: gcc knows them, but for user's.
local pointers = { "%s->f_more->failed", "%s->f_next", "%s->f_more->list", "&%s->f_pos", "%s->f_more->handler" }

-- -------------------------------------------------------------------------------------------------

local function generator(seed, enabled)
  local g = { pick = random(seed), enabled = enabled, features = {} }
  for name in pairs(features) do
    if enabled[name] then
      g.features[#g.features + 1] = name
    end
  end
  table.sort(g.features)
  return g
end

--- `count` expressions of depth 1 to 4: a list of { place = , t = , c = }.
function expressions.random(seed, count, enabled)
  local g, list = generator(seed, enabled or expressions.enabled), {}
  for n = 1, count do
    g.place = expressions.places[n % 5 == 0 and 2 or 1]
    list[n] = expression(g, 1 + n % 4)
    list[n].place = g.place
  end
  return list
end

--- Every leaf and literal by itself.
function expressions.simple()
  local list = {}
  for _, place in ipairs(expressions.places) do
    for _, kind in ipairs(kinds) do
      for _, one in ipairs(place.leaves[kind]) do
        local pair = type(one) == "table" and one or { one, one }
        if expressions.enabled.by_value or not is_by_value(one) then
          list[#list + 1] = { place = place, t = pair[1], c = pair[2] }
        end
      end
    end
  end
  for _, place in ipairs(expressions.places) do
    for _, form in ipairs(captures) do
      list[#list + 1] = { place = place, t = form:gsub("%%s", place.file), c = unknown }
    end
    for _, text in ipairs(place.name == "return:values" and by_value or {}) do
      list[#list + 1] = { place = place, t = text, c = unknown }
    end
    for _, form in ipairs(pointers) do
      local text = form:gsub("%%s", place.file)
      list[#list + 1] = { place = place, t = text, c = text }
    end
  end
  for _, text in ipairs(halves) do
    list[#list + 1] = { place = expressions.places[1], t = text, c = unknown }
  end
  for _, texts_of in ipairs { literals, expressions.enabled.cast and constants or {} } do
    for _, text in ipairs(texts_of) do
      list[#list + 1] = { place = expressions.places[1], t = text, c = text }
    end
  end
  return list
end

-- The expression of an empty cell of the coverage table.
local function cell(g, op, left, right)
  if op == "?:" then
    return choose(leaf(g), leaf(g, left), leaf(g, right))
  elseif op == "cast" then
    return prefix("(" .. (right == "bool" and "_Bool" or right) .. ")", leaf(g, left))
  elseif op:find "x$" then
    return prefix(op:sub(1, 1), leaf(g, left))
  end
  return operation(op, leaf(g, left), leaf(g, right))
end

-- Joins a list to one expression, each of its parts below so many operators.
local function join_all(g, list, from, to)
  if from == to then
    return list[from]
  end
  local middle = math.floor((from + to) / 2)
  local a, b = join_all(g, list, from, middle), join_all(g, list, middle + 1, to)
  return operation(({ "+", "^", "-", "!=", "<" })[g.pick(5)], a, b)
end

local kinds_of_casts = { "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "bool" }

-- Calls f with an operator and the kinds of its operands for each cell of the coverage table.
local function each_cell(enabled, f)
  local ops = { "/", "%", "<<", ">>", "?:" }
  for _, op in ipairs(binary) do
    ops[#ops + 1] = op
  end
  for _, left in ipairs(kinds) do
    for _, op in ipairs { "-x", "~x", "!x" } do
      f(op, left)
    end
    for _, op in ipairs(ops) do
      for _, right in ipairs(kinds) do
        f(op, left, right)
      end
    end
    for _, right in ipairs(enabled.cast and kinds_of_casts or {}) do
      f("cast", left, right)
    end
  end
end

--- Expressions that fill every cell of the table that spec/core/run.c prints.
function expressions.cells(seed, enabled)
  enabled = enabled or expressions.enabled
  local g, list = generator(seed, enabled), {}
  g.place = expressions.places[1]
  for depth = 1, 4 do
    local room, waiting = 2 ^ (depth - 1), {}
    local function flush()
      while #waiting < room do
        waiting[#waiting + 1] = leaf(g)
      end
      list[#list + 1] = join_all(g, waiting, 1, room)
      list[#list].place = g.place
      waiting = {}
    end
    each_cell(enabled, function(op, left, right)
      local e = cell(g, op, left, right)
      if op == "/" or op == "%" then -- unknown, they make all around them unknown
        while #waiting > 0 do
          flush()
        end
      end
      waiting[#waiting + 1] = e
      if #waiting == room or op == "/" or op == "%" then
        flush()
      end
    end)
    if #waiting > 0 then
      flush()
    end
  end
  return list
end

--- What oracle.c includes.
function expressions.header(list)
  local lines = {}
  for n, e in ipairs(list) do
    lines[n] = ("E(%s)\n"):format(e.c)
  end
  return table.concat(lines)
end

--- What run reads; answers: oracle's lines, or nil.
function expressions.lines(list, answers)
  local lines = {}
  for n, e in ipairs(list) do
    lines[n] = ("%s\t%s%s\n"):format(e.place.name, e.t, answers and "\t" .. answers[n] or "")
  end
  return table.concat(lines)
end

return expressions
