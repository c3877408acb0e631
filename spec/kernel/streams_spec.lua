--- A stream that says JSON is JSON to its last line, and one of tables tables: whatever a script and a command
--- write, and however the run ends.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

-- Writes in every way, prints an aggregation in every form, and fails at the 60th event, if it lives to see that.
local noisy = [[
  print "noise" io.write "noise\n"
  local n, seen = ks.count { by = { "comm", "pid" } }, 0
  ks.probe "__x64_sys_umask" { capture = { "comm", "pid" }, n, ks.print "{comm}, \"{pid}\"",
    function()
      seen = seen + 1
      if seen == 5 then
        print "noise" io.write "noise\n" os.execute "echo noise"
        n:print { compare = "comm" } n:print "{comm} {value}" n:print { as = "folded" }
      elseif seen == 20 and SIGNAL then
        os.execute "kill -TERM $PPID" -- system(3) ignores SIGINT
      elseif seen == 60 then
        error "failed"
      end
    end }]]

describe("a stream", function()
  it("of JSON is JSON to the last line when the script fails", function()
    local code, out, err = guest.ksnoop("-f json -c 'echo noise; build/guest/umask 100'", noisy)
    assert.are.equal(1, code)
    local found = guest.objects(out) -- each line an object
    assert.are.same({ 59, 2 }, { found.summary.probes.__x64_sys_umask.delivered, #found.rows })
    assert.matches('^{"type":"header".*\n{"type":"summary"[^\n]+}\n$', out)
    assert.are.equal(6, select(2, err:gsub("noise\n", "")))
  end)

  it("of JSON is JSON to the last line when a signal ends it", function()
    local code, out = guest.ksnoop("-f json -c 'echo noise; build/guest/umask 1000; sleep 60'",
      "local SIGNAL = true " .. noisy:gsub("seen == 60", "false"))
    assert.are.equal(0, code)
    assert.is_true(#guest.objects(out).event >= 20)
    assert.matches('\n{"type":"summary"[^\n]+}\n$', out)
  end)

  it("of tables is tables", function()
    local code, out, err = guest.ksnoop("-f csv -c 'echo noise; build/guest/umask 100'", noisy)
    assert.are.equal(1, code)
    local tables, lines = {}, 0
    for text in (out .. "\n"):gmatch "(.-\n)\n" do
      local head = text:match "^[^\n]+"
      local _, commas = head:gsub(",", "")
      for line in text:gmatch "[^\n]+" do
        assert.are.equal(commas, select(2, line:gsub(",", "")), line)
        lines = lines + 1
      end
      tables[#tables + 1] = head
    end
    local events = "probe,time,cpu,pid,tid,comm"
    assert.are.same({ events, "comm,pid,count", "comm,pid,count", events }, tables)
    assert.are.equal(4 + 60 + 2, lines) -- heads, events (the last is shown before it fails), rows
    assert.are.equal(6, select(2, err:gsub("noise\n", "")))
    assert.matches("ksnoop: %d+ hits", err)
  end)
end)
