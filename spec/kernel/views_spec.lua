--- Values of events in a script's functions, with what a workload set: spec/kernel/workload/values.c.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local N = 20

local function values(body, options)
  local code, out, err = guest.ksnoop(("-c 'build/guest/values %d' -q %s"):format(N, options or ""), body)
  assert(code == 0, err)
  return out
end

describe("an event's values in Lua", function()
  it("are what the kernel has, at every event", function()
    local out = values [[
      ks.probe "tp:itimer_state" {
        where = { "comm == 'values'", function(e) return e.value.it_interval.tv_sec == 3 end },
        capture = { "*value", "current->signal->rlim", "some=current->signal->rlim[6:9]",
          "letters=current->comm[1:4]", "none=*(struct rlimit *)(expires + 16)" },
        function(e)
          print(e.value.it_value.tv_sec, e.value.it_interval.tv_nsec, #e.rlim, e.rlim[7].rlim_cur, #e.some,
            e.some[1].rlim_max, e.letters, e.none, ks.why(e, "none"), e.rlim[7])
        end }]]
    local i = 0
    for line in out:gmatch "[^\n]+" do
      i = i + 1
      assert.are.equal(table.concat({ 1000 + i, i * 1000, 16, 100 + i, 3, 4096, "alu", "nil", "EFAULT",
        ("{.rlim_cur = %d, .rlim_max = 4096}"):format(100 + i) }, "\t"), line)
    end
    assert.are.equal(N, i)
  end)

  it("are kept by ks.copy, and by nothing else", function()
    local out = values [[
      local kept, values, stale = {}, {}, {}
      ks.probe "tp:itimer_state" { where = "comm == 'values'", capture = { "*value", "current->signal->rlim" },
        function(e)
          kept[#kept + 1], values[#values + 1], stale[#stale + 1] = ks.copy(e), ks.copy(e.rlim[7]), e
          for i = 1, #stale - 1 do
            assert(not pcall(function() return stale[i].pid end))
          end
        end }
      ks.at_end(function()
        for i, e in ipairs(kept) do
          print(e.value.it_value.tv_sec, values[i].rlim_cur, e.rlim[7].rlim_cur, ks.text(e, "value", "x"))
          assert(e.func == "itimer_state" and e.pid == kept[1].pid and e.time >= kept[1].time)
          assert(not pcall(function() return stale[i].pid end))
        end
      end)]]
    local i = 0
    for line in out:gmatch "[^\n]+" do
      i = i + 1
      assert.are.equal(("%d\t%d\t%d\t"):format(1000 + i, 100 + i, 100 + i), line:match "^%d+\t%d+\t%d+\t")
      assert.is_truthy(line:find(("0x%x"):format(1000 + i), 1, true), line)
    end
    assert.are.equal(N, i)
  end)

  it("count exactly over many events, with predicates that fail and raise", function()
    local code, out, err = guest.ksnoop("-c 'build/guest/umask 20000' --buffer 16M --max-errors inf", [[
      local all, odd, sum = 0, 0, 0
      ks.probe "__x64_sys_umask" {
        capture = { "mode=regs->di", "regs=*regs" },
        where = { function(e) all = all + 1 return e.mode == e.regs.di end, function(e) return e.mode % 2 == 1 end },
        function(e) odd = odd + 1 sum = sum + e.regs.di end,
        function(e) if e.mode == 511 then error "the last one" end end,
      }
      ks.at_end(function() print(all, odd, sum) end)]])
    assert.are.equal(1, code)
    -- umask(i % 512) for i from 0 to 19999
    local odd, sum, last = 0, 0, 0
    for i = 0, 19999 do
      local mode = i % 512
      if mode % 2 == 1 then
        odd, sum, last = odd + 1, sum + mode, last + (mode == 511 and 1 or 0)
      end
    end
    assert.are.equal(("20000\t%d\t%d\n"):format(odd, sum), out)
    assert.are.equal(1, select(2, err:gsub("the last one", "")))
    assert.is_truthy(err:find(("%d failed in the script"):format(last), 1, true), err)
  end)
end)
