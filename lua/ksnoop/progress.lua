--- What somebody who waits for many probes to be put on is told: before, what that will cost; then,
--- on a terminal, how far it is.
local ffi = require "ffi"
local core = require "ksnoop.core"
local human = require "ksnoop.human"
local unit = require "ksnoop.unit"

local C = core.C
local progress = {}

local EACH = 0.15 -- seconds that it takes at most to take a program off one function
local FEW = 20 -- programs that nobody needs to be told of, however long a busy machine takes

local total, alone = ffi.new "uint32_t[1]", ffi.new "uint32_t[1]"
local size = ffi.new "unsigned[2]"

local function redraws()
  local term = os.getenv "TERM" or ""
  return term ~= "" and term ~= "dumb" and C.ks_terminal(2, size, size + 1)
end

--- Begins: nothing is put on yet.
--- @return table for the others
function progress.new(trace)
  C.ks_attached(trace.handle, total, alone)
  local told = alone[0] > FEW and not trace.options.quiet
  if told then
    io.stderr:write(("ksnoop: %s programs have to be put on one by one here; to take them off at "
      .. "the end takes up to %s\n"):format(unit.count(alone[0]), human.dur(alone[0] * EACH * 1e9)),
      "hint: a narrower pattern, or --max-probes with a smaller number; Ctrl-C ends it at once\n")
  end
  return { trace = trace, is_line = told and redraws() }
end

--- Says how far it is.
function progress.show(self)
  if self.is_line then
    local done = C.ks_attached(self.trace.handle, total, alone)
    io.stderr:write(("\rksnoop: putting on %s programs: %d %%\27[K"):format(unit.count(alone[0]),
      math.floor(100 * done / total[0])))
  end
end

--- Takes the line away.
function progress.done(self)
  if self.is_line then
    io.stderr:write "\r\27[K"
  end
end

return progress
