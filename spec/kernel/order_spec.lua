--- The order of events: of each CPU exact; of both as far as is said or, with --sort, exact as well.
local guest = require "spec.kernel.guest"

-- Two threads, each on a CPU of its own, make half of the calls of umask; the argument counts them, modulo 512. Each
-- call is an event where it begins, and one where it returns, whose time is read before the event has its place.
local script = [[
  local at, gaps, back, latest, late, by = {}, 0, 0, 0, 0, 0
  local function sink(name)
    return function(e)
      local key = name .. e.cpu
      local before = at[key] or { count = 0, time = 0 }
      gaps = gaps + (e.di ~= before.count %% 512 and 1 or 0)
      back = back + (e.time < before.time and 1 or 0)
      at[key] = { count = before.count + 1, time = e.time }
      if e.time < latest then
        late, by = late + 1, math.max(by, latest - e.time)
      else
        latest = e.time
      end
    end
  end
  %s
  ks.probe "__x64_sys_umask" { capture = { "di=regs->di" }, sink "entry" }
  ks.call "__x64_sys_umask" { capture = { "di=regs->di", "elapsed" }, sink "return" }
  ks.at_end(function() print(("%%d gaps, %%d back, %%.0f late by %%.0f"):format(gaps, back, late, by)) end)
]]

local function run(calls, options, more)
  local summary, _, err = guest.sums(("%s -c 'build/guest/umask %d 2'"):format(options, calls),
    script:format(more or ""))
  for _, c in pairs(summary.probes) do
    guest.identity(c, calls)
    assert.are.equal(calls, c.delivered)
  end
  local gaps, back, late, by = err:match "(%d+) gaps, (%d+) back, (%d+) late by (%d+)"
  assert.are.same({ 0, 0 }, { tonumber(gaps), tonumber(back) })
  assert.are.same({ tonumber(late), tonumber(by) }, { summary.late, summary.late_by })
  return summary, err
end

describe("the order of events", function()
  it("is that of each CPU, and how far it is from that of all is told", function()
    local summary = run(20000, "")
    print(("%s: %d of 40000 late, by %d ns at most"):format(guest.kernel, summary.late, summary.late_by))
  end)

  for _, case in ipairs {
    { "with --sort", 20000, "--sort" },
    { "with sort = true, each shown at once", 4000, "", "ks.options { sort = true, unbuffered = true }" },
  } do
    it("is that of their times " .. case[1], function()
      local summary, err = run(unpack(case, 2, 4))
      assert.are.same({ 0, 0 }, { summary.late, summary.late_by })
      assert.is_nil(err:find "too late")
    end)
  end

  it("is that of their times up to -n, where most find no room, and all of them are counted", function()
    local summary, events = guest.sums("--sort --buffer 4K -n 100 -c 'build/guest/umask 20000 2'", [[
      ks.probe "__x64_sys_umask" {} ks.call "__x64_sys_umask" { capture = { "elapsed" } }]])
    local delivered = 0
    for _, c in pairs(summary.probes) do
      guest.identity(c)
      delivered = delivered + c.delivered
    end
    assert.are.same({ 100, 100 }, { delivered, events })
  end)
end)
