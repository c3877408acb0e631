--- keep and emit of the C interface, on types alone.
local ks = require "spec.support.ks"

describe("a flight recorder in C", function()
  local ffi = require "ffi"
  local core = ks.require "ksnoop.core"
  local C = core.C
  local trace, probe

  before_each(function()
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf()
    trace = C.ks_open(options, core.error)
    probe = C.ks_probe(trace, ffi.new("const char *[1]", { "vfs_read" }), 1, core.error)
    assert.equal(0, C.ks_capture(probe, "count", core.error))
  end)
  after_each(function() C.ks_close(trace) end)

  local function compile()
    return C.ks_compile(trace, ffi.new "struct ks_probe *[1]", core.error), ffi.string(core.error.message)
  end

  it("has a condition", function()
    assert.equal(0, C.ks_keep(probe, 4, core.error))
    assert.equal(0, C.ks_emit(probe, "count == 1", core.error))
    assert.equal(0, (compile()))
  end)

  it("is refused without one: its records would go out at once, and count as kept", function()
    assert.equal(0, C.ks_keep(probe, 4, core.error))
    assert.same({ -1, "records are kept, and nothing says when they go out" }, { compile() })
  end)

  it("is of one record or more", function()
    assert.equal(-1, C.ks_keep(probe, 0, core.error))
    assert.equal("a recorder of 0 records", ffi.string(core.error.message))
  end)
end)
