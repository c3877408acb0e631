--- Busted's output for tally: one record per test, wherever the test itself left the cursor.
--
--     @tally start NAME
--     @tally pass NAME
--     @tally skip NAME -- REASON
--     @tally fail NAME (FILE:LINE)
--     @tally | a line of what went wrong
--     @tally took SECONDS test NAME
--     @tally took SECONDS file FILE
--     @tally end PASSED FAILED SKIPPED
--
-- The last one says that nothing is missing. Busted's own TAP output names a skipped test by its
-- reason only, and breaks when a before_each fails.

local function one_line(text)
  return (tostring(text):gsub("%s*\n%s*", " "))
end

local function record(...)
  io.write("\n@tally ", table.concat({ ... }, " "), "\n")
  io.flush()
end

-- What error() or an assertion threw, as text.
local function describe(message)
  if type(message) == "table" and not (getmetatable(message) or {}).__tostring then
    return require "pl.pretty".write(message)
  end
  return tostring(message)
end

return function()
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()
  local passed, failed, skipped = 0, 0, 0
  local open, reason, reports -- of the test that runs

  local function explain(message, trace)
    local lines = describe(message)
    if trace and trace.traceback then
      lines = lines .. "\n" .. trace.traceback:gsub("^\n*", "")
    end
    for line in (lines .. "\n"):gmatch "([^\n]*)\n" do
      record("|", line)
    end
  end

  -- With what before_each and after_each take, and of a file what setup does.
  local function took(what, element, name)
    record("took", ("%.1f"):format(element.duration or 0), what, name)
  end

  local function fail(element)
    local at = element.trace and element.trace.short_src
    local where = at and (" (%s:%s)"):format(at, tostring(element.trace.currentline)) or ""
    failed = failed + 1
    record("fail", one_line(handler.getFullName(element)) .. where)
  end

  busted.subscribe({ "test", "start" }, function(element)
    open, reason, reports = true, nil, {}
    record("start", one_line(handler.getFullName(element)))
    return nil, true
  end)

  busted.subscribe({ "pending" }, function(_, _, message)
    reason = message
    return nil, true
  end)

  -- A failure or an error: of the test that runs, or of a file, a setup... outside of any.
  local function problem(element, _, message, trace)
    if open then
      reports[#reports + 1] = { message = message, trace = trace }
    else
      fail(element)
      explain(message, trace)
    end
    return nil, true
  end
  busted.subscribe({ "failure" }, problem)
  busted.subscribe({ "error" }, problem)

  busted.subscribe({ "test", "end" }, function(element, _, status)
    local name = one_line(handler.getFullName(element))
    open = false
    if status == "success" then
      passed = passed + 1
      record("pass", name)
    elseif status == "pending" then
      skipped = skipped + 1
      record("skip", name, "--", one_line(reason or "no reason given"))
    else
      fail(element)
      for _, report in ipairs(reports) do
        explain(report.message, report.trace)
      end
    end
    took("test", element, name)
    return nil, true
  end)

  busted.subscribe({ "file", "end" }, function(element)
    took("file", element, one_line(element.name))
    return nil, true
  end)

  busted.subscribe({ "suite", "end" }, function()
    record("end", passed, failed, skipped)
    return nil, true
  end)

  return handler
end
