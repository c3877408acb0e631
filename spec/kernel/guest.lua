--- What the specs inside the virtual machine share: running ksnoop and reading what it said.
local assert = require "luassert"
local json = require "dkjson"

local guest = { kernel = os.getenv "KSNOOP_VM" }

-- These specs load BPF, send signals by name and change what lies in /usr: never here.
assert(guest.kernel, "the specs of spec/kernel run in a virtual machine only: spec/vm/run -- busted spec/kernel")

--- What is ksnoop's own, whatever the kernel, is tested on one: such a spec is for other machines than this one.
--- EVERYWHERE=1: for all.
guest.elsewhere = guest.kernel ~= "6.1" and not os.getenv "EVERYWHERE"

local function spill(path, text)
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
  return path
end

local function slurp(path)
  local f = assert(io.open(path, "r"))
  local text = f:read "*a"
  f:close()
  return text
end

guest.spill, guest.slurp = spill, slurp

--- Runs a shell command; returns its exit code, stdout, stderr.
function guest.sh(command)
  local code = os.execute(("(%s) >/tmp/stdout 2>/tmp/stderr </dev/null"):format(command))
  return math.floor(code / 256) % 256 == 0 and code % 256 or math.floor(code / 256), slurp "/tmp/stdout",
    slurp "/tmp/stderr"
end

-- What opens a file by name: renamed in kernel 7.
guest.open = guest.sh "ksnoop info do_filp_open" == 0 and "do_filp_open" or "do_file_open"

--- Runs a script's text under ksnoop with options; returns code, stdout, stderr.
--- "$open" in the text is guest.open. environment: "A=1 B=2", or nil.
function guest.ksnoop(options, script, environment)
  spill("/tmp/script.lua", 'local ks = require "ksnoop"\n' .. script:gsub("%$open", guest.open))
  return guest.sh(("%s ksnoop %s /tmp/script.lua"):format(environment or "", options))
end

--- The objects that ksnoop printed with -f json, by type: events, losses and rows as lists.
function guest.objects(out)
  local found = { event = {}, loss = {}, rows = {} }
  for line in out:gmatch "[^\n]+" do
    local o, _, why = json.decode(line, 1, json.null)
    assert(o, why)
    if found[o.type] then
      table.insert(found[o.type], o)
    else
      found[o.type] = o
    end
  end
  return found
end

--- A script with -f json; returns its objects, and stderr with them. Fails when the exit is not 0.
function guest.json(options, script)
  local code, out, err = guest.ksnoop("-f json " .. options, script)
  assert(code == 0, ("ksnoop ended with %d:\n%s"):format(code, err))
  local found = guest.objects(out)
  found.stderr = err
  return found
end

--- The same, when only the sums matter: the summary, and how many events were printed.
function guest.sums(options, script)
  local code, out, err = guest.ksnoop("-f json " .. options, script)
  assert(code == 0, ("ksnoop ended with %d:\n%s"):format(code, err))
  local _, events = out:gsub('{"type":"event"', "")
  return json.decode(out:match '{"type":"summary".*', 1, json.null), events, err
end

--- The identity of every hit, exactly; see promises in doc/ksnoop.1.scd, "Accounting".
--- c: a probe's counters from the summary. calls: what the workload counted, or nil.
function guest.identity(c, calls)
  local recursion = c.recursion == json.null and 0 or c.recursion
  if calls then
    assert.are.equal(calls, c.hits + recursion)
  end
  local unmatched = c.unmatched == json.null and 0 or c.unmatched
  assert.are.equal(c.hits, c.suppressed + c.self + c.sampled + c.filtered + c.faults + unmatched
    + c.matched)
  local overwritten, kept = 0, 0
  if c.kept ~= json.null then
    overwritten, kept = c.overwritten, c.kept
  end
  assert.are.equal(c.matched, c.lost + overwritten + kept + c.aggregated + c.delivered + c.rejected + c.undecodable
    + c.cut_by_exit)
end

--- Does the function exist here, and can a probe be put there?
function guest.attaches(place)
  local code = guest.ksnoop("-D 10ms -q", ('ks.probe "%s" {}'):format(place))
  return code == 0
end

--- Traces with a probe in each of the places where one can be. As a start takes a second, what can't be is left out
--- within the script where defining it fails, and at the cost of a run each where only attaching does.
--- probe: what follows the place, with options for `-f json`; script: more of it, or nil.
--- Returns the summary, in whose .probes are those that were there; stderr; the places that were there, in order.
function guest.sums_of(options, places, probe, script)
  local left, code, out, err = { unpack(places) }
  repeat
    local lines = {}
    for i, place in ipairs(left) do
      lines[i] = ("pcall(function() ks.probe %q %s end)"):format(place, probe)
    end
    code, out, err = guest.ksnoop("-f json " .. options, table.concat(lines, "\n") .. "\n" .. (script or ""))
    local failed = code ~= 0 and tonumber(("\n" .. err):match "\n/tmp/script%.lua:(%d+):")
  until not (failed and table.remove(left, failed - 1))
  assert(code == 0, err)
  local summary, there = json.decode(out:match '{"type":"summary".*', 1, json.null), {}
  for _, place in ipairs(left) do
    there[#there + 1] = summary.probes[place] and place or nil
  end
  return summary, err, there
end

--- What is said of probes, given as Lua, when a script defines them; none is attached. For each its exit code,
--- 0 when there is nothing to say, and the text behind "FILE:LINE: ".
function guest.told(options, probes)
  local lines, found = {}, {}
  for i, probe in ipairs(probes) do
    lines[i] = ("try(function() %s end)"):format(probe)
  end
  local code, out, err = guest.ksnoop(options, ([[
    local function try(define)
      local ok, e = pcall(define)
      print(ok and "0\n\1" or ("%%d\n%%s\n\1"):format(e.code, tostring(e)))
    end
    %s
    os.exit(0)]]):format(table.concat(lines, "\n")))
  assert(code == 0, err)
  for status, text in out:gmatch "(%d+)\n(.-)\1\n" do
    found[#found + 1] = { code = tonumber(status), text = text:gsub("^/tmp/script%.lua:%d+: ", "") }
  end
  assert(#found == #probes, out)
  return found
end

--- Lines of a text that a pattern matches: for each what it captures.
function guest.lines(out, pattern)
  local list = {}
  for line in out:gmatch "[^\n]+" do
    local words = { line:match(pattern) }
    if words[1] then
      list[#list + 1] = words
    end
  end
  return list
end

--- The disk that nobody else uses: spec/vm/run.
function guest.disk()
  local _, out = guest.sh "grep -l scratch /sys/block/nvme*/device/serial"
  return assert(out:match "/sys/block/([^/]+)/", "the machine has no disk")
end

--- Shell text that starts nc for one connection to each port and waits until they listen.
function guest.listen(ports, redirect)
  local text = {}
  for _, port in ipairs(ports) do
    text[#text + 1] = ("nc -l -p %d %s &\n".. -- 0A: it listens
      "until grep -q ':%04X [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6; do usleep 10000; done"):format(port,
      redirect, port)
  end
  return table.concat(text, "\n") .. "\n"
end

--- BPF programs of ours that the kernel still holds, once it had a moment to let go.
function guest.leftovers()
  local left
  for _ = 1, 30 do
    left = tonumber((select(2, guest.sh "build/guest/leftovers")))
    if left == 0 then
      break
    end
    os.execute "sleep 0.1"
  end
  return left
end

guest.null = json.null

return guest
