--- Values of every struct, union, enum and typedef of each kernel's types: as SHOW_DUMP prints them
--- beside what libbpf prints (spec/core/dump.c), as JSON beside what their bytes are
--- (spec/core/values.c, spec/support/values.py), and what that takes (spec/bench/decode.c).
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"

local callgrind = require "spec.bench.callgrind"

local build = os.getenv "KSNOOP_BUILD" or "build"
local seed = tonumber(os.getenv "SEED") or os.time()
local sh = ks.sh

-- What a text may take: libbpf's instructions over ours, and instructions a byte of it.
local FASTER, A_BYTE = 25, 8

local function speed(btf)
  local libbpf, lines = nil, {}
  local names = { "task_struct", "sk_buff", "net_device", "super_block", "file" }
  local cases = callgrind.decode(build .. "/bench/decode", btf, names)
  assert.equal(#names * 9, #cases)
  for _, case in ipairs(cases) do
    if case.what == "libbpf" then
      libbpf = case
    elseif case.what == "plan" then
      lines[#lines + 1] = ("a plan of %s: %d instructions"):format(case.name, case.insns)
    elseif case.what ~= "zero" and case.what ~= "memcpy" then
      local faster, a_byte = libbpf.insns / case.insns, case.insns / case.text
      local line = ("%s as %s: %d instructions, %.1f a byte, libbpf %.0f times as many"):format(case.name, case.what,
        case.insns, a_byte, faster)
      assert.is_true(case.what == "json" or (faster >= FASTER and a_byte <= A_BYTE), line)
      -- The dump has libbpf's text, but for bytes that it shows as characters.
      assert.is_true(case.what ~= "dump" or math.abs(case.text - libbpf.text) < libbpf.text / 100, line)
      lines[#lines + 1] = line
    end
  end
  return lines
end

describe("values of a kernel's types", function()
  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it(("are what their bytes are: %s (SEED=%d)"):format(kernel, seed), function()
      local btf = sh("spec/vm/btf %s", kernel):match "^(%S+)\n$"
      local out = sh("%s %s %d", ks.build "unit/dump", btf, seed)
      local types, texts, lines, same, wrong =
        out:match "types (%d+), texts (%d+), lines (%d+), same as libbpf (%d+), wrong (%d+)"
      assert.equal("0", wrong, out)
      assert.is_true(tonumber(types) > 10000 and tonumber(texts) == 6 * types, out)
      print(("\n@tally says dump on %s: all %s types, %s texts of %s lines; %s as libbpf, others predicted (SEED=%d)")
        :format(kernel, types, texts, lines, same, seed))
      for rule, count in out:gmatch "([^\n:]+): (%d+)\n" do
        print(("@tally says dump on %s: %s: %s"):format(kernel, rule, count))
      end

      local json = sh("%s %s %d 1 | python3 spec/support/values.py %s", ks.build "unit/values", btf, seed, btf)
      local values, leaves = json:match "values (%d+), leaves (%d+), formatted 0, wrong 0\n"
      assert.is_true(tonumber(values) > 20000, json)
      print(("@tally says JSON on %s: %s values, %s numbers and texts, each what its bytes are")
        :format(kernel, values, leaves))

      json = sh("%s %s %d 1 formatted | python3 spec/support/values.py %s formatted", ks.build "unit/values", btf,
        seed, btf)
      local formatted = json:match "formatted (%d+), wrong 0\n"
      assert.is_true(tonumber(formatted) > 1000, json)
      print(("@tally says JSON on %s: %s of them by a formatter"):format(kernel, formatted))

      if kernel == "6.1" and not build:find "asan" then
        print("@tally says " .. table.concat(speed(btf), "\n@tally says "))
      end
    end)
  end
end)
