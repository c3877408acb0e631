--- Reading a kernel's BTF and looking a hundred functions up takes at most a tenth of what libbpf takes:
--- in instructions, in one run. By libbpf: btf__parse, and btf__find_by_name_kind for each name.
local ks = require "spec.support.ks"

local build = os.getenv "KSNOOP_BUILD" or "build"
local kernel = os.getenv "BTF" or "/sys/kernel/btf/vmlinux"

-- A hundred functions from all over the file. The last ones cost libbpf most, so none is chosen.
local function some_names(btf)
  local all, names = {}, {}
  for name in ks.run("--btf", btf, "info", "*").out:gmatch "([%w_]+)%b();\n" do
    all[#all + 1] = name
  end
  for i = 0, 99 do
    names[#names + 1] = all[1 + math.floor(i * #all / 100)]
  end
  return names
end

local function measure(reader, btf, names)
  local file = os.tmpname()
  local r = ks.shell(("valgrind -q --tool=callgrind --toggle-collect=read_and_find --callgrind-out-file=%s "
    .. "%s/bench/names %s %s %s"):format(file, build, reader, btf, table.concat(names, " ")))
  assert.equal(0, r.code, r.err)
  local insns = tonumber(ks.read(file):match "\ntotals: (%d+)")
  os.remove(file)
  local plain = ks.shell(("%s/bench/names %s %s %s"):format(build, reader, btf, table.concat(names, " ")))
  local sum, ns = plain.out:match "^(%d+) (%d+)\n"
  return insns, sum, tonumber(ns)
end

describe("reading a kernel's BTF", function()
  it("and finding a hundred functions takes at most a tenth of libbpf's instructions", function()
    local there = io.open(kernel)
    if build:find "asan" then
      pending "valgrind does not run what a sanitizer watches"
      return
    elseif not there then
      pending "this machine's kernel has no BTF"
      return
    end
    there:close()
    local folder, clean = ks.folder()
    local btf = folder .. "/btf"
    ks.shell(("cat %s >%s"):format(kernel, btf)) -- the kernel's own could be mapped
    local names = some_names(btf)
    local ours, our_sum, our_ns = measure("ours", btf, names)
    local theirs, their_sum, their_ns = measure("libbpf", btf, names)
    clean()
    print(("@tally says BTF and 100 names: %d instructions, libbpf %d, 1 to %.1f; %.2f ms, libbpf %.2f ms")
      :format(ours, theirs, theirs / ours, our_ns / 1e6, their_ns / 1e6))
    assert.equal(their_sum, our_sum)
    assert.is_true(ours > 1000000, "this reads no kernel's BTF")
    assert.is_true(ours * 10 <= theirs, ("%d instructions, libbpf %d"):format(ours, theirs))
  end)
end)
