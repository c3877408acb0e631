--- Paths of control groups by their ids, in a folder that stands for the file system of them.
local ks = require "spec.support.ks"

describe("the path of a cgroup", function()
  local program, folder, clean

  setup(function()
    program = ks.build "unit/cgroups"
    folder, clean = ks.folder()
    ks.shell(("mkdir -p '%s/c g/system.slice/a b' '%s/c g/deep'"):format(folder, folder))
  end)
  teardown(function() clean() end)

  local function inode(path)
    return ks.shell(("stat -c %%i '%s/%s'"):format(folder, path)).out:match "%d+"
  end

  local function paths(mounts, ...)
    local file = ks.write(folder .. "/mounts", mounts)
    return ks.shell(table.concat({ program, file, ... }, " ")).out
  end

  local function mount(where, kind)
    return ("30 23 0:26 / %s rw,nosuid shared:4 - %s cgroup2 rw\n"):format(where, kind or "cgroup2")
  end

  it("is what it is called below where they are mounted", function()
    local text = "22 1 0:5 / /dev rw - devtmpfs udev rw\n" .. mount(folder .. "/c\\040g")
    assert.equal("/\n/system.slice\n/system.slice/a b\n/deep\n", paths(text, inode "c g", inode "c g/system.slice",
      inode "c g/system.slice/a b", inode "c g/deep"))
  end)

  it("is not known of what is not there, nor where none are mounted", function()
    assert.equal("-\n", paths(mount(folder .. "/c\\040g"), inode ""))
    assert.equal("-\n", paths(mount(folder .. "/c\\040g", "cgroup"), inode "c g"))
    assert.equal("-\n", paths(mount(folder .. "/nowhere"), inode "c g"))
    assert.equal("-\n", paths("", inode "c g"))
    assert.equal("-\n", paths("- cgroup2 \n1 2 - cgroup2 \n", inode "c g"))
  end)
end)
