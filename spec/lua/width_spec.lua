--- How many columns text takes on a terminal: against the C library, which knows in a UTF-8 locale.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core, grid = ks.require "ksnoop.core", ks.require "ksnoop.grid"

ffi.cdef [[
char *setlocale(int category, const char *locale);
int wcwidth(int c);
]]

local function utf8(c)
  local byte, floor = string.char, math.floor
  if c < 0x80 then
    return byte(c)
  elseif c < 0x800 then
    return byte(0xc0 + floor(c / 64), 0x80 + c % 64)
  elseif c < 0x10000 then
    return byte(0xe0 + floor(c / 4096), 0x80 + floor(c / 64) % 64, 0x80 + c % 64)
  end
  return byte(0xf0 + floor(c / 262144), 0x80 + floor(c / 4096) % 64, 0x80 + floor(c / 64) % 64, 0x80 + c % 64)
end

describe("the width of text", function()
  it("is that of the C library, for every character", function()
    local LC_CTYPE = 0
    local before = ffi.string(ffi.C.setlocale(LC_CTYPE, nil))
    assert.is_true(ffi.C.setlocale(LC_CTYPE, "C.UTF-8") ~= nil)
    local all, different = 0, {}
    for c = 0x20, 0xe01ef do
      local expected = ffi.C.wcwidth(c)
      if expected >= 0 then
        all = all + 1
        local got = grid.width(utf8(c))
        if got ~= expected then
          different[#different + 1] = ("%x: %d, not %d"):format(c, got, expected)
        end
      end
    end
    ffi.C.setlocale(LC_CTYPE, before)
    assert.is_true(all > 130000, all)
    assert.is_true(#different < 10, #different .. ": " .. table.concat(different, "\n", 1, math.min(#different, 60)))
  end)

  it("is the sum of its characters', without colours", function()
    for text, width in pairs { [""] = 0, abc = 3, ["\228\184\173\230\150\135"] = 4, ["e\204\129"] = 1, ["\195\169"] = 1,
      ["\240\159\144\167x"] = 3, ["\27[1;31mred\27[0m"] = 3, ["\255\254"] = 2, ["\27[31"] = 4 } do
      assert.equal(width, grid.width(text), text)
    end
    assert.equal(4, tonumber(core.C.ks_columns("\228\184\173\230\150\135", 6)))
  end)

  it("makes columns straight", function()
    local lines = {}
    grid.add(lines, { { "\228\184\173", "1" }, { "abc", "22" } }, { true })
    assert.same({ "  \228\184\173    1", "  abc  22" }, lines)
    assert.equal("\228\184\173 ", grid.pad("\228\184\173", -3))
  end)
end)
