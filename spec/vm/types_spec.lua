--- ksnoop type on kernels' own types: where it says that members are, gcc finds them, with the header that
--- bpftool makes of the same types. And pahole says the same of sizes.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"
local offsets = require "spec.support.offsets"

-- All of them take gcc a minute. Another thousand each day.
local COUNT, SEED = 1000, tonumber(os.getenv "SEED") or tonumber(os.date "%j")

describe("ksnoop type", function()
  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it("agrees with gcc and with pahole on the types of kernel " .. kernel, function()
      local got = ks.shell("spec/vm/btf " .. kernel)
      assert.equal(0, got.code, got.err)
      local btf = got.out:match "^(%S+)\n$"
      local count, compared, wrong, out = offsets.compare(btf, nil, COUNT, SEED)
      assert.equal(0, wrong, out)
      assert.equal(COUNT, count)
      local same, sizes = 0, {}
      local ours = ks.shell(("%s --btf %s type 'struct *' 'union *'"):format(ks.binary, btf))
      for name, size in ours.out:gmatch "%l+ ([%w_]+): (%d+) byte" do
        sizes[name .. " " .. size] = true
      end
      local theirs = ks.shell("pahole --sizes " .. btf)
      for name, size in theirs.out:gmatch "([%w_]+)\t(%d+)\t%d+\n" do
        assert.is_true(sizes[name .. " " .. size] or false, name .. " " .. size)
        same = same + 1
      end
      assert.is_true(same > 3000, tostring(same))
      print(("@tally says types on %s: %d structs and unions, %d offsets, sizes and bits as gcc has them; %d sizes as "
        .. "pahole has them; seed %d"):format(kernel, count, compared, same, SEED))
    end)
  end
end)
