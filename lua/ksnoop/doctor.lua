--- ksnoop doctor: what this machine lets ksnoop do, and what to do about what it does not.
local ffi = require "ffi"
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local human = require "ksnoop.human"
local output = require "ksnoop.output"

local C = core.C
local doctor = {}

-- What is found is a list of checks: { group =, name =, state =, value =, advice = }. State: "ok";
-- "note": it works, and yet there is something to know; "missing": something does not work;
-- "unknown": could not be looked at.
local function checks()
  local list = {}
  function list.add(group, name, state, value, advice)
    list[#list + 1] = { group = group, name = name, state = state, value = value, advice = advice }
  end
  return list
end

-- The first line of a file, or nil. A file of the kernel's may be there and still refuse.
local function line_of(path)
  local f = io.open(path, "r")
  local line = f and f:read "*l"
  if f then
    f:close()
  end
  return line
end

local function has_file(path)
  local f = io.open(path, "r")
  if f then
    f:close()
  end
  return f ~= nil
end

-- Has one of the first symbols an address? Those of data for each CPU begin at 0 for everybody.
local function shows_addresses()
  local f = io.open("/proc/kallsyms", "r")
  for _ = 1, f and 200 or 0 do
    local line = f:read "*l"
    if line and line:match "^0*[1-9a-f]%x* " then
      f:close()
      return true
    end
  end
  if f then
    f:close()
  end
  return false
end

-- --- the kernel and its types --------------------------------------------------------------------

local function kernel(list, trace)
  local opened, e = pcall(trace.open, trace)
  local f = io.open("/sys/kernel/btf/vmlinux", "r")
  local size = f and f:seek "end"
  if f then
    f:close()
  end
  if opened and trace.options.btf then
    list.add("kernel", "types (BTF)", "note", "of a file",
      "--btf is for info, type, explain, check and --dump: what is traced is read from the kernel")
  elseif opened then
    list.add("kernel", "types (BTF)", "ok", human.size(size))
  else
    list.add("kernel", "types (BTF)", "missing", e.message, e.hint)
  end
  local locked = line_of "/sys/kernel/security/lockdown"
  local mode = locked and locked:match "%[(%w+)%]"
  if mode == "confidentiality" then
    list.add("kernel", "lockdown", "missing", mode,
      "boot without lockdown=confidentiality, or with Secure Boot off")
  elseif mode then
    list.add("kernel", "lockdown", "ok", mode)
  else
    list.add("kernel", "lockdown", "unknown", "no /sys/kernel/security/lockdown",
      "mount -t securityfs none /sys/kernel/security shows it, where the kernel has it")
  end
  local folder
  for _, path in ipairs { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" } do
    folder = folder or (has_file(path .. "/available_filter_functions") and path)
  end
  if folder then
    list.add("kernel", "tracefs", "ok", folder)
  else
    list.add("kernel", "tracefs", "note", "not mounted, or not readable",
      "mount -t tracefs tracefs /sys/kernel/tracing: system calls, events and patterns need it")
  end
  if shows_addresses() then
    list.add("kernel", "symbols", "ok", "/proc/kallsyms")
  else
    list.add("kernel", "symbols", "note", "their addresses are hidden",
      "pointers and stacks print as numbers: needs CAP_SYSLOG, or kernel.kptr_restrict=0")
  end
  return opened
end

-- --- privileges ----------------------------------------------------------------------------------

-- include/uapi/linux/capability.h; what each is for.
local capabilities = {
  { "CAP_BPF", 39, "to load programs" },
  { "CAP_PERFMON", 38, "to load programs that read the kernel's memory, and to attach them" },
  { "CAP_SYS_ADMIN", 21, "instead of the two, and to watch other processes' stacks" },
  { "CAP_SYSLOG", 34, "for the addresses of symbols" },
  { "CAP_SYS_RESOURCE", 24, "for more locked memory, before Linux 5.11" },
  { "CAP_SYS_PTRACE", 19, "for the names in other processes' stacks" },
}

local function privileges(list)
  local may = C.ks_privileges(core.error) == 0
  local message = ffi.string(core.error.message)
  list.add("privileges", "to trace", may and "ok" or "missing", may and "yes" or message,
    not may and ffi.string(core.error.hint) or nil)
  local told, all = C.ks_capability(0) >= 0, C.ks_capability(21) == 1
  for _, c in ipairs(capabilities) do
    local has = C.ks_capability(c[2]) == 1
    local state = not told and "unknown" or (has or c[1] == "CAP_SYS_ADMIN") and "ok" or "note"
    if (c[1] == "CAP_BPF" or c[1] == "CAP_PERFMON") and told and not has and not all then
      state = "missing"
    end
    list.add("privileges", c[1], state, has and "yes" or "no", state ~= "ok" and c[3] or nil)
  end
  return may
end

-- --- settings ------------------------------------------------------------------------------------

-- Each with a verdict on its value: a state, and what to do.
local settings = {
  { "net.core.bpf_jit_enable", function(v)
    if v == "0" then
      return "missing", "fentry needs compiled programs: sysctl net.core.bpf_jit_enable=1"
    end
  end },
  { "net.core.bpf_jit_harden", function(v)
    if v == "2" then
      return "note", "constants are hidden in programs, which makes each hit dearer: "
        .. "sysctl net.core.bpf_jit_harden=1 does it for unprivileged ones only"
    end
  end },
  { "kernel.ftrace_enabled", function(v)
    if v == "0" then
      return "missing", "nothing can be attached to functions: sysctl kernel.ftrace_enabled=1"
    end
  end },
  { "kernel.kptr_restrict", function(v)
    if v == "2" then
      return "note", "nobody sees addresses, so pointers and stacks have no names: "
        .. "sysctl kernel.kptr_restrict=1"
    end
  end },
  { "kernel.bpf_stats_enabled", function(v)
    if v == "1" then
      return "note", "each hit of each program reads the clock twice: "
        .. "sysctl kernel.bpf_stats_enabled=0"
    end
  end },
  { "kernel.unprivileged_bpf_disabled", function() end },
  { "kernel.perf_event_paranoid", function() end },
  { "kernel.perf_event_max_sample_rate", function() end },
}

local function sysctls(list)
  for _, s in ipairs(settings) do
    local value = line_of("/proc/sys/" .. s[1]:gsub("%.", "/"))
    if value then
      local state, advice = s[2](value)
      list.add("settings", s[1], state or "ok", value, advice)
    else
      list.add("settings", s[1], "unknown", "not readable")
    end
  end
  local kprobes = line_of "/sys/kernel/debug/kprobes/enabled"
  if kprobes == "0" then
    list.add("settings", "debug/kprobes/enabled", "missing", kprobes,
      "kprobes do nothing: echo 1 >/sys/kernel/debug/kprobes/enabled")
  end
end

-- --- what the kernel can do ----------------------------------------------------------------------

-- What is without each; the kernel's version that brought it is for whoever looks for another one.
local abilities = {
  ["fentry"] = { "nothing can be traced by BTF: it takes Linux 5.5, a JIT, and no lockdown or "
    .. "security module that refuses", true },
  ["ring buffer"] = { "no event can leave the kernel: needs Linux 5.8", true },
  ["module BTF"] = { "functions of modules only by kprobe (Linux 5.11 has it)" },
  ["kprobe"] = { "functions that fentry does not take can't be traced at all" },
  ["kprobe.multi"] = { "a pattern costs a program for each function (Linux 5.18, CONFIG_FPROBE)" },
  ["exact kretprobe.multi"] = {
    "returns of a pattern go by a program for each function, as the kernel would lose some" },
  ["kprobe.session"] = { "calls of a pattern go by two programs (Linux 6.10)" },
  ["perf link"] = { "a kprobe's misses are not told (Linux 5.15)" },
  ["cookie"] = { "a program can't tell which place it was hit at (Linux 5.15)" },
  ["task BTF"] = { "`current` is read by a helper (Linux 5.11)" },
  ["function arguments"] = { "(Linux 5.17)" },
  ["function address"] = { "(Linux 5.15)" },
  ["any pointer argument"] = { "pointers to numbers are read by a helper, about 80 instructions" },
  ["struct arguments"] = { "functions that take a struct by value go by kprobe (Linux 6.0)" },
  ["12 words of arguments"] = {
    "functions with more than six arguments go by kprobe, which sees six (Linux 6.5)" },
  ["checked loads"] = { "kernel memory is read by a helper, about 80 instructions a read" },
  ["task storage"] = { "what a call keeps is in a hash with a limit (Linux 5.14)" },
  ["skips of fentry"] = { "`recursion` is unknown there (Linux 5.12)" },
  ["skips of kprobes"] = { "`recursion` is unknown there (Linux 6.7)" },
  ["symbols counted"] = {
    "a start reads all of /proc/kallsyms, to see that a name is one function's (Linux 6.7)"
  },
}

local function features(list, trace, opened, may)
  local n = 0
  while C.ks_feature_name(n) ~= nil do
    local name = ffi.string(C.ks_feature_name(n))
    local can = opened and may and C.ks_feature(trace.handle, n) or -1
    local lack, needed = abilities[name][1], abilities[name][2]
    if can == 1 then
      list.add("kernel can", name, "ok", "yes")
    elseif can == 0 then
      list.add("kernel can", name, needed and "missing" or "note", "no", lack)
    else
      list.add("kernel can", name, "unknown", may and "not tried" or "to try it takes privileges")
    end
    n = n + 1
  end
end

-- --- who else is called ksnoop -------------------------------------------------------------------

ffi.cdef [[
char *realpath(const char *path, char *resolved);
void free(void *p);
]]

-- A path without links.
local function real(path)
  local p = ffi.C.realpath(path, nil)
  local text = p ~= nil and ffi.string(p) or path
  ffi.C.free(p)
  return text
end

local function others(list, program)
  local found = {}
  for folder in (os.getenv "PATH" or ""):gmatch "[^:]+" do
    local path = folder:gsub("/+$", "") .. "/ksnoop"
    if folder:match "^/" and has_file(path) and real(path) ~= program then
      found[#found + 1] = path
    end
  end
  if found[1] then
    list.add("program", "another ksnoop", "note", table.concat(found, ", "),
      "bcc's (package libbpf-tools) has the same name and other options; this one is " .. program)
  else
    list.add("program", "another ksnoop", "ok", "none in PATH")
  end
end

-- --- output --------------------------------------------------------------------------------------

-- Those of a group in one row where nothing is known of any.
local function joined(list)
  local rows = checks()
  for _, c in ipairs(list) do
    local last = rows[#rows]
    if c.state == "unknown" and last and last.group == c.group and last.value == c.value then
      last.name = "all of it"
    else
      rows.add(c.group, c.name, c.state, c.value, c.advice)
    end
  end
  return rows
end

local function text(list, title)
  local rows = joined(list)
  local lines, group, width = { title .. "\n" }, nil, 0
  for _, c in ipairs(rows) do
    width = math.max(width, #c.name)
  end
  for _, c in ipairs(rows) do
    if c.group ~= group then
      group = c.group
      lines[#lines + 1] = "\n" .. group .. "\n"
    end
    lines[#lines + 1] = ("  %-8s %-" .. width .. "s  %s\n"):format(c.state, c.name,
      core.safe(c.value))
    if c.advice and c.advice ~= "" then
      lines[#lines + 1] = (" "):rep(11) .. core.safe(c.advice) .. "\n"
    end
  end
  return table.concat(lines)
end

local function json(list, traces, trace)
  local rows, string = {}, core.json_string
  for i, c in ipairs(list) do
    rows[i] = ('{"group":%s,"name":%s,"state":%s,"value":%s,"advice":%s}'):format(string(c.group),
      string(c.name), string(c.state), string(c.value),
      c.advice and c.advice ~= "" and string(c.advice) or "null")
  end
  local release = trace.handle ~= nil and core.string(C.ks_kernel(trace.handle))
    or line_of "/proc/sys/kernel/osrelease"
  return ('{"type":"doctor","kernel":%s,"arch":%s,"traces":%s,"checks":[%s]}\n'):format(
    string(release), string(ffi.arch), tostring(traces), table.concat(rows, ","))
end

local function table_of(list)
  local rows = { { "group", "name", "state", "value", "advice" } }
  for i, c in ipairs(list) do
    rows[i + 1] = { c.group, c.name, c.state, c.value, c.advice }
  end
  return csv.table(rows, 5)
end

--- Looks at everything and writes what was found.
--- @param trace table not open yet: without types there is still much to say
--- @param program string the path of the program that runs
--- @return number 0, 3: the kernel lacks what tracing needs, 4: a privilege or a setting does
function doctor.run(trace, program)
  local list = checks()
  local opened = kernel(list, trace)
  local may = privileges(list)
  sysctls(list)
  features(list, trace, opened, may)
  others(list, program)
  local code = 0
  for _, c in ipairs(list) do
    if c.state == "missing" then
      local lacks = c.group == "kernel can" or c.name == "types (BTF)"
      code = lacks and code ~= 4 and 3 or 4
    end
  end
  if trace.options.format == "json" then
    output.write(json(list, code == 0, trace))
  elseif trace.options.format == "csv" then
    output.write(table_of(list))
  else
    output.write(text(list, code == 0 and "ksnoop can trace here."
      or "ksnoop can't trace here: see what is missing."))
  end
  return code
end

return doctor
