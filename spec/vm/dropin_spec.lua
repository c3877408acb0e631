--- What `ksnoop trace` prints beside what bcc's ksnoop prints, of the same calls in one virtual machine.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local beside = require "spec.support.beside"
local ks = require "spec.support.ks"

local FIRST, LAST = ")31336", ")31337" -- of spec/vm/beside.lua

local functions = {
  "vfs_read(file->f_mode, buf, count, pos, return)", "vfs_write", "rw_verify_area(read_write, ppos, count, return)",
  "vfs_open(path, return)", "filp_close(filp->f_op, id, return)", "do_filp_open(dfd, pathname, op, return->f_flags)",
  "pipe_read", "pipe_write", "vfs_unlink(dentry->d_name, return)", "vfs_mkdir(mode, return)",
  "do_truncate(length, time_attrs, return)", "notify_change(attr, return)",
  "inode_permission(inode->i_mode, inode->i_op, mask, return)", "path_openat(op, flags, return->f_mode)",
  "do_sys_openat2", "vfs_rename(rd, return)", "file_update_time(file->f_pos, return)", "touch_atime(path)",
  "vfs_fsync_range(start, end, datasync, return)", "getname_flags(filename, flags, empty, return)",
  "kill_pid_info(sig, pid, return)",
}

-- Events whose comparisons mean the same with and without a sign.
local compared = {
  "vfs_write(count >= 200, count != 300, file->f_flags, return > 0)", "vfs_read(count == 64, pos, return == 64)",
  "inode_permission(mask == 3, inode->i_size)", "filp_close(return == 0)", "notify_change(attr->ia_valid > 0x40, attr)",
}

-- Without returns, which it loses or mixes up: spec/kernel/dropin_spec.lua has them.
local stacked = { "-s", "ksys_write(count)", "vfs_write(count)", "rw_verify_area(count)" }

local groups = { functions, compared, stacked }

-- What both tools printed of each group.
local function run(program)
  local folder, words = ks.sh "mktemp -d":match "%S+", {}
  for i, group in ipairs(groups) do
    for _, word in ipairs(group) do
      words[#words + 1] = ks.quote(word)
    end
    words[#words + 1] = i < #groups and "/" or nil
  end
  local r = ks.shell(("cd %s && %s/spec/vm/run -k 6.1 --with %s:/usr/sbin/bcc-ksnoop --get /tmp/beside "
    .. "-- luajit spec/vm/beside.lua %s"):format(folder, ks.root, program, table.concat(words, " ")))
  assert(r.code == 0, r.out .. r.err)
  local found = {}
  for i in ipairs(groups) do
    found[i] = {}
    for _, tool in ipairs { "ours", "theirs" } do
      found[i][tool] = ks.read(("%s/beside/%d.%s"):format(folder, i, tool))
    end
  end
  os.execute("rm -r " .. folder)
  return found
end

-- Both tools' events: ours, as bcc's ksnoop would print them, and how many lines that changed; theirs.
-- left_out: a function that it does not show.
local function compare(found, btf, left_out)
  local prediction, lines, j, names = beside.new(btf), 0, 1, {}
  local ours = beside.between(beside.events(found.ours), FIRST, LAST)
  local theirs = beside.between(beside.events(found.theirs), FIRST, LAST)
  assert.equal(found.ours:match "^[^\n]*\n", found.theirs:match "^[^\n]*\n")
  for _, e in ipairs(ours) do
    local other = theirs[j] or {}
    lines = lines + #e.lines
    names[e.name] = true
    if e.name == left_out then
      prediction.count("functions between the first and the last of a stack", #e.lines)
    elseif not (prediction.omits(e) and (other.name ~= e.name or other.is_return ~= e.is_return)) then
      assert.equal(e.name, other.name, j)
      assert.equal(e.pid, other.pid)
      assert.equal(table.concat(prediction.predict(e), "\n"), table.concat(other.lines, "\n"), e.name)
      j = j + 1
    end
  end
  assert.equal(#theirs, j - 1)
  return #theirs, lines, prediction, names
end

local function size(set)
  local n = 0
  for _ in pairs(set) do
    n = n + 1
  end
  return n
end

describe("ksnoop trace beside bcc's ksnoop", function()
  local found, missing, btf

  setup(function()
    local r = ks.shell "spec/vm/peer bookworm libbpf-tools usr/sbin/ksnoop"
    missing = r.code ~= 0 and "bcc's ksnoop can't be fetched: " .. r.err
    if not missing then
      btf = ks.sh "spec/vm/btf 6.1":match "%S+"
      found = run(r.out:match "%S+")
    end
  end)

  local function ready()
    if missing then
      pending(missing)
    end
  end

  it("prints the same of 20 functions, but for faults of its libbpf", function()
    ready()
    local events, lines, prediction, names = compare(found[1], btf)
    assert.is_true(events >= 500, events)
    assert.is_true(size(names) >= 20, size(names))
    assert.is_true(prediction.lines * 10 <= lines, prediction.lines .. " of " .. lines)
    print(("\n@tally says bcc's ksnoop: %d events of %d functions, %d lines, %d of them predicted"):format(events,
      size(names), lines, prediction.lines))
    for rule, n in pairs(prediction.rules) do
      print(("@tally says bcc's ksnoop: %s: %d"):format(rule, n))
    end
  end)

  it("makes the same of comparisons, of entries and of entries with returns", function()
    ready()
    local events, _, _, names = compare(found[2], btf)
    assert.is_true(events >= 20, events)
    assert.equal(5, size(names))
  end)

  it("shows the same of calls that led to others", function()
    ready()
    local events, _, _, names = compare(found[3], btf, "vfs_write")
    assert.is_true(events >= 20, events)
    assert.equal(3, size(names))
  end)
end)
