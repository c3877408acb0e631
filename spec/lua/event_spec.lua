-- Events as scripts see them, with values in them, kept and shown.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core, lease, view = ks.require "ksnoop.core", ks.require "ksnoop.lease", ks.require "ksnoop.view"
local module = ks.require "ksnoop"
local C = core.C

describe("an event", function()
  local trace, variant, bytes, of, event

  local function field(name)
    return C.ks_field(variant, C.ks_field_index(variant, name, core.error))
  end

  local function set(name, ctype, v)
    ffi.cast(ctype .. " *", bytes + field(name).offset)[0] = v
  end

  before_each(function()
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf()
    trace = C.ks_open(options, core.error)
    local probe = C.ks_probe(trace, ffi.new("const char *[1]", { "vfs_read" }), 1, core.error)
    for _, capture in ipairs { "count", "file", "whole=*file", "more=*file->f_more", "numbers=file->f_more->numbers",
      "part=file->f_more->numbers[2:5]", "pairs=file->f_more->pairs[file->f_flags:file->f_mode]",
      "label=file->f_label[:count]", "color=file->f_more->color", "raw=buf(file->f_label, 4)",
      "end=addr(AF_INET, file->f_flags, file->f_more->address6)" } do
      assert(C.ks_capture(probe, capture, core.error) == 0, capture .. ffi.string(core.error.message))
    end
    bytes = ffi.new "uint8_t[4096]"
    variant = C.ks_variant(probe, 0)
    of = view.new(trace, variant, 0, "vfs_read")
    event = ffi.cast(of.ticket, lease.clock[0])
    lease.place[0] = bytes
  end)
  after_each(function() C.ks_close(trace) end)

  local function message(f)
    local ok, e = pcall(f)
    assert.is_false(ok)
    return e.message, e.hint
  end

  it("has structs and arrays in it", function()
    set("whole", "uint32_t", 0x8000)
    assert.equal(0x8000, event.whole.f_mode)
    assert.equal(0, event.whole.f_path.dentry)
    set("numbers", "int32_t", -7)
    assert.equal(-7, event.numbers[0])
    assert.equal(6, #event.numbers)
    assert.equal(3, #event.more.pairs)
    assert.equal("{.f_mode = 0x8000}", tostring(event.whole))
  end)

  it("has slices as long as they came out", function()
    local head = ffi.cast("struct ks_slice *", bytes + field "pairs".offset)
    head.count, head.wanted = 2, 2
    ffi.cast("int32_t *", head + 1)[3] = 99
    assert.equal(2, #event.pairs)
    assert.equal(99, event.pairs[1].b)
    assert.equal("struct pair8[] has no element 2", (message(function() return event.pairs[2] end)))
    head.count = 0
    assert.equal(0, #event.pairs)
    head.count = 0xffffffff -- no program of ours writes that; still nothing behind it is read
    assert.equal(field "pairs".count, #event.pairs)
    head = ffi.cast("struct ks_slice *", bytes + field "label".offset)
    head.count, head.wanted = 3, 3
    ffi.copy(head + 1, "abcdef")
    assert.equal("abc", event.label)
  end)

  it("has nil for a value that could not be read, and says why", function()
    local r = ffi.cast("struct ks_record *", bytes)
    assert.is_nil(module.why(event, "whole"))
    r.nils = bit.lshift(1ULL, field "whole".nil_bit)
    assert.is_nil(event.whole)
    assert.equal("EFAULT", module.why(event, "whole"))
    assert.equal("?EFAULT", module.text(event, "whole"))
    assert.is_nil(module.why(event, "count"))
    for n = 0, 63 do -- each bit is that of one field
      r.nils = bit.lshift(1ULL, n)
      for _, name in ipairs { "whole", "more", "numbers", "part", "pairs", "color", "raw" } do
        assert.equal(n == field(name).nil_bit, event[name] == nil, name .. n)
      end
    end
    assert.equal("events of vfs_read have no 'colour'", (message(function() module.why(event, "colour") end))
      :gsub("^.*'colour'.*$", "events of vfs_read have no 'colour'"))
  end)

  it("is shown as a printer shows it", function()
    set("count", "uint64_t", 65536)
    set("color", "uint32_t", 7)
    assert.equal("65536", module.text(event, "count"))
    assert.equal("64K", module.text(event, "count", "size"))
    assert.equal("0x10000", module.text(event, "count", "x"))
    assert.equal("BLUE", module.text(event, "color"))
    assert.equal("  64K", module.text(event, "count", "size|5"))
    assert.equal("7    ", module.text(event, "color", "-5|size"))
    assert.equal("   65536", module.text(event, "count", "8"))
    for spec, what in pairs { size = "is for numbers", dur = "is for numbers", clock = "is for numbers",
      sym = "has names for numbers and pointers", ["O_*"] = "has names for numbers" } do
      for _ = 1, 2 do -- a spec that does not fit is not remembered as one that does
        assert.is_truthy((message(function() module.text(event, "numbers", spec) end)):find(
          spec .. " " .. what .. ", and this is ", 1, true))
      end
    end
    assert.is_truthy((message(function() module.text(event, "count", "tree") end)):find(
      "tree is for structs, arrays and bytes, and this is ", 1, true))
    assert.equal("no constant of this kernel matches 'NOTHING_*'",
      (message(function() module.text(event, "count", "NOTHING_*") end)))
    assert.equal("'big' is no way to show a value", (message(function() module.text(event, "count", "big") end)))
    assert.equal("ks.text takes an event and the name of a field", (message(function() module.text(event) end)))
    assert.equal("ks.text takes an event or a value of one, not nil", (message(function() module.text(nil, "x") end)))
    assert.is_truthy(tostring(event):find("count=65536", 1, true))
  end)

  it("gives all it has to pairs", function()
    local seen = {}
    for name, v in pairs(event) do
      seen[name] = type(v)
    end
    assert.equal("number", seen.time)
    assert.equal("string", seen.func)
    assert.equal("cdata", seen.whole)
    assert.equal("string", seen.raw)
    assert.equal("number", seen.count)
  end)

  it("that is copied lasts, with all that is in it", function()
    set("count", "uint64_t", 42)
    set("whole", "uint32_t", 5)
    ffi.cast("struct ks_record *", bytes).pid = 77
    local kept, whole = module.copy(event), event.whole
    lease.tick()
    set("count", "uint64_t", 43)
    set("whole", "uint32_t", 6)
    ffi.cast("struct ks_record *", bytes).pid = 78
    assert.same({ 42, 77, 5, "vfs_read" }, { kept.count, kept.pid, kept.whole.f_mode, kept.func })
    assert.equal("42", module.text(kept, "count"))
    assert.is_nil(module.why(kept, "whole"))
    assert.equal("{.f_mode = FMODE_READ|FMODE_LSEEK}", tostring(kept.whole))
    assert.equal(kept, module.copy(kept))
    assert.equal("an event can't be changed", (message(function() kept.count = 1 end)))
    for _, f in ipairs { function() return event.count end, function() return whole.f_mode end,
      function() return module.copy(event) end, function() return module.text(event, "count") end,
      function() return module.why(event, "count") end, function() return tostring(event) end } do
      local text, hint = message(f)
      assert.equal("this event is over: it lasts until its function returns", text)
      assert.equal("keep the values you need, or ks.copy(e)", hint)
    end
    -- The next event is another one, though it lies at the same place.
    local second = ffi.cast(of.ticket, lease.clock[0])
    assert.equal(43, second.count)
    assert.is_false((pcall(function() return event.count end)))
  end)

  it("has names that are no part of any code", function()
    for _, name in ipairs { " p", " t", "__index", "]] os.exit() --", "\0", "count\0", "" } do
      assert.is_false((pcall(function() return event[name] end)), name)
    end
    for n = -1, 1 do
      assert.is_false((pcall(function() return event[n] end)))
    end
    assert.is_false((pcall(function() return event + 1 end)))
    assert.is_false((pcall(function() return #event end)))
    assert.is_false((pcall(function() return event[{}] end)))
  end)
end)
