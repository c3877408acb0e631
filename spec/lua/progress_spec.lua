--- What is said while many probes are put on, on a terminal that is not there.
local ks = require "spec.support.ks"

local screen = ks.build "guest/screen"

-- Runs progress.lua over a core that is made up, as far as `steps` says, with stderr on a terminal.
local function shown(steps, environment)
  local folder, clean = ks.folder()
  ks.write(folder .. "/run.lua", ([[
    package.path = %q .. "/lua/?.lua"
    local ffi, done = require "ffi", 0
    ffi.cdef "int isatty(int fd);"
    package.loaded["ksnoop.core"] = { C = {
      ks_attached = function(_, total, alone) total[0], alone[0] = 3000, 1500 return done end,
      ks_terminal = function(fd) return ffi.C.isatty(fd) == 1 end,
    } }
    package.loaded["ksnoop.human"] = { dur = function(ns) return ns / 1e9 .. "s" end }
    package.loaded["ksnoop.unit"] = { count = tostring }
    local progress = require "ksnoop.progress"
    local shown = progress.new { options = { quiet = QUIET } }
    %s]]):format(ks.root, steps):gsub("QUIET", environment == "quiet" and "true" or "nil"))
  local r = ks.shell(("TERM=%s %s 100x10 -- sh -c 'luajit %s/run.lua 2>&1'"):format(
    environment == "dumb" and "dumb" or "xterm", screen, folder))
  clean()
  assert.same({ 0, "scrolled 0\n" }, { r.code, r.err })
  return r.out
end

local said = [[
ksnoop: 1500 programs have to be put on one by one here; to take them off at the end takes up to 225
s
hint: a narrower pattern, or --max-probes with a smaller number; Ctrl-C ends it at once
]]

describe("progress", function()
  it("is said before anything is put on, then is one line that is written over", function()
    assert.equal(said .. "ksnoop: putting on 1500 programs: 50 %\n",
      shown "progress.show(shown) done = 1500 progress.show(shown)")
  end)

  it("leaves no line behind", function()
    assert.equal(said .. "ksnoop: the next\n",
      shown "done = 2999 progress.show(shown) progress.done(shown) io.stderr:write 'ksnoop: the next\\n'")
  end)

  it("is no line where lines can't be written over, and nothing under -q", function()
    assert.equal(said, shown("progress.show(shown) progress.done(shown)", "dumb"))
    assert.equal("", shown("progress.show(shown) progress.done(shown)", "quiet"))
  end)
end)
