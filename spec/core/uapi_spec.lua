--- The constants of core/uapi.def have the values that a C compiler finds in the kernel's headers.
local ks = require "spec.support.ks"

local folder, clean

-- { { macro =, name =, value = }, ... }
local function rows()
  local list = {}
  for macro, name, value in ks.read "core/uapi.def":gmatch "\n(X[%w_]*)%(([%w_]+), ([^)]+)%)" do
    list[#list + 1] = { macro = macro, name = name, value = value }
  end
  return list
end

-- Headers that do not bear each other, and so are compiled apart.
local headers = {
  [[asm/mman.h asm/poll.h asm/ptrace.h asm/signal.h asm/socket.h linux/capability.h linux/eventpoll.h
    linux/falloc.h linux/fcntl.h linux/fs.h linux/futex.h linux/if_ether.h linux/if_packet.h
    linux/inotify.h linux/magic.h linux/memfd.h linux/mman.h linux/mount.h linux/neighbour.h
    linux/netlink.h linux/prctl.h linux/ptrace.h linux/resource.h linux/sched.h linux/stat.h
    linux/tcp.h linux/time.h linux/wait.h linux/xattr.h]],
  [[sys/socket.h linux/icmp.h linux/if.h linux/if_arp.h linux/in.h linux/netfilter.h]],
}

-- arm64 has the generic headers but for these (arch/arm64/include/uapi/asm).
local arm64 = {
  fcntl = [[
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000
#include <asm-generic/fcntl.h>
]],
  mman = "#define PROT_BTI 0x10\n#define PROT_MTE 0x20\n#include <asm-generic/mman.h>\n",
  ptrace = "#define PTRACE_SYSEMU 31\n#define PTRACE_SYSEMU_SINGLESTEP 32\n",
  byteorder = "#include <linux/byteorder/little_endian.h>\n",
  sigcontext = "",
}

local function arm64_headers()
  local path = folder .. "/arm64/asm"
  ks.shell("mkdir -p " .. path)
  for name in ks.shell("ls /usr/include/asm-generic").out:gmatch "(%S+)%.h" do
    ks.write(("%s/%s.h"):format(path, name), ("#include <asm-generic/%s.h>\n"):format(name))
  end
  for name, text in pairs(arm64) do
    ks.write(("%s/%s.h"):format(path, name), text)
  end
  return "-I" .. folder .. "/arm64"
end

-- What the compiler says of each row that a header has: { name = value in hex }.
local function ask(list, options)
  local found = {}
  for _, group in ipairs(headers) do
    local lines = { group:gsub("%S+", "#include <%0>\n"), "int printf(const char *, ...);\nint main(void)\n{\n" }
    for _, row in ipairs(list) do
      lines[#lines + 1] = ('#ifdef %s\nprintf("%s %%llx\\n", (unsigned long long)(%s));\n#endif\n')
        :format(row.name, row.name, row.name)
    end
    lines[#lines + 1] = "return 0;\n}\n"
    ks.write(folder .. "/ask.c", table.concat(lines))
    local r = ks.shell(("cd %s && gcc -w -D_GNU_SOURCE %s -o ask ask.c && ./ask"):format(folder, options))
    assert(r.code == 0, r.err)
    for name, value in r.out:gmatch "(%S+) (%x+)\n" do
      found[name] = value
    end
  end
  return found
end

local function names(list, ...)
  local of = {}
  for _, macro in ipairs { ... } do
    for _, row in ipairs(list) do
      of[#of + 1] = row.macro == macro and row.name or nil
    end
  end
  return of
end

-- The values that the rows of these macros have in C.
local function values(list, ...)
  local text = { "int printf(const char *, ...);\nint main(void)\n{\n" }
  for _, macro in ipairs { ... } do
    for _, row in ipairs(list) do
      if row.macro == macro then
        text[#text + 1] = ('printf("%s %%llx\\n", (unsigned long long)(long)(%s));\n'):format(row.name, row.value)
      end
    end
  end
  text[#text + 1] = "return 0;\n}\n"
  ks.write(folder .. "/rows.c", table.concat(text))
  local r = ks.shell(("cd %s && gcc -w -o rows rows.c && ./rows"):format(folder))
  assert(r.code == 0, r.err)
  local of = {}
  for name, value in r.out:gmatch "(%S+) (%x+)\n" do
    of[name] = value
  end
  return of
end

describe("core/uapi.def", function()
  local list = rows()

  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("has its hundreds of names, each once for an architecture, and sorted", function()
    assert.is_true(#list > 700)
    for _, arch in ipairs { "X_X86_64", "X_ARM64" } do
      local last = ""
      for _, row in ipairs(list) do
        if row.macro == "X" or row.macro == arch then
          assert.is_true(last < row.name, last .. " before " .. row.name)
          last = row.name
        end
      end
    end
  end)

  it("has x86-64's values", function()
    local expected, had = ask(list, ""), values(list, "X", "X_X86_64", "X_ALONE")
    assert.same(expected, had)
  end)

  it("has arm64's values", function()
    local expected, had = ask(list, arm64_headers()), values(list, "X", "X_ARM64", "X_ALONE")
    assert.same(expected, had)
  end)

  it("calls the kernel's what no header here has", function()
    local found = ask(list, "")
    for _, name in ipairs(names(list, "X_KERNEL")) do
      assert.is_nil(found[name], name)
    end
    assert.is_true(#names(list, "X_KERNEL") > 10)
  end)

  it("is found by name, all of it, and nothing else", function()
    local want, lines = values(list, "X", "X_X86_64", "X_ALONE", "X_KERNEL"), {}
    for name in pairs(want) do
      lines[#lines + 1] = name
    end
    for _, name in ipairs { "", "A", "O", "O_", "O_APPEN", "O_APPENDX", "__", "zzz", "PROT_MTE" } do
      lines[#lines + 1] = name
    end
    local had, r = {}, ks.shell(ks.build "unit/uapi", table.concat(lines, "\n") .. "\n")
    for name, value in r.out:gmatch "(%S*) (%x+)\n" do
      had[name] = value
    end
    assert.same(want, had)
  end)
end)
