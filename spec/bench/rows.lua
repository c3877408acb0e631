--- What the benchmark measures: a row for each question, asked of ksnoop and of clang's programs.
--
--     name      in tables and in ratios.txt; no spaces
--     kind      of the program, or of several, with commas between; what the empty ones of these
--               kinds cost is taken off
--     script    what ksnoop runs; without hits: its options have --no-hits
--     limit     the program of clang/limit.bpf.c that answers the same
--     twin      the one of clang/twin.bpf.c: with the checks and counters of ksnoop's
--     accepts   true: every hit is an event; otherwise none must be
--     counts    true: every hit matches, and goes into an aggregation
--     target    instructions that ksnoop may take at most, by kernel
--
-- A new row is an entry here, a program in each of the two files, and a line in ratios.txt, which
-- spec/bench/run --write adds.

local function probe(place, where)
  return ('ks.probe "%s" { where = "%s", ks.print "{pid} {count}" }'):format(place, where)
end

-- A Lua function takes the events, so that nothing is printed.
local accepted = [[
ks.probe "return:vfs_read" {
  where = "count == 1", capture = { "file", "count", "retval" }, function() end,
}]]

local rows = {}

-- A question with and without the counter of hits: two rows.
local function both(row)
  local hits = {}
  for key, value in pairs(row) do
    hits[key] = value
  end
  hits.name, hits.twin, hits.limit, hits.target = row.name .. "-hits", row.twin .. "_hits", nil, nil
  hits.over = row.name
  row.no_hits = true
  rows[#rows + 1] = row
  rows[#rows + 1] = hits
end

local function one(row)
  row.no_hits = true
  rows[#rows + 1] = row
end

both {
  name = "scalar", kind = "fentry", script = probe("vfs_read", "count == 4097"),
  limit = "a", twin = "a", target = { ["6.1"] = 12, ["6.12"] = 12 },
}
both {
  name = "member", kind = "fentry", script = probe("vfs_read", "file->f_flags == 0x7fffffff"),
  limit = "b1", twin = "b1", target = { ["6.1"] = 20, ["6.12"] = 20 },
}
both {
  name = "two-pointers", kind = "fentry",
  script = probe("vfs_read", "file->f_inode->i_ino == 0x7fffffff"),
  limit = "b2", twin = "b2", target = { ["6.1"] = 28, ["6.12"] = 28 },
}
-- /dev/zero is root's: a last value that is 0, which has to be read again.
both {
  name = "two-pointers-zero", kind = "fentry",
  script = probe("vfs_read", "file->f_inode->i_uid.val == 7"), limit = "b2_zero", twin = "b2_zero",
}
both {
  name = "return-scalar", kind = "fexit", script = probe("return:vfs_read", "retval < 0"),
  limit = "a_return", twin = "a_return",
}
-- A hit that the predicate lets pass and that chance turns down: 10 instructions more than scalar-hits, which
-- the predicate turns down. It is counted, so the CPU's block is looked for also where hits are not.
both {
  name = "sampled", kind = "fentry",
  script = [[ks.probe "vfs_read" {
    where = "count == 1", sample = "1/2147483647", ks.print "{pid} {count}" }]],
  limit = "a_sampled", twin = "a_sampled", target = { ["6.1"] = 28, ["6.12"] = 26 },
}
both {
  name = "kprobe-scalar", kind = "kprobe", script = probe("kprobe:vfs_read", "count == 4097"),
  limit = "a_kprobe", twin = "a_kprobe",
}
one {
  name = "kprobe-member", kind = "kprobe",
  script = probe("kprobe:vfs_read", "file->f_flags == 0x7fffffff"),
  limit = "b1_kprobe", twin = "b1_kprobe",
}
one {
  name = "kprobe-two-pointers", kind = "kprobe",
  script = probe("kprobe:vfs_read", "file->f_inode->i_ino == 0x7fffffff"),
  limit = "b2_kprobe", twin = "b2_kprobe",
}
both {
  name = "accept", kind = "fexit", script = accepted, limit = "c", twin = "c", accepts = true,
}
one {
  name = "count-by-pid", kind = "fentry", counts = true,
  script = 'ks.probe "vfs_read" { where = "count == 1", ks.count "pid" }', limit = "f", twin = "f",
}
one {
  name = "count-by-stack", kind = "fentry", counts = true,
  script = 'ks.probe "vfs_read" { where = "count == 1", ks.count "stack" }', limit = "h", twin = "h",
}
one {
  name = "latency", kind = "fentry,fexit", counts = true,
  script = 'ks.call "vfs_read" { where = "count == 1", ks.hist "elapsed" }',
  limit = "g_entry,g_return", twin = "g_entry,g_return",
}

return {
  rows = rows,
  kernels = { "6.1", "6.12" },
  kinds = { "fentry", "fexit", "kprobe" },
  -- What the counter of hits may add to a row, by kernel.
  hits_target = { ["6.1"] = 16, ["6.12"] = 10 },
  -- Text to instructions, with this kernel's BTF: build/bench/compile, each probe so often. 1 ms is
  -- the promise, also where a processor does no more than one instruction in a nanosecond.
  compile = { times = 3, limit = 1000000 },
  -- Whole runs, from exec to exit: the second of two, as the first is for the caches. cpu: millions of
  -- instructions of the program and the kernel together; rss: KiB at most. Limits are by kernel; a run
  -- without one for the kernel is not made there.
  starts = {
    { name = "one-probe", command = "ksnoop -q -n 1 /tmp/start.lua",
      script = 'ks.probe "vfs_read" { where = "count == 1", ks.print "{pid} {count}" }',
      cpu = { ["6.1"] = 30, ["6.12"] = 45 }, rss = { ["6.1"] = 9984, ["6.12"] = 12288 } },
    { name = "many-functions", command = "ksnoop -q -D 1ms /tmp/start.lua",
      script = 'ks.probe { "tcp_*", "ext4_*" } { ks.count "func" }',
      cpu = { ["6.12"] = 400 }, rss = { ["6.12"] = 14336 } },
    { name = "info", command = "ksnoop info vfs_read", cpu = { ["6.1"] = 15, ["6.12"] = 16 } },
    { name = "complete", command = "ksnoop complete -- info vfs_",
      cpu = { ["6.1"] = 25, ["6.12"] = 28 } },
    { name = "complete-all", command = "ksnoop complete -- info ''",
      cpu = { ["6.1"] = 110, ["6.12"] = 100 } },
  },
  -- From the limit to the twin, a check at a time: programs of clang/steps.bpf.c, BODY_STEP.
  steps = {
    { "ALONE", "the question, and how many hits matched" }, { "BLOCK", "counters of this CPU's own" },
    { "ON", "is the probe on?" }, { "GUARD", "the guard of this CPU" },
    { "OURS", "our own process is left out" },
    { "HEADER", "CPU, probe, nils; a read that failed" }, { "TIME", "the time" },
    bodies = {
      { name = "accept", kind = "fexit", accepts = true }, { name = "count", kind = "fentry" },
      { name = "member", kind = "kprobe" },
    },
    has = {
      accept = { ALONE = true, BLOCK = true, ON = true, GUARD = true, OURS = true, HEADER = true, TIME = true },
      count = { ALONE = true, BLOCK = true, ON = true, GUARD = true, OURS = true },
      member = { ALONE = true, BLOCK = true, ON = true, GUARD = true, HEADER = true },
    },
  },
  -- Programs with nothing but one call of a helper, of clang/helpers.bpf.c.
  helpers = { "cpu", "pid_tgid", "task", "boot_ns", "mono_ns", "comm", "read_8", "submit", "discard",
    "output" },
  -- Many functions at once: ksnoop's script and the globs of spec/bench/multi.c.
  multi = {
    count = 1000, globs = { "tcp_*", "ext4_*" },
    script = 'ks.probe { "tcp_*", "ext4_*" } { where = "false", capture = {} }',
  },
}
