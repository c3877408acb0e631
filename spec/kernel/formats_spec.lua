--- Types that a script shows and reads itself, with what a workload set: spec/kernel/workload/values.c.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local N = 20
local command = ("-c 'build/guest/values %d' -q "):format(N)

-- "105/4096" is a struct rlimit, "15 bytes" a struct iovec.
local formats = [[
local ffi = require "ffi"
ks.format("struct rlimit", function(v) return v.rlim_cur .. "/" .. v.rlim_max end, function(text)
  local cur, max = text:match "^(%d+)/(%d+)$"
  return cur and ffi.string(ffi.new("uint64_t[2]", tonumber(cur), tonumber(max)), 16)
end)
ks.format("struct iovec", function(v) return v.iov_len .. " bytes" end)
]]

describe("a script's own types", function()
  it("are shown by its functions, and their literals compared by the kernel", function()
    local code, out, err = guest.ksnoop(command, formats .. [[
      ks.probe "tp:itimer_state" {
        where = "comm == 'values' && current->signal->rlim[7] in ('105/4096', '107/4096', '121/4096')",
        capture = { "limit=current->signal->rlim[7]", "two=current->signal->rlim[6:8]" },
        ks.print "[{limit|10}] [{limit|-10}] {two}",
        function(e) print(e.limit, e.two[1], ks.text(e, "limit", "x")) end }]])
    assert.are.equal(0, code, err)
    local expected = {}
    for _, n in ipairs { 105, 107 } do
      expected[#expected + 1] = ("[  %d/4096] [%d/4096  ] {NPROC, %d/4096}"):format(n, n, n)
      expected[#expected + 1] = ("%d/4096\t%d/4096\t{.rlim_cur = 0x%x, .rlim_max = 0x1000}"):format(n, n, n)
    end
    assert.are.equal(table.concat(expected, "\n") .. "\n", (out:gsub("{%d+/%d+,", "{NPROC,")))
  end)

  it("are not those that a literal does not stand for", function()
    local s = guest.sums(command, formats .. [[
      ks.probe "tp:itimer_state" { where = { "comm == 'values'", "current->signal->rlim[7] != '105/4096'" } }]])
    local c = s.probes["tp:itimer_state"]
    assert.are.equal(N - 1, c.delivered)
    guest.identity(c)
  end)

  it("are shown in user memory's arrays, and are strings in JSON", function()
    local script = formats .. [[
      ks.probe "sys:writev" { where = "comm == 'values'", ks.print "{vlen} {parts=user(vec)[:vlen]}" }]]
    local code, out, err = guest.ksnoop(command, script)
    assert.are.equal(0, code, err)
    local events, n = guest.json(command, script).event, 0
    for line in out:gmatch "[^\n]+" do
      n = n + 1
      local parts = {}
      for k = 1, 1 + n % 3 do
        parts[k] = k * 10 + n .. " bytes"
      end
      assert.are.equal(("%d {%s}"):format(#parts, table.concat(parts, ", ")), line)
      assert.are.same(parts, events[n].args.parts)
    end
    assert.are.equal(N, n)
    assert.are.equal(N, #events)
  end)

  it("cost a function's event when it fails, and are counted", function()
    local script = [[
      ks.format("struct rlimit", function(v)
        if v.rlim_cur % 4 == 0 then error "no fours" end
        return v.rlim_cur % 4 == 1 and "one" or nil
      end)
      ks.probe "tp:itimer_state" { where = "comm == 'values'", ks.print "{limit=current->signal->rlim[7]}" }]]
    local code, out, err = guest.ksnoop(command:gsub("-q", "--max-errors inf"), script)
    assert.are.equal(1, code)
    -- 101 to 120: five of each rest
    assert.are.equal(5, select(2, out:gsub("one\n", "")), out)
    assert.are.equal(10, select(2, out:gsub("{%.rlim_cur = 1%d%d, %.rlim_max = 4096}\n", "")), out)
    assert.are.equal(1, select(2, err:gsub("no fours", "")), err)
    assert.is_truthy(err:find("script.lua:3: no fours\n", 1, true), err)
    assert.is_truthy(err:find("in a function of tp:itimer_state\n", 1, true), err)
    assert.is_truthy(err:find("15 delivered", 1, true), err)
    assert.is_truthy(err:find("5 failed in the script", 1, true), err)
    -- Without the option it ends at the first: 101 is shown, and 104 is the first that fails.
    code, out = guest.ksnoop(command, script)
    assert.are.equal(1, code)
    assert.are.equal(3, select(2, out:gsub("\n", "")), out)
  end)

  it("may take the place of ksnoop's own", function()
    local code, out, err = guest.ksnoop("-q -c 'umask 0; mkdir /tmp/one /tmp/two'", [[
      ks.format("umode_t", function(mode) return ("%04o"):format(mode) end, function(text) return tonumber(text, 8) end)
      ks.probe "vfs_mkdir" { where = "mode == '0777'",
        ks.print "{mode} {mode|6} {mode & 7} {name=str(dentry->d_name.name)}" }]])
    assert.are.equal(0, code, err)
    assert.is_truthy(out:find("0777   0777 7 one\n0777   0777 7 two\n", 1, true), out)
  end)
end)
