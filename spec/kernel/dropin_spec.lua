--- ksnoop trace: what bcc's ksnoop does, and where that is wrong what is right. Names begin with the numbers of
--- its faults: 1 too few arguments, 2 members, 3 pointers, 4 lengths, 5 threads for processes, 6 signs, 7 garbage
--- taken, 8 a function twice, 9 tasks never forgotten, 10 deep calls, 11 mixed up calls, 12 stacks, 13 events that
--- never come, 14 names not found, 15 functions that begin otherwise, 16 needless probes, 17 needless bytes,
--- 18 needless reads, 19 the last events, 20 crashes, 21 long names, 22 what its end says. What needs no kernel is
--- in spec/core/trace_spec.lua.
local guest = require "spec.kernel.guest"

local INDENT = (" "):rep(36)

-- What the process that is looked at does: calls of libc's by luajit. Prints its pid.
local function work(calls)
  guest.spill("/tmp/work.lua", [[
    local ffi = require "ffi"
    ffi.cdef "int open(const char *, int, ...); long read(int, void *, size_t); long write(int, const void *, size_t);"
    ffi.cdef "int getpid(void); int fork(void); int waitpid(int, int *, int);"
    ffi.cdef "long pread(int, void *, size_t, int64_t); int mkdir(const char *, unsigned); void _exit(int);"
    local C, buf = ffi.C, ffi.new "char[4096]"
    local file = C.open("/tmp/work", 578, ffi.cast("int", 420))
    io.stderr:write("pid ", C.getpid(), "\n")
  ]] .. calls)
  return "-c 'luajit /tmp/work.lua'"
end

-- The events of a run: { name =, pid =, text = } without the blanks around each line; what was said on
-- stderr; the pid of the process above.
local function trace(options, words)
  local code, out, err = guest.sh(("ksnoop %s %s"):format(options, words))
  assert(code == 0, ("ksnoop ended with %d:\n%s"):format(code, err))
  local list, head, rest = {}, out:match "^([^\n]*\n)(.*)$"
  assert.are.equal("            TIME  CPU      PID FUNCTION/ARGS\n", head)
  local read = 0
  for event, pid, name, body in rest:gmatch "( *%d+ +%d+ +(%d+) ([%w_.]+)%(\n(.-)\n +%);\n\n)" do
    read = read + #event
    list[#list + 1] = { name = name, pid = tonumber(pid), text = body:gsub(" *\n *", "\n"):gsub("^ +", "") }
  end
  assert.are.equal(#rest, read) -- nothing else is there
  return list, err, tonumber(err:match "pid (%d+)")
end

local function texts(list, pid)
  local found = {}
  for _, e in ipairs(list) do
    if not pid or e.pid == pid then
      found[#found + 1] = e.name .. ": " .. e.text:gsub("\n", " | ")
    end
  end
  return found
end

-- One run for most of what follows, as a start takes a second.
local process, run

local function shared()
  if not run then
    local list, _, pid = trace("-q " .. work [[
      os.execute "mknod /tmp/work-dev c 250 77"
      C.mkdir("/tmp/work-dir", 448)
      C.read(C.open("/tmp/work-dir", 0), buf, 10)
      C.write(file, buf, 10)
      C.write(file, buf, 20)
      C.write(file, buf, 30)
      for i = 1, 3 do C.open("/tmp/work-dev", 0) end -- a device that nobody drives
      C.open("/dev/null", 0)
      if C.fork() == 0 then C._exit(0) end
      C.waitpid(-1, nil, 0)
      C.open("/tmp/not-there", 0)]], table.concat({ "", guest.open .. "(return)",
        "vfs_read(file->f_path.dentry->d_name.name, file->f_inode->i_mode, file->f_path.dentry->d_sb->s_type->name)",
        "vfs_write(file->f_path.dentry->d_name.name[0], file->f_op->write_iter, file->private_data)",
        "wake_up_new_task(p->sched_reset_on_fork, p->sched_contributes_to_load, p->parent->comm)",
        "wake_up_new_task(p, p->comm, p->pid, p->tgid, p->flags, p->prio, p->comm, p, p, p->mm->def_flags)",
        "chrdev_open(return < 0)", "chrdev_open(return == -6)", "chrdev_open(return == -ENXIO)",
        "chrdev_open(return >= 0)", "vfs_read(return == -EISDIR)", "vfs_write(return > 9, return < 11)",
        "vfs_write(count == 10)", "vfs_write(count == 20, return)", "vfs_write(count == 30, pos)",
      }, "' '"):sub(3) .. "'")
    run, process = list, pid
  end
  return run
end

describe("ksnoop trace", function()
  it("prints bcc's layout, byte for byte", function()
    local code, out, err = guest.sh("ksnoop -q " .. work "C.write(file, buf, 77)"
      .. " 'rw_verify_area(read_write, ppos, count == 77)' 'rw_verify_area(count > 76, count < 78, return)'")
    assert.are.equal(0, code, err)
    local time, cpu, pid, ppos = out:match "\n( *%d+) +(%d) +(%d+) rw.-ppos = %*%((0x%x+)%)"
    local up = tonumber(guest.slurp "/proc/uptime":match "%S+")
    assert.is_true(#time == 16 and tonumber(time) / 1e9 < up and tonumber(time) / 1e9 > up - 60, time)
    local seen = {}
    for event in out:gmatch "[^\n]+%(\n.-\n\n" do
      seen[#seen + 1] = event:gsub("^ *%d+ +%d+", "T C")
    end
    local function head()
      return ("T C %8s rw_verify_area(\n"):format(pid)
    end
    assert.is_truthy(cpu)
    assert.are.same({
      head() .. ("%34s read_write = \n%s(int)1,\n%34s ppos = *(%s)\n%s(loff_t)0,\n%34s count = \n%s(size_t)77\n")
        :format("", INDENT, "", ppos, INDENT, "", INDENT) .. (" "):rep(31) .. ");\n\n",
      head() .. ("%34s count = \n%s(size_t)77,\n%34s count = \n%s(size_t)77,\n%34s return = \n%s(int)0\n%31s);\n\n")
        :format("", INDENT, "", INDENT, "", INDENT, ""),
    }, seen)
  end)

  it("2, 3: shows members at any depth, bit-fields, texts, functions and void pointers", function()
    local seen = table.concat(texts(shared(), process), "\n")
    for _, text in ipairs {
      "vfs_read: file->f_path.dentry->d_name.name = *(0x?) | (unsigned char)119,",
      "file->f_inode->i_mode = | (umode_t)16832,", [[s_type->name = *(0x?) | (char[])"tmpfs"]],
      "file->f_path.dentry->d_name.name[0] = | (unsigned char)119,", -- 'w'
      "write_iter = | (ssize_t (*)(struct kiocb *, struct iov_iter *))0x?,", "private_data = | (void *)(nil)",
      "wake_up_new_task: p->sched_reset_on_fork = | (unsigned int)0, | p->sched_contributes_to_load = | "
        .. "(unsigned int)0, | p->parent->comm = | (char[16])[ | 'l'," } do
      assert.is_truthy(seen:gsub("0x%x+", "0x?"):find(text, 1, true), text .. "\n" .. seen)
    end
  end)

  it("4: shows values whole, more than six, and says where it cuts them", function()
    local size = tonumber((select(2, guest.sh "ksnoop type 'struct task_struct'")):match "size (%d+)")
    local text
    for _, e in ipairs(shared()) do
      text = e.pid == process and e.name == "wake_up_new_task" and e.text:find "^p =" and e.text or text
    end
    local whole, second = text:match "^(.-)\np%->comm =.-\n(p = .*)$"
    assert.matches("^p = %*%(0x%x+%)\n%(struct task_struct%){\n.*\n},$", whole)
    assert.is_truthy(whole:find(".thread = (struct thread_struct){", 1, true)) -- its last member
    assert.is_true(size > 5461) -- three of them are more than a record takes
    assert.is_truthy(second:find(("... /* 2048 bytes of %d */,"):format(size), 1, true), second)
  end)

  it("5: takes the process for the process, in -p and in the column", function()
    guest.sh "rm -f /tmp/dropin; mkfifo /tmp/dropin"
    local code, out, err = guest.sh([[
      sh -c 'read x </tmp/dropin; exec build/guest/pairs sleepers 8 300' & pid=$!
      ksnoop -q -n 16 -p $pid -c 'echo go >/tmp/dropin; sleep 30' 'hrtimer_nanosleep(mode)' 'hrtimer_nanosleep(return)'
      echo pid $pid >&2; wait $pid]])
    assert.are.equal(0, code, err)
    local pid, n = err:match "pid (%d+)", 0
    for seen in out:gmatch " (%d+) hrtimer_nanosleep%(\n" do
      n = n + 1
      assert.are.equal(pid, seen)
    end
    assert.are.equal(16, n)
  end)

  it("6: compares with a sign, and by the width of the type", function()
    local seen, minus = {}, "chrdev_open: return = | (int)-6"
    for _, text in ipairs(texts(shared(), process)) do
      seen[#seen + 1] = (text:find "^vfs_[rw]%w+: return" or text:find "^chrdev") and text or nil
    end
    table.sort(seen)
    assert.are.same({ minus, minus, minus, minus, minus, minus, minus, minus, minus,
      "chrdev_open: return = | (int)0", "vfs_read: return = | (ssize_t)-21",
      "vfs_write: return = | (ssize_t)10, | return = | (ssize_t)10" }, seen)
  end)

  it("8: traces one function twice, with other values each time", function()
    local seen = {}
    for _, text in ipairs(texts(shared(), process)) do
      seen[#seen + 1] = text:find "^vfs_write: count" and text:gsub("0x%x+", "0x?") or nil
    end
    assert.are.same({ "vfs_write: count = | (size_t)10", "vfs_write: count = | (size_t)20, | return = | (ssize_t)20",
      "vfs_write: count = | (size_t)30, | pos = *(0x?) | (loff_t)30" }, seen)
  end)

  it("9, 11: pairs entries and returns by task, of any number of tasks and when all are in a function at once",
    function()
      local list, err = trace("-c 'build/guest/pairs sleepers 2100 3000'",
        "'hrtimer_nanosleep(mode >= 0, rqtp, return == 0)'")
      -- Where a program can be preempted (kernel 7) it turns others away meanwhile, which is counted.
      local away = 0
      for _, word in ipairs { "suppressed", "skipped by the kernel", "without their beginning" } do
        away = away + tonumber((err:match("(%d[%d,.]*) " .. word) or "0"):gsub("[,.]", ""), 10)
      end
      assert.is_true(#list <= 2100 and #list + away >= 2100, #list .. ", " .. err)
      assert.is_true(guest.kernel == "7.2" or #list == 2100, #list .. ", " .. err)
      for _, e in ipairs(list) do
        assert.matches("^mode =\n[^\n]*,\nrqtp =\n%(ktime_t%)%d+,\nreturn =\n%(long int%)0$", e.text)
      end
    end)

  it("10: gives no call what another one began with, however deep they lie in each other", function()
    local depth = guest.kernel == "5.10" and "call_nests" or "depth"
    local list = trace("-q -c 'build/guest/pairs tower 3'", ("'ep_loop_check_proc(%s, return > -100)'"):format(depth))
    local seen, expected = {}, {}
    for _, e in ipairs(list) do
      seen[#seen + 1] = tonumber(e.text:match("^" .. depth .. " =\n%(int%)(%d),\nreturn ="))
    end
    for _ = 1, 3 do -- one to five in each other, of which the innermost returns first
      for deepest = 0, 4 do
        for n = deepest, 0, -1 do
          expected[#expected + 1] = n
        end
      end
    end
    assert.are.same(expected, seen)
  end)

  it("12: shows of a stack each call once, returns from the inside, and asks the outer ones", function()
    local list, _, pid = trace("-q --stack " .. work [[
      C.write(file, buf, 10) C.write(file, buf, 20) C.write(file, buf, 30)
      C.pread(file, buf, 20, 0)]],
      "'ksys_write(count == 20, return)' 'vfs_write(count, return)' 'rw_verify_area(count, return)'")
    local function one(name, value, type, n)
      return ("%s: %s = | (%s)%d"):format(name, value, type, n)
    end
    assert.are.same({ one("ksys_write", "count", "size_t", 20), one("vfs_write", "count", "size_t", 20),
      one("rw_verify_area", "count", "size_t", 20), one("rw_verify_area", "return", "int", 0),
      one("vfs_write", "return", "ssize_t", 20), one("ksys_write", "return", "ssize_t", 20) }, texts(list, pid))
  end)

  it("13: shows functions without arguments, and pointers that can't be read", function()
    local list = trace("-q -n 5 ", "schedule")
    assert.are.equal(5, #list)
    for _, e in ipairs(list) do
      assert.are.equal("schedule: ", e.name .. ": " .. e.text)
    end
    local events = table.concat(texts(shared(), process), "\n")
    assert.matches("return = %*%(0xfffffffffffffffe%) | /%* Cannot show 'return' as 'struct file  %*'; "
      .. "invalid/userspace ptr%? %*/", events)
  end)

  it("15: sees by kprobes what it should, also where functions begin with an instruction of IBT's", function()
    -- By a kprobe, and by one that many functions share, where the kernel has it.
    local code, out, err = guest.ksnoop("-c 'build/guest/umask 77'", [[
      ks.probe "kprobe:__x64_sys_umask" { where = "comm == 'umask'", ks.print "{func}" }
      ks.probe { "__x64_sys_umask", "__x64_sys_getp*", "__x64_sys_gett*" } {
        where = "comm == 'umask'", ks.count "func" }]])
    assert.are.equal(0, code, err)
    assert.are.equal(77, select(2, out:gsub("__x64_sys_umask\n", "")) - 1)
    assert.matches("\n +77  __x64_sys_umask\n", out)
  end)

  it("19: loses nothing at the end", function()
    local list, err, pid = trace(work "for i = 1, 300 do C.write(file, buf, i) end", "'vfs_write(count)'")
    local seen = texts(list, pid)
    for i = 1, 300 do
      assert.are.equal(("vfs_write: count = | (size_t)%d"):format(i), seen[#seen - 300 + i])
    end
    assert.matches(" 0 lost", err)
  end)
end)
