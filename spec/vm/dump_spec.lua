--- What SHOW_DUMP prints beside what libbpf does, for every struct, union, enum and typedef of each
--- kernel's types: spec/core/dump.c.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"

local seed = tonumber(os.getenv "SEED") or os.time()
local folder, clean

local function sh(command, ...)
  local r = ks.shell(command:format(...))
  assert.equal(0, r.code, r.out .. r.err)
  return r.out
end

describe("values of a kernel's types", function()
  before_each(function()
    folder, clean = ks.folder()
  end)

  after_each(function()
    clean()
  end)

  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it(("are dumped as libbpf does it, less its faults: %s (SEED=%d)"):format(kernel, seed), function()
      sh("cd %s && %s/spec/vm/run -k %s --get /tmp/btf -- cp /sys/kernel/btf/vmlinux /tmp/btf", folder, ks.root, kernel)
      local out = sh("%s %s/btf %d", ks.build "unit/dump", folder, seed)
      local types, texts, lines, same, wrong =
        out:match "types (%d+), texts (%d+), lines (%d+), same as libbpf (%d+), wrong (%d+)"
      assert.equal("0", wrong, out)
      assert.is_true(tonumber(types) > 10000 and tonumber(texts) == 6 * types, out)
      print(("\n@tally says dump on %s: all %s types, %s texts of %s lines; %s as libbpf, others predicted (SEED=%d)")
        :format(kernel, types, texts, lines, same, seed))
      for rule, count in out:gmatch "([^\n:]+): (%d+)\n" do
        print(("@tally says dump on %s: %s: %s"):format(kernel, rule, count))
      end
    end)
  end
end)
