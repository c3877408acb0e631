--- Which instruction did the verifier stop at? Its logs as kernels write them.
local ks = require "spec.support.ks"

local rejected

local function insn(log)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(log)
  file:close()
  local r = ks.shell(("%s <%s"):format(rejected, path))
  os.remove(path)
  return tonumber(r.out)
end

describe("the instruction that a verifier's log ends at", function()
  setup(function() rejected = ks.build "unit/rejected" end)

  it("is the last one listed", function()
    assert.equal(1, insn [[
; where = "a == 1"
0: (79) r2 = *(u64 *)(r1 +0)
; capture
1: (79) r3 = *(u64 *)(r5 +0)
R5 !read_ok
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
]])
  end)

  it("is not one of its states, of its ways back, or a number in the script's text", function()
    assert.equal(12, insn [[
func#0 @0
0: R1=ctx() R10=fp0
; where = "insn 7: (x)" @ slow.lua:4
11: (b7) r0 = 0                       ; R0_w=0
from 5 to 12: R0=0 R1=ctx() R10=fp0
12: (71) r1 = *(u8 *)(r6 +99)
13: R0=0
mark_precise: frame0: regs=r1 stack= before 3: (07) r1 += 8
invalid access to map value, value_size=64 off=99 size=1
processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
]])
  end)

  it("is the one that a line names when none was listed", function()
    assert.equal(3, insn "jump out of range from insn 3 to 90\nprocessed 0 insns max_states_per_insn 0\n")
    assert.equal(7, insn "unreachable insn 7\n")
  end)

  it("is none when the log is about the function", function()
    assert.equal(-1, insn [[
The function irqentry_enter return type STRUCT is unsupported.
processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
]])
    assert.equal(-1, insn "")
  end)
end)
