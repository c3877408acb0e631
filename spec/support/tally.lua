--- Judges one run of tests: luajit tally.lua NAME LOG EXIT_CODE SECONDS
--
-- LOG is what the run printed, with the records of tally_output.lua in it. Shows each failure in
-- full, each skipped test with its reason, what tests say by "@tally says FIGURES", and which files
-- and tests took longest; the last line is "NAME: N passed, N failed, ...".
-- After "@tally again" come those that failed, run once more: one that passes is no failure then
-- but unstable, and said so by name.
-- A run that ended without saying so, that had no tests at all, or whose exit code says otherwise
-- has one failure more: nothing passes by dying.

local name, path, code, seconds = arg[1], arg[2], tonumber(arg[3]), arg[4]

local passed, failed, skipped, unstable = 0, 0, 0, 0
local again -- names of the tests that failed, once they are run again
local failures = {} -- of the first run: names, without the place
local ending -- what the run says it counted
local running -- the test that was started last and has not ended
local said = {} -- lines since the last record: what a test printed
local tail = {} -- the same, whatever came before, for a run that died
local took = { file = {}, test = {} } -- lists of { name =, seconds = }

local function show(lines)
  for _, line in ipairs(lines) do
    print("    " .. line)
  end
end

local function fail(title)
  failed = failed + 1
  print(("FAILED %s: %s"):format(name, title))
end

-- The first run's own count, which must be what was seen of it.
local function check_ending()
  if not ending then
    return "the run did not come to its end"
  elseif ending[1] ~= passed or ending[2] ~= failed or ending[3] ~= skipped then
    return ("the run counted %d passed, %d failed, %d skipped; seen were %d, %d, %d"):format(ending[1],
      ending[2], ending[3], passed, failed, skipped)
  elseif passed + failed + skipped == 0 then
    return "there are no tests"
  elseif (code == 0) ~= (failed == 0) or code > 1 then
    return "the run ended badly all the same"
  end
end

local wrong -- what check_ending said

-- A record of the second run.
local function once_more(what, rest)
  if what == "pass" and again[rest] then
    again[rest] = nil
    unstable, passed, failed = unstable + 1, passed + 1, failed - 1
    print(("UNSTABLE %s: %s: failed, and passed when it was run again"):format(name, rest))
  elseif what == "fail" then
    print(("FAILED %s, again: %s"):format(name, rest))
  elseif what == "|" then
    show { rest }
  end
end

for line in io.lines(path) do
  line = line:gsub("\r$", "")
  local what, rest = line:match "^@tally (%S+) ?(.*)$"
  if again then
    once_more(what, rest)
  elseif what == "again" then
    wrong, again = check_ending(), failures
  elseif what == "start" then
    running, said = rest, {}
  elseif what == "pass" then
    passed, running, said = passed + 1, nil, {}
  elseif what == "skip" then
    skipped, running, said = skipped + 1, nil, {}
    print(("skipped %s: %s"):format(name, rest))
  elseif what == "fail" then
    fail(rest)
    failures[rest:match "^(.*) %([^()]*:%w+%)$" or rest] = true
    show(said)
    running, said = nil, {}
  elseif what == "says" then
    print(("%s: %s"):format(name, rest))
  elseif what == "took" then
    local time, kind, element = rest:match "^([%d.]+) (%S+) (.*)$"
    table.insert(took[kind], { name = element, seconds = tonumber(time) })
  elseif what == "|" then
    show { rest }
  elseif what == "end" then
    local p, f, s = rest:match "^(%d+) (%d+) (%d+)$"
    ending = { tonumber(p), tonumber(f), tonumber(s) }
  elseif line ~= "" then
    said[#said + 1] = line
    tail[#tail + 1] = line
  end
end

-- Where a part's time goes: those above a second, at most so many.
local function slowest(kind, most)
  local list = took[kind]
  table.sort(list, function(a, b) return a.seconds > b.seconds end)
  for i = 1, math.min(most, #list) do
    if list[i].seconds < 1 then
      break
    end
    print(("%s: %6.1f s  %s"):format(name, list[i].seconds, list[i].name))
  end
end

local function died(why)
  fail(why .. (" (exit code %d%s)"):format(code, running and ", in: " .. running or ""))
  show(tail)
end

if not again then
  wrong = check_ending()
end
if wrong then
  died(wrong)
end

slowest("file", 10)
slowest("test", 10)
local also = (unstable > 0 and (", %d unstable"):format(unstable) or "")
  .. (skipped > 0 and (", %d skipped"):format(skipped) or "")
print(("%s: %d passed, %d failed%s (%s s)"):format(name, passed, failed, also, seconds))
