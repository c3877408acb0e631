--- What the machine said, as figures: costs, tables, and whether a row got worse.

local plan = require "spec.bench.rows"

local judge = {}

--- Reads what spec/bench/guest.lua printed: values and reasons by name and side.
--- nil, why: it did not come to its end.
function judge.parse(text)
  local values, reasons, notes, ended = {}, {}, {}, false
  for line in text:gmatch "[^\r\n]+" do
    local name, side, value = line:match "^@bench (%S+) (%S+) (%S+)"
    if line == "@bench end" then
      ended = true
    elseif value == "!" then
      reasons[name .. " " .. side] = line:match "! (.*)$"
    elseif name then
      values[name .. " " .. side] = tonumber(value)
      notes[name] = line:match "^%S+ %S+ %S+ %S+ (.+)$"
    end
  end
  if not ended then
    return nil, "the machine did not measure all rows"
  end
  return { values = values, reasons = reasons, notes = notes }
end

--- Instructions that compiling a probe took: all of them in order, { ns, text }, the median and the
--- most; nil and why there are none.
function judge.compile(result)
  local all, sorted = {}, {}
  while result.values[("compile-%d ours"):format(#all + 1)] do
    local name = ("compile-%d"):format(#all + 1)
    all[#all + 1] = { result.values[name .. " ours"], result.notes[name] or "" }
    sorted[#all] = all[#all][1]
  end
  table.sort(sorted)
  if #all == 0 then
    return nil, result.reasons["compile-1 ours"] or "not measured"
  end
  return all, sorted[math.ceil(#sorted / 2)], sorted[#sorted]
end

-- What empty programs of these kinds take together; nil: one was not measured.
local function empty_of(result, kinds)
  local sum = 0
  for kind in kinds:gmatch "[^,]+" do
    local one = result.values["empty-" .. kind .. " limit"]
    sum = sum and one and sum + one
  end
  return sum
end

--- What a side of a row costs over empty programs of its kinds; nil and why it is not known.
function judge.cost(result, row, side)
  local name = row.name .. " " .. side
  local empty = empty_of(result, row.kind)
  if result.values[name] and empty then
    return result.values[name] - empty
  end
  return nil, result.reasons[name] or "not measured"
end

--- ours / twin of a row; nil and why there is none.
function judge.ratio(result, row)
  local ours, why = judge.cost(result, row, "ours")
  local twin, why_twin = judge.cost(result, row, "twin")
  if not ours or not twin then
    return nil, not ours and why or "the twin: " .. why_twin
  end
  return ours / twin, ours, twin
end

--- Ratios as ratios.txt has them: "KERNEL ROW RATIO", # begins a comment.
function judge.committed(text)
  local ratios = {}
  for line in text:gmatch "[^\n]+" do
    local kernel, name, ratio = line:gsub("#.*", ""):match "^(%S+) +(%S+) +(%S+)"
    if kernel then
      ratios[kernel] = ratios[kernel] or {}
      ratios[kernel][name] = tonumber(ratio)
    end
  end
  return ratios
end

--- Is this row worse than it was? "worse", "good", "better" or "skipped", and a line to say so.
--- More than 3 % and more than one instruction; half of one is the rounding of the kernel's clock.
function judge.verdict(result, row, was)
  local ratio, ours, twin = judge.ratio(result, row)
  if not ratio and not was then
    return "skipped", ours
  elseif not ratio then
    return "worse", ("%s %.3f -> did not run: %s"):format(row.name, was, ours)
  elseif not was then
    return "worse", ("%s none -> %.3f (%.1f / %.1f): it is not in ratios.txt"):format(row.name, ratio,
      ours, twin)
  end
  local allowed = was * twin
  local line = ("%s %.3f -> %.3f (%.1f / %.1f)"):format(row.name, was, ratio, ours, twin)
  if ours > allowed * 1.03 and ours > allowed + 1.5 then
    return "worse", line
  elseif ours < allowed / 1.03 and ours < allowed - 1.5 then
    return "better", line
  end
  return "good", line
end

--- What a whole run took: millions of instructions and KiB, or nil and why it is not known.
function judge.start(result, start)
  local name = "start-" .. start.name
  local cpu, rss = result.values[name .. " cpu"], result.values[name .. " rss"]
  if cpu and rss then
    return cpu, rss
  end
  return nil, result.reasons[name .. " cpu"] or "not measured"
end

--- Does it keep to this kernel's limits? As judge.verdict's.
function judge.start_verdict(result, start, kernel)
  local cpu, rss = judge.start(result, start)
  if not cpu then
    return "worse", ("%s did not run: %s"):format(start.name, rss)
  end
  local most = start.rss and start.rss[kernel]
  return (cpu > start.cpu[kernel] or (most and rss > most)) and "worse" or "good",
    ("%s takes %.2f of %g million instructions, %d%s KiB"):format(start.name, cpu,
      start.cpu[kernel], rss, most and (" of %d"):format(most) or "")
end

--- Is compiling a probe cheap enough? The same for plan.compile.
function judge.compile_verdict(result)
  local all, median, most = judge.compile(result)
  if not all then
    return "worse", "compile: did not run: " .. median
  end
  local line = ("compile: the median probe takes %d of %d instructions, the dearest %d"):format(
    median, plan.compile.limit, most)
  return median < plan.compile.limit and "good" or "worse", line
end

local function number(v)
  return v and ("%.1f"):format(v) or "-"
end

--- The rows of one kernel, as lines of text.
function judge.table(result, kernel)
  local lines = { ("%-24s %8s %8s %8s %8s %8s"):format("row", "ours", "twin", "limit", "ratio",
    "target") }
  local by_name = {}
  local function add(...)
    lines[#lines + 1] = ("%-24s %8s %8s %8s %8s %8s"):format(...)
  end
  for _, row in ipairs(plan.rows) do
    by_name[row.name] = row
    local ours, why = judge.cost(result, row, "ours")
    local twin, limit = judge.cost(result, row, "twin"), judge.cost(result, row, "limit")
    local target = row.target and row.target[kernel]
    add(row.name, number(ours), number(twin), number(limit),
      ours and twin and ("%.3f"):format(ours / twin) or "-",
      target and target .. (ours and ours > target + 0.5 and " !" or "") or "")
    if not ours then
      lines[#lines + 1] = "    did not run: " .. why
    end
  end
  for _, row in ipairs(plan.rows) do
    if row.over then -- the counter of hits alone
      local function over(side)
        local with = judge.cost(result, row, side)
        local without = judge.cost(result, by_name[row.over], side)
        return with and without and with - without
      end
      local ours, target = over "ours", plan.hits_target[kernel]
      add("+hits " .. row.over, number(ours), number(over "twin"), "", "",
        target and target .. (ours and ours > target + 0.5 and " !" or "") or "")
    end
  end
  return lines
end

--- What each check adds to clang's programs, as lines of text; behind it ours, without the counter of hits.
function judge.steps(result, lines)
  local steps = plan.steps
  local head = { ("%-40s"):format "check by check" }
  for _, body in ipairs(steps.bodies) do
    head[#head + 1] = ("%8s"):format(body.name)
  end
  lines[#lines + 1] = table.concat(head, " ")
  for i, step in ipairs(steps) do
    local cells = { ("%-40s"):format((i > 1 and "+ " or "") .. step[2]) }
    for _, body in ipairs(steps.bodies) do
      local has = steps.has[body.name][step[1]]
      local cost = has and judge.cost(result,
        { name = ("step-%s-%s"):format(body.name, step[1]), kind = body.kind }, "limit")
      cells[#cells + 1] = ("%8s"):format(cost and number(cost) or has and "-" or "")
    end
    lines[#lines + 1] = table.concat(cells, " ")
  end
end

--- What else was measured, as lines of text.
function judge.others(result)
  local lines = {}
  local v = result.values
  for _, kind in ipairs(plan.kinds) do
    lines[#lines + 1] = ("%-24s %26s"):format("empty " .. kind, number(v["empty-" .. kind .. " limit"]))
  end
  for _, name in ipairs(plan.helpers) do
    local cost, why = judge.cost(result, { name = "helper-" .. name, kind = "fentry" }, "limit")
    lines[#lines + 1] = ("%-24s %26s"):format("helper " .. name, cost and number(cost) or why)
  end
  lines[#lines + 1] = ""
  judge.steps(result, lines)
  lines[#lines + 1] = ""
  local all, median = judge.compile(result)
  lines[#lines + 1] = ("%-24s %26s"):format("compiling a probe", all and "instructions" or median)
  for _, probe in ipairs(all or {}) do
    lines[#lines + 1] = ("%51.0f  %s"):format(probe[1], probe[2])
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("%-24s %26s %8s"):format("whole runs", "M instructions", "KiB")
  for _, start in ipairs(plan.starts) do
    local cpu, rss = judge.start(result, start)
    lines[#lines + 1] = ("%-24s %26s %8s"):format(start.name, number(cpu), number(cpu and rss))
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = ("%-24s %8s %8s %8s %8s"):format("attach to many", "ours", "", "least", "ratio")
  for _, what in ipairs { "functions", "link", "wall", "cpu" } do
    local ours, least = v["multi-" .. what .. " ours"], v["multi-" .. what .. " limit"]
    lines[#lines + 1] = ("%-24s %8s %8s %8s %8s"):format(what .. (what == "functions" and "" or ", ms"),
      number(ours), "", number(least), ours and least and ("%.3f"):format(ours / least) or "-")
  end
  for _, side in ipairs { "ours", "limit" } do
    local why = result.reasons["multi-wall " .. side]
    if why then
      lines[#lines + 1] = ("    %s did not run: %s"):format(side, why)
    end
  end
  return lines
end

return judge
