-- What leaves us as text: values as people read them, JSON as machines do, and never a byte that a
-- terminal would obey.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core, views = ks.require "ksnoop.core", ks.require "ksnoop.value"
local C = core.C

-- Every UTF-8 sequence of these code points.
local function utf8(c)
  if c < 0x80 then
    return string.char(c)
  elseif c < 0x800 then
    return string.char(0xc0 + math.floor(c / 64), 0x80 + c % 64)
  elseif c < 0x10000 then
    return string.char(0xe0 + math.floor(c / 4096), 0x80 + math.floor(c / 64) % 64, 0x80 + c % 64)
  end
  return string.char(0xf0 + math.floor(c / 262144), 0x80 + math.floor(c / 4096) % 64,
    0x80 + math.floor(c / 64) % 64, 0x80 + c % 64)
end

local nasty = {
  "\27[31mred\27[0m",
  "\27]52;c;cm0gLXJmIC8=\7", -- OSC 52: writes the clipboard
  "\27]0;title\27\\",
  "\155" .. "31m", -- CSI as one byte, no UTF-8
  utf8(0x9b) .. "31m", -- CSI as UTF-8
  "a\rb\nc\td\be\0f\127",
  utf8(0x202e) .. "gnp.exe" .. utf8(0x2066), -- shown backwards
  utf8(0x2028) .. utf8(0xfeff),
  "\192\175\224\128\128", -- overlong
  "\237\160\128", -- a surrogate
  "\244\144\128\128", -- past U+10FFFF
  "\226\130", -- cut off
  "\255\254",
  'quotes " and \\ backslashes',
  "größer " .. utf8(0x1f41d) .. utf8(0x4e2d),
}
for byte = 0, 255 do
  nasty[#nasty + 1] = "x" .. string.char(byte) .. "y"
end

-- Is every character in it one that a terminal only shows?
local function harmless(text)
  return not text:find "[%z\1-\31\127]" and not text:find "\194[\128-\159]"
    and not text:find "\226\128[\142\143\168-\174]" and not text:find "\226\129[\166-\169]"
    and not text:find "\239\187\191" and not text:find "\216\156"
end

describe("text for a terminal", function()
  it("holds nothing that a terminal obeys", function()
    for _, s in ipairs(nasty) do
      local safe = core.safe(s)
      assert.is_true(harmless(safe), safe)
    end
    assert.is_false(harmless(nasty[1]))
    assert.is_false(harmless(nasty[5]))
    assert.is_false(harmless(nasty[7]))
  end)

  it("shows what it took out", function()
    assert.equal([[\x1b]52;c;cm0gLXJmIC8=\x07]], core.safe(nasty[2]))
    assert.equal([[\x9b31m]], core.safe(nasty[4]))
    assert.equal([[\u{9b}31m]], core.safe(nasty[5]))
    assert.equal([[a\x0db\x0ac\x09d\x08e\x00f\x7f]], core.safe(nasty[6]))
    assert.equal([[\u{202e}gnp.exe\u{2066}]], core.safe(nasty[7]))
    assert.equal([[\xc0\xaf\xe0\x80\x80]], core.safe(nasty[9]))
    assert.equal([[\xed\xa0\x80]], core.safe(nasty[10]))
    assert.equal([[\xe2\x82]], core.safe(nasty[12]))
  end)

  it("leaves every other character as it is", function()
    assert.equal(nasty[15], core.safe(nasty[15]))
    for _, c in ipairs { 0x20, 0x7e, 0xa0, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0x10000,
      0x10ffff } do
      assert.equal(utf8(c), core.safe(utf8(c)))
    end
  end)

  it("grows past any buffer", function()
    local long = ("\1"):rep(100000)
    assert.equal(400000, #core.safe(long))
  end)
end)

describe("text for machines", function()
  it("is JSON that gives the same text back", function()
    local lines, expected = {}, {}
    for i, s in ipairs(nasty) do
      lines[i] = core.json_string(s)
      expected[i] = s
      assert.is_falsy(lines[i]:find "[%z\1-\31]", lines[i])
    end
    -- A strict reader of UTF-8 and JSON; what was no UTF-8 reads as U+FFFD.
    local r = ks.shell([[python3 -c '
import sys, json
for line in sys.stdin.buffer.read().decode("utf-8", "strict").split("\n")[:-1]:
    print(json.loads(line).encode("utf-8").hex())
']], table.concat(lines, "\n") .. "\n")
    if r.code == 127 then
      return pending "needs python3"
    end
    assert.equal("", r.err)
    local at = 0
    for hex in r.out:gmatch "[^\n]*" do
      if hex ~= "" then
        at = at + 1
        local back = hex:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)
        if not back:find("\239\191\189", 1, true) then
          assert.equal(expected[at], back)
        end
      end
    end
    assert.equal(#nasty, at)
  end)
end)

-- A probe over the fixture's types with one capture, and a record to fill by hand.
local function event(place, capture, fixture)
  local options = ffi.new "struct ks_options"
  options.btf = ks.btf(fixture)
  local trace = C.ks_open(options, core.error)
  assert(trace ~= nil, ffi.string(core.error.message))
  local probe = C.ks_probe(trace, ffi.new("const char *[1]", { place }), 1, core.error)
  assert(probe ~= nil, ffi.string(core.error.message))
  assert(C.ks_capture(probe, capture, core.error) == 0, ffi.string(core.error.message))
  local variant = C.ks_variant(probe, 0)
  local index = C.ks_field_count(variant) - 1
  local bytes = ffi.new("uint8_t[?]", 16384)
  return {
    trace = ffi.gc(trace, C.ks_close),
    probe = probe,
    index = index,
    field = C.ks_field(variant, index),
    bytes = bytes,
    record = ffi.cast("struct ks_record *", bytes),
  }
end

local function put(e, ctype, value)
  ffi.cast(ctype .. " *", e.bytes + e.field.offset)[0] = value
end

local function text(e, spec)
  return core.text(function(buf, n) return C.ks_text(e.trace, e.record, e.index, spec, buf, n) end)
end

local function json(e)
  local line = core.text(function(buf, n) return C.ks_json(e.trace, e.record, buf, n) end)
  return line, line:match '"args":{"[%w_]+":(.*)}}\n$'
end

-- { capture, C type, value, text, JSON, spec }
local values = {
  { "a", "int8_t", -128, "-128", "-128" },
  { "b", "uint8_t", 255, "255", "255" },
  { "c", "int16_t", -1, "-1", "-1" },
  { "d", "uint16_t", 65535, "65535", "65535" },
  { "e", "int32_t", -2147483648, "-2147483648", "-2147483648" },
  { "f", "uint32_t", 4294967295, "4294967295", "4294967295" },
  { "g", "int64_t", -0x8000000000000000LL, "-9223372036854775808", "-9223372036854775808" },
  { "g", "int64_t", 0x7fffffffffffffffLL, "9223372036854775807", "9223372036854775807" },
  { "h", "uint64_t", 0xffffffffffffffffULL, "18446744073709551615", "18446744073709551615" },
  { "h", "uint64_t", 0x20000000000001ULL, "9007199254740993", "9007199254740993" },
  { "i", "uint8_t", 1, "true", "true" },
  { "i", "uint8_t", 0, "false", "false" },
  { "h", "uint64_t", 0, "0x0", "0", "x" },
  { "h", "uint64_t", 0xffffffffffffffffULL, "0xffffffffffffffff", nil, "x" },
  { "a", "int8_t", -1, "0xff", "-1", "x" },
  { "e", "int32_t", -1, "0xffffffff", "-1", "x" },
  { "h", "uint64_t", 0, "0", nil, "size" },
  { "h", "uint64_t", 1023, "1023", nil, "size" },
  { "h", "uint64_t", 1024, "1.0K", nil, "size" },
  { "h", "uint64_t", 4096, "4.0K", nil, "size" },
  { "h", "uint64_t", 10240, "10K", nil, "size" },
  { "h", "uint64_t", 1048576, "1.0M", nil, "size" },
  { "h", "uint64_t", 0xffffffffffffffffULL, "16E", nil, "size" },
  { "e", "int32_t", -4096, "-4.0K", nil, "size" },
  { "h", "uint64_t", 0, "0ns", nil, "dur" },
  { "h", "uint64_t", 999, "999ns", nil, "dur" },
  { "h", "uint64_t", 1000, "1.00us", nil, "dur" },
  { "h", "uint64_t", 1234567, "1.23ms", nil, "dur" },
  { "h", "uint64_t", 12345678, "12.3ms", nil, "dur" },
  { "h", "uint64_t", 123456789, "123ms", nil, "dur" },
  { "h", "uint64_t", 5000000000, "5.00s", nil, "dur" },
  { "g", "int64_t", -1500000, "-1.50ms", nil, "dur" },
  { "h", "uint64_t", 999960, "1.00ms", nil, "dur" }, -- not 1000us
  { "h", "uint64_t", 999400, "999us", nil, "dur" },
  { "h", "uint64_t", 999999999, "1.00s", nil, "dur" },
  { "h", "uint64_t", 1048000, "1023K", nil, "size" },
  { "h", "uint64_t", 1048570, "1.0M", nil, "size" }, -- not 1024K
  { "odd", "uint64_t", 0xffff888000000000ULL, "0xffff888000000000", '"0xffff888000000000"' },
  { "odd", "uint64_t", -2LL, "0xfffffffffffffffe", '"0xfffffffffffffffe"' },
  { "odd->color", "uint32_t", 7, "BLUE", "7" },
  { "odd->color", "uint32_t", 99, "99", "99" },
  { "odd->level", "int32_t", -5, "LEVEL_LOW", "-5" },
  { "odd->big", "uint64_t", 0x8000000000000000ULL, "BIG_TOP", "9223372036854775808" },
  { "odd->big_sign", "int64_t", -5000000000, "BIG_MINUS", "-5000000000" },
  { "odd->small", "uint8_t", 1, "SMALL_B", "1" },
  { "sum=odd->color + 1", "uint32_t", 7, "7", "7" },
}

describe("a value", function()
  for _, v in ipairs(values) do
    it(("%s of %s%s reads %s"):format(tostring(v[3]), v[1], v[6] and " as " .. v[6] or "", v[4]),
      function()
        local e = event("everything", v[1])
        assert.equal(ffi.sizeof(v[2]), e.field.size)
        put(e, v[2], v[3])
        assert.equal(v[4], text(e, v[6]))
        local _, member = json(e)
        assert.equal(v[5] or member, member)
      end)
  end

  for _, v in ipairs {
    { "a", "uint32_t", 0x8f, "GFP_KERNEL|__GFP_ZERO", "143" },
    { "a", "uint32_t", 0x8f, "0x8f", "143", "x" },
    { "c", "uint16_t", 0x81a4, "S_IFREG|0644", "33188" },
    { "d", "uint32_t", 0x800001, "8:1", "8388609" },
    { "x->f_flags", "uint32_t", 0x80002, "O_RDWR|O_CLOEXEC", "524290" },
    { "y->f_flags", "uint32_t", 0x80002, "524290", "524290" },
    { "y->f_flags", "uint32_t", 0x80002, "O_RDWR|O_CLOEXEC", "524290", "O_*" },
    { "v->saddr", "uint32_t", 0x0100007f, "127.0.0.1", "16777343" },
    { "v->id", "uint32_t", 0x01000000, "1", "16777216" },
    { "n->sin_port", "uint16_t", 0x5000, "80", "20480" },
    { "p=ntohs(n->sin_port)", "uint16_t", 80, "80", "80" },
    { "s=d >> 20", "uint32_t", 8, "8", "8" }, -- no device any more
    { "y->f_flags", "uint32_t", 9, "SIGKILL", "9", "SIG*" },
    { "y->f_flags", "uint32_t", 99, "99", "99", "SIG*" },
    { "bb", "int32_t", -1, "RED_COLOR", "-1", "*_COLOR" },
    { "bb", "int32_t", -2, "-2", "-2", "*_COLOR" },
    { "cc", "uint32_t", 5, "PAINT_BLUE|PAINT_GREEN", "5", "PAINT_*" },
    { "cc", "uint32_t", 5, "5", "5" },
    { "ff", "uint32_t", 1, "TCP_CONNTRACK_SYN_SENT", "1", "TCP_*" },
    { "y->f_flags", "uint32_t", 1, "TCP_ESTABLISHED", "1", "TCP_*" },
  } do
    it(("%s of %s%s means %s"):format(tostring(v[3]), v[1], v[6] and " as " .. v[6] or "", v[4]),
      function()
        local e = event("user", v[1] .. (v[6] and "|" .. v[6] or ""), "meanings")
        assert.equal(ffi.sizeof(v[2]), e.field.size)
        put(e, v[2], v[3])
        assert.equal(v[4], text(e))
        assert.equal(v[5], select(2, json(e)))
      end)
  end

  -- Six bytes, in every place where they can be.
  for _, v in ipairs {
    { "struct texts", "texts", "c", '"ab"', '"ab"' },
    { "struct texts", "texts", "letters", '"ab"', '"ab"' },
    { "struct texts", "texts", "uc", "{97, 98, 0, 1, 2, 3}", "[97,98,0,1,2,3]" },
    { "struct texts", "texts", "sc", "{97, 98, 0, 1, 2, 3}", "[97,98,0,1,2,3]" },
    { "struct texts", "texts", "bytes", "{97, 98, 0, 1, 2, 3}", "[97,98,0,1,2,3]" },
    { "struct dentry", "dentry", "d_iname", '"ab"', '"ab"' },
    { "struct dentry", "dentry", "d_bytes", "{97, 98, 0, 1, 2, 3}", "[97,98,0,1,2,3]" },
    { "struct ethhdr", "w", "h_source", "61:62:00:01:02:03", '"61:62:00:01:02:03"' },
  } do
    local type_name, arg, member, shown, in_json = unpack(v)
    local is_text = shown == '"ab"'

    it(("of %s.%s is %s everywhere"):format(type_name, member, shown), function()
      local e = event("user", ("%s->%s"):format(arg, member), "meanings")
      ffi.copy(e.bytes + e.field.offset, "ab\0\1\2\3", 6)
      assert.equal(is_text and "ab" or shown, text(e))
      assert.equal(in_json, select(2, json(e)))
      assert.equal(is_text and C.KS_CHARS or C.KS_VALUE, e.field.kind)

      local whole = event("user", "all=*" .. arg, "meanings")
      local types = C.ks_types(C.ks_variant(whole.probe, 0))
      local of_all = views.of(whole.trace, types, whole.field.type_id)
      local at = of_all.by_name[member].offset
      ffi.fill(whole.bytes + whole.field.offset, whole.field.size)
      ffi.copy(whole.bytes + whole.field.offset + at, "ab\0\1\2\3", 6)
      local line = text(whole)
      assert.equal("{." .. member .. " = " .. shown .. "}", line)
      assert.is_truthy(json(whole):find(('"%s":%s'):format(member, in_json), 1, true), json(whole))
      local v_all = of_all.kept(whole.bytes + whole.field.offset, 0, whole.field.size, 0)
      if is_text then
        assert.equal("ab", v_all[member])
      else
        assert.equal(6, #v_all[member])
        assert.equal(98, v_all[member][1])
      end
    end)

    it(("of %s.%s is sliced as its elements are"):format(type_name, member), function()
      local e = event("user", ("part=%s->%s[0:3]"):format(arg, member), "meanings")
      local slice = ffi.cast("struct ks_slice *", e.bytes + e.field.offset)
      slice.count, slice.wanted = 3, 3
      ffi.copy(e.bytes + e.field.offset + 8, "abc", 3)
      local is_char = is_text and member ~= "d_iname"
      assert.equal(is_char and '"abc"' or "{97, 98, 99}", text(e))
      assert.equal(is_char and '"abc"' or "[97,98,99]", select(2, json(e)))
      local types = C.ks_types(C.ks_variant(e.probe, 0))
      assert.equal(is_char, views.of(e.trace, types, e.field.type_id, true).is_text)
    end)
  end

  -- { capture, { offset, C type, value }..., text, what tree and full have, not have }
  for _, v in ipairs {
    { "*iter", { { 0, "uint8_t", 5 }, { 16, "uint64_t", 0x1234 }, { 24, "uint64_t", 7 }, { 32, "uint64_t", 1 } },
      "{.iter_type = 5, .kvec = 0x1234, .count = 7, .nr_segs = 1}" },
    { "*iter", { { 0, "uint8_t", 9 }, { 16, "uint64_t", 0x1234 }, { 24, "uint64_t", 7 }, { 32, "uint64_t", 1 } },
      "{.iter_type = 9, .__ubuf_iovec = {.iov_base = 0x1234, .iov_len = 7}, .ubuf = 0x1234, .count = 7, "
        .. ".nr_segs = 1}" },
    { "*iter", { { 0, "uint8_t", 4 }, { 16, "uint64_t", 0x1234 }, { 32, "uint64_t", 1 } }, -- no row knows it
      "{.iter_type = 4, .__ubuf_iovec = {.iov_base = 0x1234}, .__iov = 0x1234, .kvec = 0x1234, .ubuf = 0x1234, "
        .. ".nr_segs = 1, .xarray_start = 1}" },
    { "*inodes", { { 0, "uint16_t", 0x11a4 }, { 8, "uint64_t", 0x10 }, { 16, "uint16_t", 0xa1ff },
      { 24, "uint64_t", 0x20 } },
      "{.each = {{.in = {.i_mode = S_IFIFO|0644, .i_pipe = 0x10, .other = 16}}, "
        .. "{.in = {.i_mode = S_IFLNK|0777, .i_link = 0x20, .other = 32}}}}" },
    { "*inodes", { { 0, "uint16_t", 0x41ed }, { 8, "uint32_t", 6 } },
      "{.each = {{.in = {.i_mode = S_IFDIR|0755, .i_dir_seq = 6, .other = 6}}, {}}}" },
    { "*hop", { { 0, "uint8_t", 2 }, { 4, "uint32_t", 0x0100007f } },
      "{.nhc_gw_family = 2, .nhc_gw = {.ipv4 = 127.0.0.1}}" },
    { "*hop", { { 0, "uint8_t", 10 }, { 4, "uint32_t", 0x0000c0fe } },
      "{.nhc_gw_family = 10, .nhc_gw = {.ipv6 = fec0::}}" },
    { "*route", { { 0, "uint8_t", 2 }, { 4, "uint32_t", 0x0100007f } },
      "{.rt_gw_family = 2, .rt_gw4 = 127.0.0.1, .rt_gw6 = 7f00:1::}" },
  } do
    it("of a struct has the union's member that is in use: " .. v[3], function()
      local e = event("user", "all=" .. v[1], "meanings")
      for _, part in ipairs(v[2]) do
        ffi.cast(part[2] .. " *", e.bytes + e.field.offset + part[1])[0] = part[3]
      end
      assert.equal(v[3], text(e))
      local function names(s)
        local list = {}
        for name in s:gmatch "%.([%a_][%w_]*) =" do
          list[#list + 1] = name
        end
        return list
      end
      assert.same(names(v[3]), names(text(e, "tree")))
      for _, all in ipairs { text(e, "full"), (json(e):gsub('"([%a_][%w_]*)":', ".%1 =")) } do
        local has = {}
        for _, name in ipairs(names(all)) do
          has[name] = true
        end
        for _, name in ipairs(v[1] == "*iter" and { "__iov", "kvec", "ubuf", "xarray_start" }
          or v[1] == "*inodes" and { "i_pipe", "i_cdev", "i_link", "i_dir_seq" } or {}) do
          assert.is_true(has[name], name .. " in " .. all)
        end
      end
    end)
  end

  it("of bytes is hexadecimal: without a break, as pairs, or as a dump", function()
    local line = "%08x  %s  %s  |%s|"
    local first = "7f 45 4c 46 02 01 01 00"
    local zeroes = ("00 "):rep(8):sub(1, -2)
    local function fill(e, n, at)
      ffi.fill(e.bytes + e.field.offset + (at or 0), n)
      ffi.copy(e.bytes + e.field.offset + (at or 0), "\127ELF\2\1\1", 7)
    end
    local short = "00000000  7f 45 4c 46 02 01" .. (" "):rep(33) .. "|.ELF..|"
    for _, v in ipairs { { "buf(texts, 6)", "7f454c460201" }, { "texts->bytes", "{127, 69, 76, 70, 2, 1}" },
      { "texts->uc", "{127, 69, 76, 70, 2, 1}" }, { "texts->c", "\\x7fELF\\x02\\x01" } } do
      local e = event("user", "b=" .. v[1], "meanings")
      fill(e, 6)
      assert.equal(v[2], text(e))
      assert.equal("7f 45 4c 46 02 01", text(e, "x"))
      assert.equal(short, text(e, "tree"))
      assert.equal(short, text(e, "full"))
    end
    local e = event("user", "b=buf(texts, 64)", "meanings")
    fill(e, 64)
    assert.equal(line:format(0, first, zeroes, ".ELF............") .. "\n"
      .. line:format(16, zeroes, zeroes, ("."):rep(16)) .. "\n*\n"
      .. line:format(48, zeroes, zeroes, ("."):rep(16)), text(e, "tree"))
    e = event("user", "b=texts->bytes[0:h->refs.counter]", "meanings")
    local slice = ffi.cast("struct ks_slice *", e.bytes + e.field.offset)
    fill(e, 6, 8)
    slice.count, slice.wanted = 3, 5
    assert.equal("7f 45 4c... (3 of 5 bytes)", text(e, "x"))
    slice.wanted = 1 -- no program of ours writes that
    assert.equal("7f 45 4c", text(e, "x"))
    slice.count, slice.wanted = 0, 0
    assert.equal("", text(e, "tree"))
    e = event("everything", "s=str(file->f_label, 4)")
    put(e, "int32_t", 4)
    ffi.copy(e.bytes + e.field.offset + 4, "abc")
    assert.equal("61 62 63", text(e, "x"))
  end)

  it("has names also for a spec that nobody announced, and stays a number past 256 of them", function()
    local e = event("user", "y->f_flags", "meanings")
    put(e, "uint32_t", 9)
    assert.equal("SIGKILL", text(e, "SIG*"))
    assert.equal("9", text(e, "NOTHING_*"))
    for i = 1, 300 do
      assert.equal("9", text(e, "NOTHING_" .. i .. "*"))
    end
    assert.equal("SIGKILL", text(e, "SIG*"))
    assert.equal("9", text(e, "SIGK*"))
  end)

  it("of a function that failed reads as its errno", function()
    local e = event("return:vfs_open", "retval")
    for value, shown in pairs { [-2] = "-ENOENT", [-1] = "-EPERM", [0] = "0", [3] = "3",
      [-4096] = "-4096", [-516] = "-516" } do
      put(e, "int32_t", value)
      if value ~= -516 then -- ERESTART_RESTARTBLOCK: the kernel's own, named or not
        assert.equal(shown, text(e))
      end
      assert.equal(tostring(value), select(2, json(e)))
    end
    e = event("return:do_filp_open", "retval")
    put(e, "int64_t", -13)
    assert.equal("-EACCES", text(e))
    put(e, "int64_t", -4096)
    assert.equal("0xfffffffffffff000", text(e))
    e = event("everything", "e") -- an argument is no result
    put(e, "int32_t", -2)
    assert.equal("-2", text(e))
  end)

  it("that could not be read says why, and is no number", function()
    local e = event("everything", "odd->color")
    assert.is_true(e.field.nil_bit >= 0)
    e.record.nils = 1
    assert.equal("?EFAULT", text(e))
    assert.equal("EFAULT", ffi.string(C.ks_why(e.trace, e.record, e.index)))
    assert.equal('{"error":"EFAULT"}', select(2, json(e)))
    e.record.nils = 0
    assert.equal("", ffi.string(C.ks_why(e.trace, e.record, e.index)))
  end)

  it("of char[] ends at its NUL or at its end", function()
    local e = event("everything", "odd->text")
    ffi.copy(e.bytes + e.field.offset, "ab\0cdefghijklmnopqrst", 20)
    assert.equal("ab", text(e))
    ffi.copy(e.bytes + e.field.offset, "0123456789abcdefXYZ", 19)
    assert.equal("0123456789abcdef", text(e))
    ffi.copy(e.bytes + e.field.offset, "\27[2J\255\"\\", 8)
    assert.equal([[\x1b[2J\xff"\]], text(e))
    assert.equal([["\u001b[2J\ufffd\"\\"]], select(2, json(e)))
  end)

  it("of str() tells that it was cut", function()
    local e = event("everything", "s=str(file->f_label, 4)")
    local function string_of(s, length)
      put(e, "int32_t", length)
      ffi.copy(e.bytes + e.field.offset + 4, s)
    end
    string_of("", 1)
    assert.equal("", text(e))
    string_of("abcd", 5)
    assert.equal("abcd", text(e))
    string_of("abcde", 6)
    assert.equal("abcd...", text(e))
    assert.equal('"abcd..."', select(2, json(e)))
    string_of("abcde", 6000) -- no program of ours writes that; still nothing behind it is read
    assert.equal("abcd...", text(e))
    put(e, "int32_t", -14)
    e.record.nils = 1
    assert.equal("?EFAULT", text(e))
  end)

  it("of time is a clock for people, nanoseconds for machines", function()
    local e = event("everything", "when=time")
    e.record.time = 1700000000123456789ULL
    assert.equal(os.date("%H:%M:%S", 1700000000) .. ".123456", text(e))
    local line = json(e)
    assert.is_truthy(line:find('"time":1700000000123456789', 1, true), line)
  end)

  it("has columns of its template's width, and no spaces at the end of a line", function()
    local e = event("everything", "e")
    put(e, "int32_t", -42)
    for template, line in pairs {
      ["{e}|"] = "-42|\n", ["{e|6}|"] = "   -42|\n", ["{e|-6}|"] = "-42   |\n",
      ["{e|-6}"] = "-42\n",
      ["{e|2}|"] = "-42|\n", ["{e|x|12}|"] = "  0xffffffd6|\n", ["{{{e}}}"] = "{-42}\n",
      [""] = "\n", ["{e|-5}{e}"] = "-42  -42\n",
    } do
      local t = C.ks_template(e.probe, template, core.error)
      assert(t ~= nil, ffi.string(core.error.message))
      assert.equal(line, core.text(function(buf, n)
        return C.ks_template_text(t, e.record, buf, n)
      end))
    end
    local t = C.ks_template(e.probe, "{pid|7} {e|-6} {x=f|x} end", core.error)
    assert.equal("    PID E      X end\n", core.text(function(buf, n)
      return C.ks_template_header(t, buf, n)
    end))
  end)
end)

describe("an event as JSON", function()
  it("is one line that any reader takes", function()
    local e = event("everything", "odd->text")
    for _, capture in ipairs { "comm", "a", "h", "odd->color", "p=odd", "f=file->f_flags" } do
      assert.is_true(C.ks_capture(e.probe, capture, core.error) == 0)
    end
    for i = 0, 511 do
      e.bytes[i] = (i * 37) % 256
    end
    e.record.point = 0
    local line = json(e)
    assert.equal(1, select(2, line:gsub("\n", "")))
    local r = ks.shell([[jq -c '[.type, .probe, (.args | keys)]']], line)
    if r.code == 127 then
      return pending "needs jq"
    end
    assert.equal("", r.err)
    assert.equal('["event","everything",["a","color","f","h","p","text"]]\n', r.out)
  end)
end)
