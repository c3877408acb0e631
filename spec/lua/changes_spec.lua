-- The spec `changes`, over records that are filled by hand: what was, what is, and what neither could be.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core, format, lease = ks.require "ksnoop.core", ks.require "ksnoop.format", ks.require "ksnoop.lease"
local module, view = ks.require "ksnoop", ks.require "ksnoop.view"
local C = core.C

describe("changes", function()
  local trace, probe, variant, bytes, of, event

  -- formats: { { type, function }, ... }
  local function open(fixture, place, captures, formats)
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf(fixture)
    trace = C.ks_open(options, core.error)
    for _, f in ipairs(formats or {}) do
      format.define({ handle = trace, probes = {} }, f[1], f[2])
    end
    probe = C.ks_call(trace, ffi.new("const char *[1]", { place }), 1, core.error)
    assert(probe ~= nil, ffi.string(core.error.message))
    for _, capture in ipairs(captures) do
      assert(C.ks_capture(probe, capture, core.error) == 0, capture .. ": " .. ffi.string(core.error.message))
    end
    bytes = ffi.new "uint8_t[16384]"
    variant = C.ks_variant(probe, 0)
    of = view.new(trace, variant, 0, place)
    event = ffi.cast(of.ticket, lease.clock[0])
    lease.place[0] = bytes
  end

  after_each(function()
    format.forget(trace)
    C.ks_close(trace)
  end)

  local function field(name)
    return C.ks_field(variant, C.ks_field_index(variant, name, core.error))
  end

  -- Where its two ends lie: the second one is the last half, and begins at a multiple of 8.
  local function ends(name, size)
    local f = field(name)
    assert.equal(C.KS_CHANGES, f.kind)
    assert.equal(math.ceil(size / 8) * 8 + size, f.size)
    return bytes + f.offset, bytes + f.offset + math.ceil(size / 8) * 8
  end

  local function put(place, ctype, offset, v)
    ffi.cast(ctype .. " *", place + offset)[0] = v
  end

  local function json(name)
    local line = core.text(function(buf, n)
      return C.ks_json(trace, ffi.cast("const struct ks_record *", bytes), buf, n)
    end)
    return line:match(('"%s":(.-),?"?[%%w_]*"?:?}}\n$'):format(name)) or line
  end

  -- { capture, bytes, { offset, C type, old, new }..., text, JSON }
  for _, v in ipairs {
    { "f|changes", 4, { { 0, "int32_t", -1, 7 } }, "-1 -> 7", "[-1,7]" },
    { "r|changes", 16, { { 8, "int64_t", 5, 6 } }, "0.000000005s -> 0.000000006s",
      '{"tv_nsec":[5,6]}' },
    { "u|changes", 4, { { 0, "uint8_t", 0, 1 } }, "unlocked -> locked",
      '{"rlock.raw_lock.val":[0,1]}' },
    -- The same words for both: what is in it.
    { "n|changes", 16, { { 0, "uint16_t", 2, 2 }, { 9, "uint8_t", 1, 2 } }, "n->__pad[1] 1 -> 2",
      '["0.0.0.0:0","0.0.0.0:0"]' },
    { "o->sin6_addr|changes", 16, { { 15, "uint8_t", 1, 2 } }, "::1 -> ::2", '["::1","::2"]' },
    { "w->h_source|changes", 6, { { 0, "uint8_t", 0x52, 0x54 } }, "52:00:00:00:00:00 -> 54:00:00:00:00:00",
      '["52:00:00:00:00:00","54:00:00:00:00:00"]' },
    { "w|changes", 14, { { 6, "uint8_t", 0x52, 0x54 }, { 12, "uint16_t", 0x0008, 0xdd86 } },
      "w->h_source 52:00:00:00:00:00 -> 54:00:00:00:00:00, w->h_proto 2048 -> 34525",
      '{"h_source":["52:00:00:00:00:00","54:00:00:00:00:00"],"h_proto":[8,56710]}' },
    { "x->f_flags|changes", 4, { { 0, "uint32_t", 2, 0x80002 } }, "O_RDWR -> O_RDWR|O_CLOEXEC", "[2,524290]" },
    { "x|changes", 4, { { 0, "uint32_t", 2, 0x80002 } }, "x->f_flags O_RDWR -> O_RDWR|O_CLOEXEC",
      '{"f_flags":[2,524290]}' },
    { "v->saddr|changes", 4, { { 3, "uint8_t", 1, 2 } }, "0.0.0.1 -> 0.0.0.2", "[16777216,33554432]" },
    { "texts->c|changes", 6, { { 0, "uint8_t", 97, 98 } }, "a -> b", '["a","b"]' },
    -- A text says nothing of what is behind its NUL, which differs all the same.
    { "texts->c|changes", 6, { { 0, "uint8_t", 97, 97 }, { 3, "uint8_t", 1, 2 } }, "[3] 1 -> 2", '["a","a"]' },
    { "texts->uc|changes", 6, { { 1, "uint8_t", 97, 98 }, { 5, "uint8_t", 0, 1 } }, "uc[1] 97 -> 98, uc[5] 0 -> 1",
      '{"[1]":[97,98],"[5]":[0,1]}' },
    { "first4=buf(texts, 4)|changes", 4, { { 0, "uint32_t", 1, 2 } }, "01000000 -> 02000000",
      '["01000000","02000000"]' },
    { "three=texts->uc[0:3]|changes", 11, { { 0, "uint32_t", 3, 2 }, { 4, "uint32_t", 3, 2 }, { 8, "uint8_t", 9, 9 },
      { 10, "uint8_t", 1, 7 } }, "{9, 0, 1} -> {9, 0}", "[[9,0,1],[9,0]]" },
    -- What is behind a slice's elements means nothing.
    { "three=texts->uc[0:3]|changes", 11, { { 0, "uint32_t", 2, 2 }, { 4, "uint32_t", 2, 2 },
      { 10, "uint8_t", 1, 7 } }, "(unchanged)", "[[0,0],[0,0]]" },
    { "s=str(dentry, 8)|changes", 14, { { 0, "int32_t", 3, 3 }, { 4, "uint16_t", 0x6261, 0x6261 },
      { 7, "uint8_t", 1, 2 } }, "(unchanged)", '["ab","ab"]' },
    { "s=str(dentry, 8)|changes", 14, { { 0, "int32_t", 3, 2 }, { 4, "uint16_t", 0x6261, 0x0061 } },
      "ab -> a", '["ab","a"]' },
    -- Of a union the member in use, where another member tells; before and after.
    { "iter|changes", 40, { { 0, "uint8_t", 5, 5 }, { 16, "uint64_t", 0x1000, 0x2000 }, { 24, "uint64_t", 7, 6 } },
      "iter->kvec 0x1000 -> 0x2000, iter->count 7 -> 6",
      '{"__ubuf_iovec.iov_base":["0x1000","0x2000"],"__ubuf_iovec.iov_len":[7,6]}' },
    { "iter|changes", 40, { { 0, "uint8_t", 9, 5 }, { 16, "uint64_t", 0x1000, 0x2000 } },
      "iter->iter_type 9 -> 5, iter->__ubuf_iovec.iov_base 0x1000 -> 0x2000" },
    { "inodes|changes", 32, { { 0, "uint16_t", 0x11a4, 0x11a4 }, { 8, "uint64_t", 0x10, 0x20 } },
      "inodes->each[0].in.i_pipe 0x10 -> 0x20" },
    { "iter|changes", 40, { { 1, "uint8_t", 1, 2 } }, "(unchanged)", "{}" }, -- no member has this byte
    { "iter->nr_segs|changes", 8, {}, "(unchanged)", "[0,0]" },
    { "p=(struct file *)iter->ubuf|changes", 4, { { 0, "uint32_t", 0, 1 } }, "p->f_flags O_RDONLY -> O_WRONLY" },
    { "p=iter->ubuf|changes", 8, { { 0, "uint64_t", 16, 0 } }, "0x10 -> 0x0", '["0x10","0x0"]' },
  } do
    local capture, size, parts, text, machine = unpack(v, 1, 5)
      it(("of %s are %s"):format(capture, text), function()
        open("meanings", "changes", { capture })
        local name = capture:match "^([%w]+)=" or capture:match "([%w_]+)|"
        local was, is = ends(name, size)
        for _, part in ipairs(parts) do
          put(was, part[2], part[1], part[3])
          put(is, part[2], part[1], part[4])
        end
        assert.equal(text, module.text(event, name))
        assert.equal(text, event[name])
        assert.equal(text, tostring(event[name]))
        assert.equal(machine or json(name), json(name))
      end)
  end

  it("can't be read when one of the two could not", function()
    open("meanings", "changes", { "x|changes", "v->saddr|changes" })
    local f = field "x"
    assert.is_true(f.nil_bit >= 0)
    ffi.cast("struct ks_record *", bytes).nils = 2 ^ f.nil_bit
    assert.equal("?EFAULT", module.text(event, "x"))
    assert.is_nil(event.x)
    assert.equal("EFAULT", module.why(event, "x"))
    assert.is_nil(module.why(event, "saddr"))
    assert.is_truthy(core.text(function(buf, n)
      return C.ks_json(trace, ffi.cast("const struct ks_record *", bytes), buf, n)
    end):find('"x":{"error":"EFAULT"},"saddr":[0,0]}}', 1, true))
  end)

  it("are shown by a script's functions, each value on its own", function()
    local seen = {}
    local function slash(v)
      seen[#seen + 1] = v.a
      return v.a ~= 3 and v.a .. "/" .. v.b or nil
    end
    open(nil, "vfs_read", { "more=file->f_more->pairs|changes", "one=file->f_more->pairs[1]|changes",
      "n=file->f_pos|changes" }, { { "struct pair8", slash } })
    local was, is = ends("more", 24)
    for i, v in ipairs { 1, 2, 3, 4, 5, 6 } do
      put(was, "int32_t", (i - 1) * 4, v)
      put(is, "int32_t", (i - 1) * 4, i > 2 and v + 10 or v)
    end
    put(is, "int32_t", 8, 3)
    put(is, "int32_t", 12, 0)
    was, is = ends("one", 8)
    put(is, "int32_t", 0, 8)
    put(was, "int32_t", 4, 9)
    assert.equal("more[1] {.a = 3, .b = 4} -> {.a = 3}, more[2] 5/6 -> 15/16", module.text(event, "more"))
    assert.same({ 3, 3, 5, 15 }, seen)
    assert.equal("0/9 -> 8/0", module.text(event, "one"))
    assert.equal("0/9 -> 8/0", event.one)
    local kept = view.copy(event)
    ffi.fill(bytes, ffi.sizeof(bytes))
    assert.equal("0/9 -> 8/0", kept.one)
    assert.equal("(unchanged)", event.one)
    assert.equal("(unchanged)", module.text(event, "n"))
  end)
end)
