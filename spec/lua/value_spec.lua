-- Structs, unions and arrays as scripts see them. LuaJIT's own FFI, which was told of the same types
-- in C, says what every member of them holds.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local access = ks.require "ksnoop.access"
local core, value = ks.require "ksnoop.core", ks.require "ksnoop.value"
local lease, view = ks.require "ksnoop.lease", ks.require "ksnoop.view"
local module = ks.require "ksnoop"
local C = core.C

-- Members that the FFI has not, from the bytes.
local function word(s, at)
  return ffi.cast("uint64_t *", ffi.cast("uint8_t *", s) + at)[0]
end

local own = {
  long_one = function(s) return tonumber(bit.rshift(word(s, 8), 2) % 2ULL ^ 40) end,
  long_sign = function(s) return tonumber(bit.arshift(ffi.cast("int64_t", word(s, 16) * 2ULL ^ 40), 40)) end,
  byte_one = function(s) return s.rest[10] % 16 end,
  byte_two = function(s) return math.floor(s.rest[10] / 16) end,
  first = function(s) return s.b[0] % 16 end,
  -- pahole says that it is an integer, unless told otherwise.
  ratio = function(s) return word(s, ffi.offsetof("struct fx_odd", "ratio")) end,
  across = function(s)
    local v = 0ULL
    for i = 8, 0, -1 do
      for at = 7, i == 0 and 4 or 0, -1 do
        if i * 8 + at < 65 then
          v = v * 2 + bit.band(bit.rshift(s.b[i], at), 1)
        end
      end
    end
    return v
  end,
}

-- The fixture's structs, with what the FFI does not know spelled otherwise, under names of their own.
local function declare()
  if pcall(ffi.typeof, "struct fx_more") then
    return
  end
  local text = ks.read "spec/fixtures/kernel.c"
  local structs = {}
  for head, body, tail in text:gmatch "\n(struct [%w_]+ )(%b{})([^;\n]*;)" do
    structs[#structs + 1] = head .. body .. tail
  end
  text = table.concat(structs, "\n"):gsub("//[^\n]*", ""):gsub("__int128", "__attribute__((aligned(16))) u128_t")
  for name, plain in pairs { u8 = "uint8_t", u16 = "uint16_t", u32 = "uint32_t", u64 = "uint64_t", s8 = "int8_t",
    s16 = "int16_t", s32 = "int32_t", s64 = "int64_t", __be16 = "uint16_t", __be32 = "uint32_t",
    __be64 = "uint64_t", fmode_t = "unsigned int", loff_t = "int64_t", _Bool = "bool", u128_t = "fx_bytes16" } do
    text = text:gsub("%f[%w_]" .. name .. "%f[^%w_]", plain)
  end
  for name, plain in pairs { color = "uint32_t", level = "int32_t", big = "uint64_t", big_sign = "int64_t",
    small_enum = "uint8_t" } do
    text = text:gsub("enum " .. name .. "%f[^%w_]", plain)
  end
  text = text:gsub("struct ([%w_]+)", "struct fx_%1"):gsub("atomic_long_t", "struct { long counter; }")
  -- Of bit-fields of 64 bits the FFI knows nothing.
  text = text:gsub("uint64_t long_one : 40;.-byte_two : 4;", "uint8_t rest[15];")
  text = text:gsub("(struct fx_packed_bits )%b{}", "%1{ uint8_t b[9]; }")
  ffi.cdef("typedef struct { uint8_t b[16]; } fx_bytes16;\n" .. text)
end

local random = 1
local function byte()
  random = (random * 16807) % 2147483647
  return math.floor(random / 8) % 256
end

describe("a value in Lua", function()
  local trace, types, ids, clean

  setup(function()
    declare()
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf()
    local folder
    folder, clean = ks.folder()
    options.kallsyms = folder .. "/kallsyms"
    ks.write(folder .. "/kallsyms",
      "ffffffff81000000 T _text\nffffffff81001000 T first_one\nffffffff81002000 t second_one\n")
    trace = C.ks_open(options, core.error)
    local probe = C.ks_probe(trace, ffi.new("const char *[1]", { "everything" }), 1, core.error)
    types = C.ks_types(C.ks_variant(probe, 0))
    ids = {}
    local id, part = 1, ffi.new "struct ks_part"
    while C.ks_type_whole(types, id, part, core.error) == 0 do
      local name = core.text(function(buf, n) return C.ks_type_name(types, id, buf, n) end)
      ids[name] = ids[name] or id
      id = id + 1
    end
    assert.is_true(id > 50)
  end)
  teardown(function()
    C.ks_close(trace)
    clean()
  end)

  -- A view of a struct's bytes, of which `there` are there; and the bytes.
  local function of(name, there)
    local type = value.of(trace, types, (assert(ids[name], name)))
    local bytes = ffi.new("uint8_t[?]", math.max(type.size, there or 0))
    for i = 0, math.max(type.size, there or 0) - 1 do
      bytes[i] = byte()
    end
    return type.borrowed(bytes, lease.clock[0], there or type.size, 0), bytes, type
  end

  it("is shown by every spec that fits, whoever asked for it before", function()
    local v, bytes, type_of = nil, nil, nil
    local function shown(member, ctype, number, spec)
      ffi.cast(ctype .. " *", bytes + type_of.by_name[member].offset)[0] = number
      return module.text(v, member, spec)
    end
    local function refused(member, spec)
      local e = select(2, pcall(module.text, v, member, spec))
      return e.message
    end
    v, bytes, type_of = of "struct path"
    assert.equal("0xffffffff81001010", shown("dentry", "uint64_t", 0xffffffff81001010ULL, nil))
    assert.equal("first_one+0x10", shown("dentry", "uint64_t", 0xffffffff81001010ULL, "sym"))
    assert.equal("0xffffffff81001010", shown("dentry", "uint64_t", 0xffffffff81001010ULL, "x"))
    assert.equal("size is for numbers, and this is struct dentry *", refused("dentry", "size"))
    assert.equal("tree is for structs, arrays and bytes, and this is struct dentry *", refused("dentry", "tree"))
    assert.equal("size is for numbers, and this is struct path", refused(nil, "size"))
    assert.is_truthy(module.text(v, nil, "full"):find "\n\t%.dentry = first_one%+0x10,\n")
    v, bytes, type_of = of "struct inode"
    assert.equal("64K", shown("i_size", "int64_t", 65536, "size"))
    assert.equal("   64K", shown("i_size", "int64_t", 65536, "size|6"))
    assert.equal("65.5us", shown("i_size", "int64_t", 65536, "dur"))
    assert.equal("second_one", shown("i_ino", "uint64_t", 0xffffffff81002000ULL, "sym"))
    assert.equal("SIGKILL", shown("i_version", "int32_t", 9, "SIG*"))
    assert.equal("0x9", shown("i_version", "int32_t", 9, "x"))
    assert.equal("no constant of this kernel matches 'NOTHING_*'", refused("i_version", "NOTHING_*"))
    assert.equal("'big' is no way to show a value", refused("i_version", "big"))
    assert.is_truthy(refused("i_version", ("A"):rep(200) .. "*"):find "names of more than 127 letters")
  end)

  -- Is v what the FFI says? Returns how many numbers, strings and booleans it has compared.
  local function same(expected, v, path)
    if type(v) == "cdata" and not ffi.istype("int64_t", v) and not ffi.istype("uint64_t", v) then
      local n = 0
      -- Of arrays in arrays BTF says, from some compilers, that they are one.
      if type(v[" type"].element) == "table" and v[" type"].element.shape == C.KS_SCALAR
        and type(expected[0]) == "cdata" and ffi.sizeof(expected[0]) > v[" type"].stride then
        assert.equal(4, v[" type"].stride)
        expected = ffi.cast("int32_t *", expected)
      end
      if type(expected) == "cdata" and ffi.istype("fx_bytes16", expected) then
        error(path .. " is no view")
      end
      for name, inner in pairs(v) do
        local member = own[name] and own[name](expected)
        if member == nil then
          member = expected[name]
        end
        n = n + same(member, inner, path .. "." .. name)
      end
      return n
    end
    if type(v) == "string" then
      if type(expected) == "cdata" and ffi.istype("fx_bytes16", expected) then
        assert.equal(ffi.string(expected, 16), v, path)
      else
        local all = ffi.string(expected, ffi.sizeof(expected))
        assert.equal(all:match "^[^%z]*", v, path)
      end
    elseif type(expected) == "cdata" and pcall(ffi.cast, "intptr_t", expected) then
      local exact = core.exact(ffi.istype("uint64_t", expected) and expected
        or ffi.cast("int64_t", ffi.cast("intptr_t", expected)))
      assert.equal(type(exact), type(v), path)
      assert.is_true(exact == v, path)
    elseif expected ~= expected then
      assert.is_true(v ~= v, path)
    else
      assert.equal(expected, v, path)
    end
    return 1
  end

  for name, least in pairs { bits = 11, packed_bits = 2, more = 80, odd = 30, file = 12, inode = 15, qstr = 4,
    dentry = 8, pair16 = 2, super_block = 18, mixed = 7 } do
    it(("has in struct %s what C has"):format(name), function()
      for _ = 1, 50 do
        local v, bytes = of("struct " .. name)
        local expected = ffi.cast(("struct fx_%s *"):format(name), bytes)
        assert.is_true(same(expected, v, name) >= least)
        same(expected, module.copy(v), "copy of " .. name)
      end
    end)
  end

  it("has floats as numbers", function()
    local bytes = ffi.new("uint8_t[16]")
    ffi.cast("double *", bytes + 3)[0], ffi.cast("float *", bytes + 11)[0] = -1.5, 0.25
    for size, n in pairs { [8] = -1.5, [4] = 0.25 } do
      local body, need = access.scalar({ kind = C.KS_FLOAT, offset = size == 8 and 3 or 11, size = size, bits = 0 }, 16)
      assert.equal(n, access.compile("p", body, {})(ffi.cast("const uint8_t *", bytes)))
      assert.equal(size == 8 and 11 or 15, need)
    end
  end)

  it("has bit-fields with every bit in its place", function()
    local v, bytes = of "struct packed_bits"
    for bit_number = 0, 60 do
      ffi.fill(bytes, 9)
      local at = bit_number + 4
      bytes[math.floor(at / 8)] = 2 ^ (at % 8)
      assert.is_true(v.across == bit.lshift(1ULL, bit_number), tostring(bit_number))
      assert.equal(0, v.first)
    end
    local w, more = of "struct bits"
    ffi.fill(more, ffi.sizeof "struct fx_bits", 255)
    assert.same({ 7, -1, -1, true, 2 ^ 40 - 1, -1 }, { w.low, w.sign, w.wide_sign, w.flag, w.long_one, w.long_sign })
  end)

  local function message(f)
    local ok, e = pcall(f)
    assert.is_false(ok)
    return e.message, e.hint
  end

  it("says which member was meant", function()
    local v = of "struct file"
    local text, hint = message(function() return v.f_modes end)
    assert.equal("struct file has no member 'f_modes'", text)
    assert.equal("did you mean f_mode or f_more?", hint)
    assert.equal("struct file has no member '0'", (message(function() return v[0] end)))
    assert.equal("struct path has no member 'f_mode'", (message(function() return v.f_path.f_mode end)))
    assert.equal("struct file has no member '\\x1b[2J'", (message(function() return v["\27[2J"] end)))
    assert.equal("a value can't be changed", (message(function() v.f_mode = 1 end)))
    assert.equal("a value can't be changed", (message(function() v.new = 1 end)))
  end)

  it("has arrays with a first and a last element", function()
    local v = of "struct more"
    assert.equal(4, #v.signs)
    assert.equal(3, #v.pairs)
    local text, hint = message(function() return v.signs[4] end)
    assert.equal("s8 [4] has no element 4", text)
    assert.equal("its elements are 0 to 3", hint)
    for _, i in ipairs { -1, 0.5, 1e300, -1e300, 0 / 0, 2 ^ 32, 2 ^ 53 } do
      assert.is_truthy(message(function() return v.signs[i] end):find "^s8 %[4%] has no element ", tostring(i))
    end
    assert.equal("s8 [4] has no element 'first'", (message(function() return v.signs.first end)))
    assert.equal(v.signs[3], v.signs[3LL])
    local seen = {}
    for i, x in ipairs(v.signs) do
      seen[#seen + 1] = i
      assert.equal(v.signs[i], x)
    end
    assert.same({ 0, 1, 2, 3 }, seen)
    assert.equal(v.pairs[1].b, module.copy(v.pairs)[1].b)
  end)

  it("shows of what was captured in part only that part", function()
    local size = ffi.offsetof("struct fx_more", "numbers") + 8
    local v, bytes = of("struct more", size)
    for i = 0, size - 1 do
      bytes[i] = 1
    end
    assert.equal(0x01010101, v.numbers[1])
    assert.equal(6, #v.numbers)
    local text = message(function() return v.numbers[2] end)
    assert.equal("s32 [6] was captured up to byte 8: '2' lies behind", text)
    text = message(function() return v.words end)
    assert.is_truthy(text:find "^struct more was captured up to byte %d+: 'words' lies behind$", text)
    local names = {}
    for name in pairs(v) do
      names[#names + 1] = name
    end
    assert.same({ "signs", "bytes", "shorts", "halves" }, names)
    local kept = module.copy(v)
    bytes[0] = 0x7f
    assert.equal(1, kept.signs[0])
    assert.equal("s32 [6] was captured up to byte 8: '2' lies behind",
      (message(function() return kept.numbers[2] end)))
  end)

  it("has as many elements of a flexible array as were captured", function()
    local size = ffi.offsetof("struct fx_more", "tail")
    local v, bytes = of("struct more", size + 11)
    assert.equal(2, #v.tail)
    assert.equal(ffi.cast("int32_t *", bytes + size)[1], v.tail[1])
    assert.equal("s32[] has no element 2", (message(function() return v.tail[2] end)))
    assert.equal(0, #of("struct more", size).tail)
    local w, text = of("struct odd", ffi.offsetof("struct fx_odd", "tail") + 5)
    ffi.copy(text + ffi.offsetof("struct fx_odd", "tail"), "abcde", 5)
    assert.equal("abcde", w.tail)
  end)

  it("prints as C has it, whole and in parts", function()
    local v, bytes = of "struct path"
    ffi.fill(bytes, 16)
    ffi.cast("uint64_t *", bytes)[1] = 0xffff888000001000ULL
    assert.equal("{.dentry = 0xffff888000001000}", tostring(v))
    assert.equal("0xffff888000001000", module.text(v, "dentry"))
    local w, odd = of "struct odd"
    ffi.fill(odd, ffi.sizeof "struct fx_odd")
    local o = ffi.cast("struct fx_odd *", odd)
    o.color, o.numbers[2], o.yes = 7, 4096, true
    ffi.copy(o.text, "\27[2J")
    assert.equal("BLUE", module.text(w, "color"))
    assert.equal("4096", module.text(w.numbers, 2))
    assert.equal("4.0K", module.text(w.numbers, 2, "size"))
    assert.is_truthy(tostring(w):find("BLUE", 1, true), tostring(w))
    assert.is_nil(tostring(w):find "\27")
    assert.equal(tostring(w.numbers), module.text(w, "numbers"))
    local b, bits = of "struct bits"
    ffi.fill(bits, ffi.sizeof "struct fx_bits")
    ffi.cast("struct fx_bits *", bits).sign = -3
    assert.equal("-3", module.text(b, "sign"))
    assert.equal("int [4] has no element 9", (message(function() return module.text(w.numbers, 9) end)))
    assert.equal("'nothing' is no way to show a value",
      (message(function() return module.text(w, "color", "nothing") end)))
  end)

  it("is over with its event; a copy of it is not", function()
    local v = of "struct more"
    local inner, list, kept = v.inner, v.signs, module.copy(v)
    local a, first = inner.a, list[0]
    lease.tick()
    for _, f in ipairs { function() return v.count end, function() return inner.a end,
      function() return list[0] end, function() return module.copy(v) end,
      function() return tostring(v) end, function() return module.text(inner, "a") end } do
      assert.equal("this event is over: it lasts until its function returns", (message(f)))
    end
    assert.is_true(kept.inner.a == a)
    assert.equal(first, kept.signs[0])
    assert.equal(kept, module.copy(kept))
    assert.is_true(module.copy(kept.inner).a == a)
  end)

  it("of a type that nobody has is refused", function()
    assert.is_truthy(message(function() value.of(trace, types, 10000000) end):find "there is no type")
  end)

  it("is what ks.text, ks.why and ks.copy are told apart by", function()
    local v = of "struct path"
    assert.equal("ks.why takes an event, not a value", (message(function() module.why(v, "mnt") end)))
    assert.equal("ks.text takes an event or a value of one, not a number",
      (message(function() module.text(1, "mnt") end)))
    assert.equal(7, module.copy(7))
    assert.equal(7LL, module.copy(7LL))
    assert.is_false((view.is(7LL)))
    assert.is_false((view.is(ffi.new "struct ks_error")))
  end)
end)

describe("ks.key", function()
  it("makes one key of what is equal", function()
    assert.equal(5, module.key(5LL))
    assert.equal(2 ^ 53, module.key(2ULL ^ 53))
    assert.equal("9007199254740993", module.key(9007199254740993LL))
    assert.equal("18446744073709551615", module.key(-1LL + 0ULL))
    assert.equal("-9223372036854775808", module.key(-0x8000000000000000LL))
    assert.equal("text", module.key "text")
    assert.is_true(module.key(true))
    assert.is_nil(module.key(nil))
  end)
end)
