-- stack, ustack and caller: frames as they come from the kernel, and whatever else may be in their
-- place, as text.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core = ks.require "ksnoop.core"
local C = core.C

local HEAD, KALLSYMS = 16, "spec/fixtures/tracefs/kallsyms"

-- A probe over the fixture's types and symbols that captures a stack, and a record with room behind it
-- that must never be shown.
local function event(capture, spec)
  local options = ffi.new "struct ks_options"
  options.btf, options.kallsyms = ks.btf(), KALLSYMS
  local trace = C.ks_open(options, core.error)
  assert(trace ~= nil, ffi.string(core.error.message))
  local probe = C.ks_probe(trace, ffi.new("const char *[1]", { "vfs_read" }), 1, core.error)
  assert(probe ~= nil, ffi.string(core.error.message))
  assert(C.ks_capture(probe, capture, core.error) == 0, ffi.string(core.error.message))
  local variant = C.ks_variant(probe, 0)
  local index = C.ks_field_count(variant) - 1
  local field = C.ks_field(variant, index)
  -- reads the symbols, as a start does
  assert(C.ks_fits(trace, variant, index, "fold", core.error) == 0, ffi.string(core.error.message))
  local bytes = ffi.new("uint8_t[?]", 16384)
  ffi.fill(bytes + field.offset, 16384 - field.offset, ("#"):byte())
  local e = { trace = ffi.gc(trace, C.ks_close), index = index, size = field.size,
    record = ffi.cast("struct ks_record *", bytes), at = bytes + field.offset }
  function e.header(size, ours, in_event, func)
    ffi.cast("uint32_t *", e.at)[0] = size
    ffi.cast("uint16_t *", e.at)[2] = ours
    ffi.cast("uint16_t *", e.at)[3] = in_event
    ffi.cast("uint64_t *", e.at)[1] = func
  end
  function e.text(how)
    return core.text(function(buf, n)
      return C.ks_text(e.trace, e.record, e.index, how or spec, buf, n)
    end)
  end
  function e.json()
    return core.text(function(buf, n) return C.ks_json(e.trace, e.record, buf, n) end)
      :match '"args":{"[%w_]+":(.*)}}\n$'
  end
  return e
end

local function shown(frames, head)
  local e = event(head and head.capture or "stack")
  e.header(#frames * 8, head and head.ours or 0, head and head.event or 0, head and head.func or 0)
  for i, address in ipairs(frames) do
    ffi.cast("uint64_t *", e.at + HEAD)[i - 1] = address
  end
  return e.text(), e.text "fold", e.json()
end

local function kernel(low)
  return 0xffffffff00000000ULL + low
end

-- In the fixture's symbols: vfs_read, vfs_write, _raw_spin_lock, driver_xmit of a module.
local READ, WRITE, LOCK, XMIT = kernel(0x81001000), kernel(0x81001040), kernel(0x81001480),
  kernel(0xc0200000)
local PROGRAM, TRAMPOLINE = kernel(0x70000000), kernel(0x70001000)

describe("a stack", function()
  it("is its frames, the innermost first; folded, functions from the outermost on", function()
    local text, folded, json = shown({ READ + 1, WRITE + 0x1b, XMIT + 9 }, { func = READ })
    assert.equal("vfs_read\nvfs_write+0x1b\ndriver_xmit+0x9 [driver]", text)
    assert.equal("driver_xmit [driver];vfs_write;vfs_read", folded)
    assert.equal('["vfs_read","vfs_write+0x1b","driver_xmit+0x9 [driver]"]', json)
  end)

  it("leaves out the frames of the program and its trampoline", function()
    local expected = "vfs_read\nvfs_write+0x1b"
    for _, frames in ipairs {
      { PROGRAM, TRAMPOLINE, READ + 5, WRITE + 0x1b },
      { PROGRAM, PROGRAM, TRAMPOLINE, READ + 9, WRITE + 0x1b }, -- before v5.18
      { PROGRAM, TRAMPOLINE, WRITE + 0x1b }, -- the function jumped to its trampoline
    } do
      assert.equal(expected, (shown(frames, { ours = 2, func = READ })))
    end
    -- where the function's address is not known, it is as the kernel gave it
    assert.equal("vfs_read+0x5\nvfs_write+0x1b",
      (shown({ PROGRAM, TRAMPOLINE, READ + 5, WRITE + 0x1b }, { ours = 2 })))
    assert.equal("vfs_write+0x1b", (shown({ PROGRAM, WRITE + 0x1b }, { ours = 1, event = 1 })))
  end)

  it("places the address behind a call that never comes back where the call is", function()
    assert.equal("vfs_read+0x8\nvfs_read+0x40", (shown { READ + 8, WRITE }))
    assert.equal("vfs_write", (shown { WRITE })) -- the place of a probe itself
  end)

  it("has addresses where it has no names", function()
    assert.equal("0xffffffff70000000\n0x10", (shown { PROGRAM, 0x10 }))
    assert.equal('["0xffffffff70000000"]', select(3, shown { PROGRAM }))
  end)

  it("says that it was cut, unless that was asked for", function()
    local frames = {}
    for i = 1, 72 do
      frames[i] = LOCK + i
    end
    local text, folded, json = shown(frames)
    assert.equal(64, select(2, text:gsub("_raw_spin_lock", "")))
    assert.equal("\n...", text:sub(-4))
    assert.equal("...;_raw", folded:sub(1, 8))
    assert.equal('"..."]', json:sub(-6))
    text, folded = shown({ READ + 1, WRITE + 2, LOCK + 3 }, { capture = "top=stack(2)" })
    assert.equal("vfs_read+0x1\nvfs_write+0x2", text)
    assert.equal("vfs_write;vfs_read", folded)
  end)

  it("that could not be read is no text", function()
    local e = event "stack"
    e.header(0, 0, 0, 0)
    e.record.nils = 1
    assert.equal("?EFAULT", e.text())
    assert.equal('{"error":"EFAULT"}', e.json())
  end)

  it("of any bytes is text that ends, with nothing of what lies behind them", function()
    local random = 1
    local function byte()
      random = (random * 1103515245 + 12345) % 2147483648
      return math.floor(random / 65536) % 256
    end
    for round = 1, 100 do
      for _, capture in ipairs { "stack", "ustack" } do
        local e = event(capture)
        for i = 0, e.size - 1 do
          e.at[i] = byte()
        end
        if round % 2 == 0 then
          e.header(byte() * 16, byte() % 4, byte() % 2, round % 4 == 0 and READ or 0)
        end
        for _, how in ipairs { "", "fold" } do
          local text = e.text(how)
          assert.is_nil(text:find "[%z\1-\9\11-\31\127#]")
          assert.is_true(select(2, text:gsub("[\n;]", "")) <= 64)
        end
        assert.is_truthy(e.json():find "^%[.*%]$")
      end
    end
  end)
end)

describe("a process's stack", function()
  local function user(frames)
    local e = event "ustack"
    e.header(#frames * 32, 0, 0, 0)
    for i, f in ipairs(frames) do
      local at = e.at + HEAD + (i - 1) * 32
      ffi.cast("int32_t *", at)[0] = f[1]
      ffi.fill(at + 4, 20, 0xab)
      ffi.cast("uint64_t *", at + 24)[0] = f[2]
    end
    return e.text(), e.json()
  end
  local id = "[" .. ("ab"):rep(20) .. "]"

  it("is build ids and places in files, or addresses", function()
    local text, json = user { { 1, 0x1234 }, { 2, 0x7f0012345678ULL } }
    assert.equal(id .. "+0x1234\n0x7f0012345678", text)
    assert.equal('["' .. id .. '+0x1234","0x7f0012345678"]', json)
  end)

  it("ends where addresses lead nowhere", function()
    assert.equal(id .. "+0x10", (user { { 1, 0x10 }, { 1, 0xffffffffffc00000ULL } }))
  end)
end)

-- What ksnoop says of a script with a mistake, from the message on.
local function said(options)
  local folder, clean = ks.folder()
  ks.write(folder .. "/t.lua", ('local ks = require "ksnoop"\nks.%s\n'):format(options))
  local r = ks.shell(("cd %s && %s --btf %s --dump bpf t.lua"):format(folder, ks.quote(ks.binary), ks.btf()))
  clean()
  assert.equal(2, r.code, r.out)
  return r.err
end

describe("a mistake with stacks", function()
  it("is shown where it is", function()
    assert.equal([[
t.lua:2: stack takes 1 to 127 frames, as a constant
    ks.probe "vfs_read" { capture = "s=stack(128)" }
                                             ^^^
]], said [[probe "vfs_read" { capture = "s=stack(128)" }]])
    assert.equal([[
t.lua:2: fold is for stacks, and this is size_t
    ks.probe "vfs_read" { capture = "s=count|fold" }
                                             ^^^^
]], said [[probe "vfs_read" { capture = "s=count|fold" }]])
    assert.equal([[
t.lua:2: what is added up is a number, and this is a stack
    ks.probe "vfs_read" { ks.sum { "stack" } }
                                    ^^^^^
]], said [[probe "vfs_read" { ks.sum { "stack" } }]])
    for _, text in ipairs { "s=stack(0)", "s=stack(count)", "s=stack(1, 2)", "s=ustack(-1)" } do
      assert.is_truthy(said(([[probe "vfs_read" { capture = %q }]]):format(text)):find "u?stack takes ")
    end
  end)

  it("is a predicate, and what to do is said", function()
    local only = "hint: it is for captures, templates and keys; caller is an address, which can be compared"
    for _, where in ipairs { "stack", "!stack", "stack == 1", "ustack ~ 'x*'", "stack == stack", "stack + 1",
      "stack in (1, 2)", "stack[0]", "stack(5) == 1" } do
      local text = said(([[probe "vfs_read" { where = %q }]]):format(where))
      assert.is_truthy(text:find(only, 1, true), text)
      assert.is_truthy(text:find("\n +%^+\n"), text)
    end
  end)

  it("is who called where nobody did", function()
    assert.equal([[
t.lua:2: who called sched_switch is not known here: a tracepoint stands within a function
    ks.probe "tp:sched_switch" { capture = "caller" }
                                            ^^^^^^
hint: stack(1) is the innermost function
]], said [[probe "tp:sched_switch" { capture = "caller" }]])
    assert.equal([[
t.lua:2: who called vfs_read is not known here: a kretprobe takes the place of its return address
    ks.probe "return:kprobe:vfs_read" { where = "caller" }
                                                 ^^^^^^
hint: stack(1) is the innermost function
]], said [[probe "return:kprobe:vfs_read" { where = "caller" }]])
  end)
end)
