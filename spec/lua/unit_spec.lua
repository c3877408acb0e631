-- Durations, sizes and counts as people write and read them.
local ks = require "spec.support.ks"

describe("unit", function()
  local unit = ks.require "ksnoop.unit"

  it("reads durations", function()
    for text, seconds in pairs { ["5s"] = 5, ["100ms"] = 0.1, ["1.5s"] = 1.5, ["2m"] = 120,
      ["1h"] = 3600, ["7"] = 7, ["0s"] = 0 } do
      assert.is_true(math.abs(unit.duration(text) - seconds) < 1e-12, text)
    end
    assert.is_true(math.abs(unit.duration "10us" - 1e-5) < 1e-15)
    assert.is_true(math.abs(unit.duration "3ns" - 3e-9) < 1e-18)
    assert.equal(2.5, unit.duration(2.5))
  end)

  it("reads sizes", function()
    for text, bytes in pairs { ["64K"] = 65536, ["4M"] = 4194304, ["1G"] = 2 ^ 30, ["12"] = 12,
      ["1.5K"] = 1536 } do
      assert.equal(bytes, unit.size(text))
    end
    assert.equal(4096, unit.size(4096))
  end)

  it("takes nothing else for them", function()
    for _, text in ipairs { "", "s", "5 s", "-5s", "5S", "5sec", "0x5", "1e3", "5s5", ".5s",
      "5..5s" } do
      assert.is_nil(unit.duration(text))
    end
    for _, text in ipairs { "", "K", "4 K", "-4K", "4k", "4KB", "4Q", "0.3" } do
      assert.is_nil(unit.size(text))
    end
    for _, value in ipairs { -1, math.huge, 0 / 0, {}, true } do
      assert.is_nil(unit.duration(value))
      assert.is_nil(unit.size(value))
    end
    assert.is_nil(unit.duration(nil))
  end)

  it("groups digits by thousands", function()
    for n, text in pairs { [0] = "0", [7] = "7", [999] = "999", [1000] = "1,000",
      [12345] = "12,345", [123456] = "123,456", [1234567] = "1,234,567",
      [2 ^ 53] = "9,007,199,254,740,992" } do
      assert.equal(text, unit.count(n))
    end
  end)
end)

describe("schema", function()
  local schema, errors = ks.require "ksnoop.schema", ks.require "ksnoop.error"

  local function message(f, ...)
    local ok, e = pcall(f, ...)
    assert.is_false(ok)
    assert.is_true(errors.is(e))
    return e.message, e.hint
  end

  it("lists array entries without those that are false", function()
    assert.same({ "a", "b" }, schema.list(nil, "t", { "a", false, "b", named = 1 }))
    assert.same({}, schema.list(nil, "t", {}))
    assert.same({}, schema.list(nil, "t", { false, false }))
  end)

  it("refuses holes wherever they are", function()
    assert.equal("entry 1 of t is nil", (message(schema.list, nil, "t", { nil, "b" })))
    assert.equal("entry 3 of t is nil", (message(schema.list, nil, "t", { "a", "b", nil, "d" })))
  end)

  it("refuses names that it does not know", function()
    schema.keys(nil, "t", { where = 1, "x" }, { "where", "capture" })
    local text, hint = message(schema.keys, nil, "t", { capure = 1 }, { "where", "capture" })
    assert.equal("t has no option 'capure'", text)
    assert.equal("did you mean capture?", hint)
    assert.equal("t has an entry named by a boolean",
      (message(schema.keys, nil, "t", { [true] = 1 }, { "where" })))
  end)
end)

describe("an event in Lua", function()
  local ffi = require "ffi"
  local core, view = ks.require "ksnoop.core", ks.require "ksnoop.view"
  local lease = ks.require "ksnoop.lease"
  local C = core.C
  local trace, variant, bytes, event

  local function set(name, ctype, value)
    local field = C.ks_field(variant, C.ks_field_index(variant, name, core.error))
    ffi.cast(ctype .. " *", bytes + field.offset)[0] = value
  end

  before_each(function()
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf()
    trace = C.ks_open(options, core.error)
    local probe = C.ks_probe(trace, ffi.new("const char *[1]", { "everything" }), 1, core.error)
    for _, capture in ipairs { "a", "h", "g", "i", "odd", "odd->text", "odd->color",
      "s=str(file->f_label)" } do
      assert(C.ks_capture(probe, capture, core.error) == 0, ffi.string(core.error.message))
    end
    bytes = ffi.new "uint8_t[1024]"
    variant = C.ks_variant(probe, 0)
    event = ffi.cast(view.new(trace, variant, 1000, "everything").ticket, lease.clock[0])
    lease.place[0] = bytes
  end)
  after_each(function() C.ks_close(trace) end)

  it("gives numbers while they are exact, and 64-bit integers past that", function()
    set("a", "int8_t", -3)
    assert.equal(-3, event.a)
    set("h", "uint64_t", 2 ^ 53)
    assert.equal(2 ^ 53, event.h)
    set("h", "uint64_t", 9007199254740993ULL)
    assert.equal("cdata", type(event.h))
    assert.is_true(event.h == 9007199254740993ULL)
    set("g", "int64_t", -9007199254740993LL)
    assert.equal("cdata", type(event.g))
    assert.equal("-9007199254740993LL", tostring(event.g))
    set("g", "int64_t", -9007199254740992LL)
    assert.equal(-2 ^ 53, event.g)
  end)

  it("gives booleans, strings and pointers as negative numbers", function()
    set("i", "uint8_t", 1)
    assert.is_true(event.i)
    set("i", "uint8_t", 0)
    assert.is_false(event.i)
    set("odd", "uint64_t", -0x778000000000LL)
    assert.equal(-0x778000000000, event.odd)
    local text = C.ks_field(variant, C.ks_field_index(variant, "text", core.error))
    ffi.copy(bytes + text.offset, "ab\0c", 4)
    assert.equal("ab", event.text)
    local s = C.ks_field(variant, C.ks_field_index(variant, "s", core.error))
    set("s", "int32_t", 4)
    ffi.copy(bytes + s.offset + 4, "xyz\0")
    assert.equal("xyz", event.s)
  end)

  it("gives nil for what could not be read, and raises for what is not there", function()
    local field = C.ks_field(variant, C.ks_field_index(variant, "color", core.error))
    set("color", "uint32_t", 7)
    assert.equal(7, event.color)
    ffi.cast("struct ks_record *", bytes).nils = bit.lshift(1ULL, field.nil_bit)
    assert.is_nil(event.color)
    local ok, e = pcall(function() return event.colour end)
    assert.is_false(ok)
    assert.equal("events of everything carry no 'colour'", e.message)
    assert.equal("did you mean color?", e.hint)
  end)

  it("can't be changed, and is over when its function has returned", function()
    assert.is_false((pcall(function() event.a = 1 end)))
    lease.tick()
    local ok, e = pcall(function() return event.a end)
    assert.is_false(ok)
    assert.equal("this event is over: it lasts until its function returns", e.message)
  end)

  it("always has time since the start, cpu, pid, tid and func", function()
    local r = ffi.cast("struct ks_record *", bytes)
    r.time, r.pid, r.tid, r.cpu = 3500, 11, 12, 3
    assert.same({ 2500, 11, 12, 3, "everything" },
      { event.time, event.pid, event.tid, event.cpu, event.func })
  end)
end)
