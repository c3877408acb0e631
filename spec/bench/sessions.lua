--- Inside the machine: asks tools the questions of questions.lua and prints what that took.
--- luajit spec/bench/sessions.lua COUNT TOOL...
--
--     @bench QUESTION/WHAT TOOL VALUE    or  @bench QUESTION/WHAT TOOL ! WHY
--
-- WHAT: call (ns of the traced thread a call, the cheapest batch), mean (over all), program (ns in the programs, the
-- cheapest batch), runs (of programs a call), offered and shown (events), cpu (ns of the tool), bytes (of output).

local asked = require "spec.bench.questions"
local inside = require "spec.bench.inside"
local markdown = require "spec.bench.markdown"
local say, spill, slurp, quote = inside.say, inside.spill, inside.slurp, inside.quote
local output, stats, settle = inside.output, inside.stats, inside.settle
local start, stop, why = inside.start, inside.stop, inside.why

local count = tonumber(arg[1])
local bench = inside.bench

local function occurrences(text, pattern)
  local n = 0
  for _ in text:gmatch(pattern) do
    n = n + 1
  end
  return n
end

-- --- how each tool is started -------------------------------------------------------------------

local starts = {}

function starts.ours(tool, row)
  spill("/tmp/bench.lua", 'local ks = require "ksnoop"\n' .. row.ours .. "\n")
  return ("build/ksnoop --no-governor --callback-timeout 10m %s %s /tmp/bench.lua"):format(tool.options or "",
    (row.flags or {}).ours or ""), (row.pattern or {}).ours or "EV "
end

function starts.limit(_, row)
  return row.limit and ("%sload %slimit.bpf.o %s 'exec sleep 100000'"):format(bench, bench, row.limit)
end

function starts.bpftrace(tool, row)
  return row.bpftrace and ("chroot /peer/%s /%s %s -e %s"):format(tool.name, tool.file,
    (row.flags or {}).bpftrace or "", quote(asked.bpftrace_words(row.bpftrace, tool.old))), "EV "
end

function starts.bcc(tool, row)
  return row.bcc and ("chroot /peer/%s /%s %s"):format(tool.name, tool.file, quote(row.bcc)), "vfs_read%("
end

local events = "/sys/kernel/tracing/events/kprobes/"

-- A member's offset, as ksnoop itself knows it.
local function offset(struct, member)
  for line in output(("build/ksnoop type 'struct %s'"):format(struct)):gmatch "[^\n]+" do
    if line:find("[ *]" .. member .. "$") then
      return line:match "^ *(%d+)"
    end
  end
end

local function clear()
  os.execute(([[
    for e in %s[xy]; do
      [ -d $e ] || continue
      echo 0 >$e/enable
      if grep -q ^hist $e/trigger; then echo "!$(grep -m1 ^hist $e/trigger)" >$e/trigger; fi
    done]]):format(events))
  os.execute "echo >/sys/kernel/tracing/kprobe_events; echo >/sys/kernel/tracing/trace"
end

function starts.ftrace(_, row)
  local words = row.ftrace
  if not words then
    return nil
  end
  local script = {}
  for i, line in ipairs(words) do
    line = line:gsub("OFFSET%((%w+)%.([%w_]+)%)", offset)
    script[#script + 1] = ("echo %s >>/sys/kernel/tracing/kprobe_events"):format(quote(line))
    local filter = i == 1 and words.filter or i == 2 and words.filter_return
    if filter then
      script[#script + 1] = ("echo %s >%s%s/filter"):format(quote(filter), events, i == 1 and "x" or "y")
    end
  end
  if words.trigger then
    -- An event that has a trigger and is not enabled is not written, or the reader would read of its own reads.
    script[#script + 1] = ("echo %s >%sx/trigger"):format(quote(words.trigger), events)
  else
    script[#script + 1] = ("for e in %s[xy]/enable; do echo 1 >$e; done"):format(events)
  end
  script[#script + 1] = "exec cat /sys/kernel/tracing/trace_pipe"
  return "sh -c " .. quote(table.concat(script, " && ")), "[xy]: %("
end

-- --- a session: start, wait, call, look, stop ---------------------------------------------------

local function ready(tool, row)
  if tool.use == "ftrace" then
    return os.execute("i=0; until grep -q '[1*]' " .. events .. "x/enable; do usleep 20000; i=$((i + 1)); "
      .. "[ $i -lt 500 ] || exit 1; done") == 0
  end
  stats(true)
  return os.execute(("%shits wait %d 2>/dev/null"):format(bench, tool.use == "bcc" and 2 or row.programs or 1)) == 0
end

local function measure(tool, row, report)
  local command, pattern = starts[tool.use](tool, row)
  if not command then
    return (row.cannot or {})[tool.use] or "no such question was asked of it"
  end
  local calls = row.slow and math.floor(count / 8 / 20) * 20 or count -- in 20 batches
  local pid = start(command)
  if not ready(tool, row) then
    stop(pid, "INT")
    return why()
  end
  local before = settle(pid)
  if tool.use ~= "ftrace" then
    local sum, runs = 0, 0
    for _, n, least in output(("%shits %d"):format(bench, calls)):gmatch "(%S+) (%d+) (%S+) %S+\n" do
      if tonumber(n) >= calls then
        sum, runs = sum + tonumber(least), runs + 1
      end
    end
    report("program", sum)
    report("runs", runs)
    settle(pid)
  end
  stats(false)
  local least, mean = output(("%scalls %d"):format(bench, calls)):match "(%S+) (%S+)"
  report("call", tonumber(least))
  report("mean", tonumber(mean))
  local cpu = settle(pid) - before
  stop(pid, tool.use == "bcc" and "INT" or tool.use == "bpftrace" and "INT" or "TERM")
  if tool.use == "ftrace" then
    clear()
  end
  if row.events and pattern then
    local text = slurp "/tmp/out"
    -- Programs are called by hits, too, which begins with 100 calls; of ftrace each probe is an event.
    report("offered", tool.use == "ftrace" and calls * #row.ftrace or (2 * calls + 100) * row.events)
    report("shown", tonumber(text:match "SHOWN (%d+)") or occurrences(text, pattern))
    report("cpu", cpu)
    report("bytes", #text)
  end
end

local function ask(tool, row)
  local why_not = measure(tool, row, function(what, value)
    say(row.name .. "/" .. what, tool.name, ("%.2f"):format(value))
  end)
  if why_not then
    say(row.name .. "/call", tool.name, "!", why_not)
  end
end

-- The machine: what an untraced call takes, and what an empty program does.
local function untraced()
  stats(false)
  say("untraced/call", "none", (output(("%scalls %d"):format(bench, count)):match "%S+"))
end

local function empties()
  stats(true)
  for _, kind in ipairs { "fentry", "fexit", "kprobe" } do
    local text = output(("%sload %slimit.bpf.o empty_%s '%shits %d'"):format(bench, bench, kind, bench, count))
    say("empty-" .. kind .. "/program", "limit", text:match "empty_%S+ %d+ (%S+)" or "! it did not run")
  end
end

-- --- how long until the first event -------------------------------------------------------------

local first = {
  name = "first", ours = 'ks.probe "vfs_read" { where = "count == 1", ks.print "EV {pid} {count}" }',
  limit = "c",
  bpftrace = 'ENTRY:vfs_read /ARG(count) == 1/ { printf("EV %d %d\\n", pid, ARG(count)) }',
  bcc = "vfs_read(count == 1)", ftrace = { "p:x vfs_read count=%dx:u64", filter = "count == 1" },
}

-- The event is made by each run, since what comes after one takes it away.
function starts.first_trace_cmd(tool)
  return "sh -c " .. quote(("echo %s >/sys/kernel/tracing/kprobe_events && "
    .. "exec chroot /peer/%s /%s stream -e kprobes:x -f 'count == 1'"):format(quote(first.ftrace[1]), tool.name,
    tool.file)), "x:"
end

local words = { bcc = "vfs_read(", ftrace = "x: (" }

local function first_event(tool)
  local command, word
  if tool.use == "trace-cmd" then
    command, word = starts.first_trace_cmd(tool)
  elseif starts[tool.use] then
    command = starts[tool.use](tool, first)
    word = words[tool.use] or "EV "
  end
  if not command or tool.options then
    return
  end
  command = tool.use == "limit" and "env PRINT=1 " .. command or command
  local text
  for _ = 1, 2 do -- the first run is for the caches
    text = output(("%sfirst %s %s 2>/tmp/err"):format(bench, quote(word), command))
    if tool.use == "ftrace" or tool.use == "trace-cmd" then
      clear()
    end
  end
  local at, wall, user, system, rss = text:match "^(%S+) (%S+) (%S+) (%S+) (%d+)"
  -- Who shows the text that is wrong shows the word in it, too.
  if not at or tonumber(at) == 0 or slurp("/tmp/err"):find("ERROR", 1, true) then
    say("first/at", tool.name, "!", why())
    return
  end
  say("first/at", tool.name, at)
  say("first/wall", tool.name, wall)
  say("first/user", tool.name, user)
  say("first/system", tool.name, system)
  say("first/rss", tool.name, rss)
end

-- A peer's root: its own libraries, this machine's kernel, a shell, which bpftrace 0.17 dies without, and /dev/fd,
-- which 0.27 compiles into.
local function furnish(tool)
  os.execute "[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd"
  os.execute(("cp /bin/busybox /peer/%s/usr/bin/sh"):format(tool.name))
  for _, folder in ipairs { "proc", "sys", "dev", "tmp" } do
    os.execute(("mkdir -p /peer/%s/%s && mount -o bind /%s /peer/%s/%s"):format(tool.name, folder, folder, tool.name,
      folder))
  end
  os.execute(("mount -o bind /sys/kernel/tracing /peer/%s/sys/kernel/tracing && "
    .. "mount -o bind /sys/kernel/debug /peer/%s/sys/kernel/debug"):format(tool.name, tool.name))
end

untraced()
empties()
for i = 2, #arg do
  local tool = asked.by_tool[arg[i]]
  if tool.package then
    furnish(tool)
  end
  first_event(tool)
  for _, row in ipairs(asked.rows) do
    if starts[tool.use] and markdown.is_asked(row, tool) then
      ask(tool, row)
    end
  end
end
say "end"
