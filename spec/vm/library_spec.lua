--- The library of recipes, without a kernel that runs: on the types of all four, each recipe does with events that are
--- made up what it should. spec/kernel/library_spec.lua tests all on what happens.
if os.getenv "KSNOOP_VM" then
  return -- kernels' types may have to be asked for, which starts virtual machines
end

local ks = require "spec.support.ks"
local library = require "spec.support.library"

-- The system calls that recipes are on, with their arguments as tracefs has them on every kernel.
local calls = {
  open = "const char * filename, int flags, umode_t mode",
  openat = "int dfd, const char * filename, int flags, umode_t mode",
  openat2 = "int dfd, const char * filename, struct open_how * how, size_t usize",
  execve = "const char * filename, const char *const * argv, const char *const * envp",
  execveat = "int fd, const char * filename, const char *const * argv, const char *const * envp, int flags",
  fsync = "unsigned int fd", fdatasync = "unsigned int fd", syncfs = "int fd",
  sync_file_range = "int fd, loff_t offset, loff_t nbytes, unsigned int flags",
  msync = "unsigned long start, size_t len, int flags",
  mount = "char * dev_name, char * dir_name, char * type, unsigned long flags, void * data",
  umount = "char * name, int flags",
}

local function write_calls(folder)
  for name, args in pairs(calls) do
    local lines, offset = { "name: sys_enter_" .. name, "ID: 1", "format:",
      "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;", "",
      "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;" }, 16
    for arg in (args .. ","):gmatch "%s*([^,]+)," do
      lines[#lines + 1] = ("\tfield:%s;\toffset:%d;\tsize:8;\tsigned:0;"):format(arg, offset)
      offset = offset + 8
    end
    local where = ("%s/events/syscalls/sys_enter_%s"):format(folder, name)
    ks.shell("mkdir -p " .. where)
    ks.write(where .. "/format", table.concat(lines, "\n") .. "\n")
  end
end

-- contention_begin is not there before 5.19.
local untested = { ["5.10"] = { lock_waits = true } }

describe("the recipes of the library", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    local made = ks.shell(("make -s install PREFIX=%s/k && cp spec/support/library_events.lua %s/events.lua"):format(
      folder, folder))
    assert(made.code == 0, made.err)
    write_calls(folder .. "/tracefs")
  end)
  teardown(function() clean() end)

  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it("do what they should with events that are made up, on the types of " .. kernel, function()
      local got = ks.shell("spec/vm/btf " .. kernel)
      assert.equal(0, got.code, got.err)
      local r = ks.shell(("%s/k/bin/ksnoop --btf %s --tracefs %s/tracefs %s/events.lua"):format(folder,
        got.out:match "^(%S+)\n$", folder, folder))
      assert.equal("", r.err)
      local tested, out = {}, untested[kernel] or {}
      for name, said in r.out:gmatch "([%w_]+): ([^\n]*)\n" do
        tested[name] = said
      end
      for _, name in ipairs(library.names()) do
        assert.equal(not out[name] and "good" or nil, tested[name], name .. "\n" .. r.out)
      end
    end)

    it("stand with others in the one-liners of the README, which compile for " .. kernel, function()
      local btf = ks.shell("spec/vm/btf " .. kernel).out:match "^(%S+)\n$"
      local n = 0
      for command in ks.read "README.md":match "\n## One%-liners\n(.-)\n## ":gmatch "| `ksnoop ([^`]*)` |" do
        n = n + 1
        local r = ks.shell(("%s/k/bin/ksnoop --btf %s --tracefs %s/tracefs --dump bpf %s >/dev/null"):format(folder,
          btf, folder, (command:gsub("\\|", "|"))))
        assert.same({ 0, "" }, { r.code, r.err }, command)
      end
      assert.equal(12, n)
    end)
  end
end)
