--- What the tables ask, and how each tool is asked it: vfs_read(file, buf, count, pos), called with count 1.
--
-- A question has a name, a title and, by tool, its own words; a tool without words has a reason in `cannot`.
--
--     programs   how many of a tool's programs run at each call (1), or a table by tool
--     kind       of the programs, as in rows.lua: fentry, fexit, kprobe; what empty ones cost is taken off
--     events     how many events each call makes: none if it is not there
--     flags      of a tool, for this question
--     pattern    by tool: what an event is known by in the output, where it is not "EV "
--     beyond     it is about what comes behind the kernel: not in the tables of what a hit costs
--     ahead      the word of words.md by which another takes less than ksnoop, where it is not the counter of hits
--     slow       an event of it takes so long to print that an eighth of the calls must do

-- bpftrace has had other words for the same: ENTRY, RETURN and ARG(x) become what each version knows.
local function bpftrace_words(text, old)
  return (text:gsub("ENTRY:", old and "kfunc:" or "fentry:"):gsub("RETURN:", old and "kretfunc:" or "fexit:")
    :gsub("ARG%((%w+)%)", old and "args->%1" or "args.%1"))
end

local function probe(place, where)
  return ('ks.probe "%s" { where = "%s", ks.print "EV {pid} {count}" }'):format(place, where)
end

local function reject(name, title, where, members)
  return { name = name, title = title, kind = "fentry", ours = probe("vfs_read", where), bpftrace = members }
end

-- The same by kprobes, for those that have a choice.
local function kprobe(name, title, where, bpftrace)
  return { name = name, title = title .. ", kprobe", kind = "kprobe", ahead = "kprobe",
    ours = probe("kprobe:vfs_read", where),
    bpftrace = "kprobe:vfs_read /" .. bpftrace .. '/ { printf("EV %d %d\\n", pid, arg2) }' }
end

local function print_count(condition)
  return "ENTRY:vfs_read /" .. condition .. '/ { printf("EV %d %d\\n", pid, ARG(count)) }'
end

local one_level = "it takes one member, of an argument"
local no_sum = "it has no aggregations"

local rows = {
  reject("scalar", "reject: a number", "count == 4097", print_count "ARG(count) == 4097"),
  kprobe("scalar-kprobe", "reject: a number", "count == 4097", "arg2 == 4097"),
  reject("member", "reject: a member", "file->f_flags == 0x7fffffff",
    print_count "ARG(file)->f_flags == 0x7fffffff"),
  kprobe("member-kprobe", "reject: a member", "file->f_flags == 0x7fffffff",
    "((struct file *)arg0)->f_flags == 0x7fffffff"),
  reject("two-pointers", "reject: two pointers deep", "file->f_inode->i_ino == 0x7fffffff",
    print_count "ARG(file)->f_inode->i_ino == 0x7fffffff"),
  kprobe("two-pointers-kprobe", "reject: two pointers deep", "file->f_inode->i_ino == 0x7fffffff",
    "((struct file *)arg0)->f_inode->i_ino == 0x7fffffff"),
  {
    name = "accept", title = "accept: two numbers and the return", kind = "fexit", events = 1,
    ahead = "record",
    ours = 'ks.probe "return:vfs_read" { where = "count == 1", ks.print "EV {file} {count} {retval}" }',
    bpftrace = 'RETURN:vfs_read /ARG(count) == 1/ { printf("EV %p %d %d\\n", ARG(file), ARG(count), retval) }',
  },
  {
    name = "file", title = "accept: a struct file", kind = "fentry", events = 1, slow = true, ahead = "record",
    ours = 'ks.probe "vfs_read" { where = "count == 1", ks.print "EV {x=*file}" }',
    bpftrace = 'ENTRY:vfs_read /ARG(count) == 1/ { printf("EV "); print(*ARG(file)) }',
  },
  {
    name = "2k", title = "accept: a struct of 2 KB", kind = "fentry", events = 1, slow = true, ahead = "record",
    ours = 'ks.probe "vfs_read" { where = "count == 1", ks.print "EV {x=*current->sighand}" }',
    bpftrace = 'ENTRY:vfs_read /ARG(count) == 1/ { printf("EV "); print(*curtask->sighand) }',
    cannot = { bcc = one_level, ftrace = "it has no current task" },
  },
  {
    name = "both", title = "entry and return, an event each", kind = "fentry,fexit", programs = 2, events = 2,
    ahead = "record",
    ours = [[ks.probe "vfs_read" { where = "count == 1", ks.print "EV {file} {count}" }
      ks.probe "return:vfs_read" { where = "count == 1", ks.print "EV {retval}" }]],
    bpftrace = 'ENTRY:vfs_read /ARG(count) == 1/ { printf("EV %p %d\\n", ARG(file), ARG(count)) }'
      .. ' RETURN:vfs_read /ARG(count) == 1/ { printf("EV %d\\n", retval) }',
  },
  {
    name = "count", title = "count by pid", kind = "fentry", ahead = "count",
    ours = 'ks.probe "vfs_read" { where = "count == 1", ks.count "pid" }',
    bpftrace = "ENTRY:vfs_read /ARG(count) == 1/ { @[pid] = count() }", cannot = { bcc = no_sum },
  },
  {
    name = "latency", title = "histogram of latency", kind = "fentry,fexit", programs = 2, ahead = "latency",
    ours = 'ks.call "vfs_read" { where = "count == 1", ks.hist "elapsed" }',
    bpftrace = "ENTRY:vfs_read /ARG(count) == 1/ { @began[tid] = nsecs }"
      .. " RETURN:vfs_read /@began[tid]/ { @ = hist(nsecs - @began[tid]); delete(@began[tid]) }",
    cannot = { bcc = no_sum },
  },
  {
    name = "lua", title = "accept, to a Lua function", kind = "fexit", events = 1, beyond = true,
    ours = [[local n = 0
      ks.probe "return:vfs_read" {
        where = "count == 1", capture = { "file", "count", "retval" }, function(e) n = n + e.count end,
      }
      ks.at_end(function() print("SHOWN " .. n) end)]],
  },
  {
    name = "json", title = "accept, to JSON", kind = "fexit", events = 1, beyond = true,
    flags = { ours = "-f json", bpftrace = "-f json" }, pattern = { ours = '"type":"event"' },
    ours = [[ks.probe "return:vfs_read" { where = "count == 1", capture = { "file", "count", "retval" } }]],
    bpftrace = 'RETURN:vfs_read /ARG(count) == 1/ { printf("EV %p %d %d\\n", ARG(file), ARG(count), retval) }',
  },
}

local by_name = {}
for _, row in ipairs(rows) do
  by_name[row.name] = row
end

-- clang's programs in clang/limit.bpf.c. Those of twin.bpf.c are in the rows of spec/bench/run.
local clang = {
  scalar = "a", ["scalar-kprobe"] = "a_kprobe", member = "b1", ["member-kprobe"] = "b1_kprobe",
  ["two-pointers"] = "b2", ["two-pointers-kprobe"] = "b2_kprobe", accept = "c", file = "d", ["2k"] = "e",
  both = "both_entry,both_return", count = "f", latency = "g_entry,g_return",
}

-- bcc's ksnoop: a kprobe and a kretprobe, whatever it is asked.
local bcc = {
  scalar = "vfs_read(count == 4097)", member = "vfs_read(file->f_flags == 0x7fffffff)",
  accept = "vfs_read(buf, count == 1, return)", file = "vfs_read(file, count == 1)", both = "vfs_read(count == 1)",
}

-- ftrace's kprobe events: what defines them, the filter or trigger of the first, the filter of the second (or it would
-- show what its own reader reads); OFFSET(a.b) is where a member lies.
local ftrace = {
  scalar = { "p:x vfs_read count=%dx:u64", filter = "count == 4097" },
  member = { "p:x vfs_read flags=+OFFSET(file.f_flags)(%di):u32", filter = "flags == 0x7fffffff" },
  ["two-pointers"] = { "p:x vfs_read ino=+OFFSET(inode.i_ino)(+OFFSET(file.f_inode)(%di)):u64",
    filter = "ino == 0x7fffffff" },
  accept = { "p:x vfs_read file=%di:x64 count=%dx:u64", "r:y vfs_read retval=$retval:s64", filter = "count == 1",
    filter_return = "retval == 1" },
  file = { "p:x vfs_read count=%dx:u64 file=+0(%di):x64[29]", filter = "count == 1" },
  both = { "p:x vfs_read file=%di:x64 count=%dx:u64", "r:y vfs_read retval=$retval:s64", filter = "count == 1",
    filter_return = "retval == 1" },
  count = { "p:x vfs_read count=%dx:u64", trigger = "hist:keys=common_pid if count == 1" },
}

for name, program in pairs(clang) do
  by_name[name].limit = program
end
for name, words in pairs(bcc) do
  by_name[name].bcc = words
end
for name, words in pairs(ftrace) do
  by_name[name].ftrace = words
end
by_name["two-pointers"].cannot = { bcc = one_level }
by_name.latency.cannot.ftrace = "it takes synthetic events, of three files"

--- The tools, in the tables' order. `package`: of Debian's SUITE, with FILE in it; `use`: whose words it is asked in.
local tools = {
  { name = "ours", title = "ksnoop", use = "ours" },
  { name = "no-hits", title = "ksnoop --no-hits", use = "ours", options = "--no-hits" },
  { name = "limit", title = "clang -O2", use = "limit" },
}
-- Its title gets a version when it was fetched.
local function peer(tool)
  tool.title = tool.title or ("%s of %s"):format(tool.package, tool.suite)
  tools[#tools + 1] = tool
end
peer { name = "b17", use = "bpftrace", old = true, suite = "bookworm", package = "bpftrace", file = "usr/bin/bpftrace" }
peer { name = "b23", use = "bpftrace", suite = "trixie", package = "bpftrace", file = "usr/bin/bpftrace" }
peer { name = "b27", use = "bpftrace", suite = "forky", package = "bpftrace", file = "usr/bin/bpftrace" }
peer { name = "k26", use = "bcc", suite = "bookworm", package = "libbpf-tools", file = "usr/sbin/ksnoop" }
peer { name = "k31", use = "bcc", suite = "trixie", package = "libbpf-tools", file = "usr/sbin/ksnoop-libbpf" }
peer { name = "ftrace", title = "ftrace", use = "ftrace" }
peer { name = "trace-cmd", use = "trace-cmd", suite = "bookworm", package = "trace-cmd", file = "usr/bin/trace-cmd" }

local by_tool = {}
for _, tool in ipairs(tools) do
  by_tool[tool.name] = tool
end

return {
  rows = rows, by_name = by_name, tools = tools, by_tool = by_tool, bpftrace_words = bpftrace_words,
  -- Calls a session; an eighth of them where an event is slow to print.
  count = 2000,
  -- What one machine runs, with how much memory in MiB. Each tool has its own, so that what is kept of a machine
  -- (tables --raw) is of one tool; the first tool's name is the machine's.
  machines = {
    { memory = 1024, "ours", "no-hits" }, { memory = 1024, "limit" }, { memory = 2048, "b23" },
    { memory = 1024, "ftrace" }, { memory = 1024, "trace-cmd" }, { memory = 1024, "k26" }, { memory = 1024, "k31" },
    { memory = 2048, "b17" }, { memory = 2048, "b27" },
  },
}
