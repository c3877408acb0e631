--- What measuring inside the machine needs: files, processes and their processor time, and the records that come out.

local inside = { bench = "build/bench/" }

--- Prints "@bench NAME SIDE VALUE".
function inside.say(...)
  print("@bench " .. table.concat({ ... }, " "))
  io.stdout:flush()
end

--- A file's text, "" when there is none.
function inside.slurp(path)
  local f = io.open(path)
  local text = f and f:read "*a" or ""
  if f then
    f:close()
  end
  return text
end

--- Writes a file.
function inside.spill(path, text)
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
end

--- As one word for the shell.
function inside.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- What a shell command prints.
function inside.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- Does the kernel count what programs take?
function inside.stats(on)
  inside.spill("/proc/sys/kernel/bpf_stats_enabled", on and "1" or "0")
end

--- ns of processor time that a process took, all its threads together.
function inside.cpu_of(pid)
  local sum = 0
  for text in inside.output("cat /proc/" .. pid .. "/task/*/schedstat 2>/dev/null"):gmatch "[^\n]+" do
    sum = sum + tonumber(text:match "^%d+")
  end
  return sum
end

--- Waits until a process has nothing more to do, grace periods while it starts included: less than 1 ms of work in each
--- of five times 200 ms; ten seconds at most. Returns its time.
function inside.settle(pid)
  local idle, last = 0, inside.cpu_of(pid)
  for _ = 1, 50 do
    os.execute "usleep 200000"
    local now = inside.cpu_of(pid)
    idle, last = now - last < 1e6 and idle + 1 or 0, now
    if idle == 5 then
      break
    end
  end
  return last
end

--- Starts a command in the background, with its output in /tmp/out and its errors in /tmp/err: its process id.
function inside.start(command)
  os.remove "/tmp/out"
  os.execute(("%s >/tmp/out 2>/tmp/err </dev/null & echo $! >/tmp/pid"):format(command))
  return inside.slurp("/tmp/pid"):match "%d+"
end

--- Ends a process by a signal, and waits for its end: ten minutes, since it may have a million rows to read, then it
--- is killed.
function inside.stop(pid, signal)
  os.execute(("kill -%s %s 2>/dev/null"):format(signal, pid))
  for _ = 1, 30000 do
    if os.execute("kill -0 " .. pid .. " 2>/dev/null") ~= 0 then
      return
    end
    os.execute "usleep 20000"
  end
  os.execute("kill -KILL " .. pid)
end

-- How tools say what went wrong, the plainest first: a line with the first of these is it.
local complaints = { "%.lua:%d+: ", "HINT: error", "ERROR", "[Ee][Rr][Rr][Oo][Rr]", "[Ii]nvalid", "not " }

--- The line in which the tool said what went wrong.
function inside.why()
  local text = inside.slurp "/tmp/err" .. inside.slurp "/tmp/out"
  for _, complaint in ipairs(complaints) do
    for line in text:gmatch "[^\n]+" do
      if line:find(complaint) then
        return (line:gsub("[|%c]", " "):sub(1, 120))
      end
    end
  end
  return text:match "[^\n]+" or "it said nothing"
end

return inside
