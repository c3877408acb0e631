--- Build ids and functions of programs' files, against what binutils say of them.
local ks = require "spec.support.ks"

describe("a program's file", function()
  local program, folder, clean

  setup(function()
    program = ks.build "unit/elf"
    folder, clean = ks.folder()
  end)
  teardown(function() clean() end)

  local function told(file, ...)
    local r = ks.shell(table.concat({ program, file, ... }, " "))
    assert.equal(0, r.code, r.out .. r.err)
    return r.out
  end

  -- A program of two functions; options: of the linker.
  local function built(name, options)
    local c = ks.write(folder .. "/t.c",
      "int second(void) { return 2; }\nint main(void) { return second(); }\n")
    local path = folder .. "/" .. name
    assert.equal(0, ks.shell(("gcc -O0 %s -o %s %s"):format(options, path, c)).code)
    return path
  end

  it("has a build id and functions", function()
    for _, options in ipairs { "", "-static", "-no-pie" } do
      local path = built("good", options .. " -Wl,--build-id")
      local id = ks.shell("readelf -n " .. path).out:match "Build ID: (%x+)"
      local at = ks.shell("nm " .. path).out:match "(%x+) T second\n"
      -- where in the file: by the segment that has it
      local place
      for offset, address, size in ks.shell("readelf -lW " .. path).out:gmatch
        "LOAD +0x(%x+) 0x(%x+) 0x%x+ 0x(%x+)" do
        local from = tonumber(address, 16)
        if tonumber(at, 16) >= from and tonumber(at, 16) < from + tonumber(size, 16) then
          place = tonumber(at, 16) - from + tonumber(offset, 16)
        end
      end
      assert.equal(id .. "\nsecond+0x0\nsecond+0x3\n", told(path, ("%x"):format(place),
        ("%x"):format(place + 3)))
      assert.is_truthy(told(path, "fffffffffff"):find "\n%?%+0x%x+\n$")
    end
  end)

  it("may have neither", function()
    assert.equal("no build id\n", told(built("anonymous", "-Wl,--build-id=none")))
    assert.is_truthy(told(built("bare", "-static -s -Wl,--build-id")):find "^%x+\nno symbols\n$")
    assert.equal("no build id\n", told(ks.write(folder .. "/text", ("text"):rep(100))))
    assert.equal("no build id\n", told(ks.write(folder .. "/empty", "")))
  end)

  it("may be anything", function()
    told(built("spoilt", "-Wl,--build-id"), "spoil", "3000")
  end)
end)
