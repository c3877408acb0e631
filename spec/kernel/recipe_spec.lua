--- A recipe that a script uses twice, on workloads whose slow calls are known.
local guest = require "spec.kernel.guest"
if guest.elsewhere then
  return
end

local slow = [[
--- Calls to one kernel function that took longer than a threshold.
local ks = require "ksnoop"
return ks.recipe {
  params = {
    func = ks.param.func     { "vfs_read", "kernel function to time" },
    min  = ks.param.duration { "1ms",      "report calls at least this slow" },
    filter = ks.param.where  { false,      "which of them" },
  },
  build = function(p)
    return ks.call(p.func) {
      where = { "elapsed >= $min", p.filter },
      p.out or ks.print "{time} {pid|7} {comm|-16} {func} {elapsed} {retval}",
    }
  end,
}
]]

describe("a recipe", function()
  setup(function()
    -- what other specs left in the script's folder would be found first
    guest.sh "rm -f /tmp/slow.lua; mkdir -p -m 755 /tmp/data/ksnoop"
    guest.spill("/tmp/data/ksnoop/slow.lua", slow)
  end)

  it("is used twice: slow sleeps line by line, umasks counted, each with its own parameters", function()
    local code, out, err = guest.ksnoop("-c 'usleep 1000; usleep 300000; usleep 1000; usleep 1000; "
      .. "usleep 400000; build/guest/umask 7; umask >/dev/null'", [[
      local slow = require "slow"
      local sleeps = slow { func = "hrtimer_nanosleep", min = "200ms" }
      local n = 0
      slow { func = "__x64_sys_umask", min = 0, filter = "comm == 'umask'",
        ks.count "comm", ks.count "elapsed >= 10s", function() n = n + 1 end }
      ks.at_end(function()
        local c = sleeps:counters()
        print(c.hits, c.delivered, n)
      end)]], "XDG_DATA_HOME=/tmp/data")
    assert.are.equal(0, code, err)
    local lines, took = {}, {}
    for line in out:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    for i = 1, 2 do
      took[i] = tonumber(lines[i]:match "^%d%d:%d%d:%d%d%.%d+ +%d+ usleep +hrtimer_nanosleep (%d%d%d)%.?%d*ms 0$")
    end
    assert.is_true((took[1] or 0) >= 300 and (took[2] or 0) >= 400, out)
    assert.are.same({ "5\t2\t7", "count by comm (script.lua:6)", "  COUNT  COMM", "      7  umask",
      "count by key (script.lua:6)", "  COUNT  KEY", "      7  0" }, { unpack(lines, 3) })
  end)

  it("is tested on events of its own, with this kernel's types and files as deep as it has them", function()
    local code, out, err = guest.ksnoop("", [[
      local slow = require "slow"
      local file = { f_flags = "O_RDWR", f_inode = { i_size = 100, i_mode = "S_IFREG" },
        f_path = { dentry = { d_name = { name = "new" } } } }
      local out = ks.test(function()
        slow { min = "1ms", filter = "S_ISREG(file->f_inode->i_mode)",
          ks.print "{comm} {elapsed} {retval} {name(file)} {file->f_flags}" }
      end, {
        { "vfs_read", elapsed = "2ms", retval = -5, comm = "dd", file = file },
        { "vfs_read", elapsed = "10us", retval = 1, file = file },
        { "vfs_read", elapsed = "10s", retval = 1, file = {} },
      })
      io.write(out.text, out.delivered, " ", out.filtered, " ", out.faults, "\n")]], "XDG_DATA_HOME=/tmp/data")
    assert.are.equal(0, code, err)
    assert.are.equal("dd 2.00ms -EIO new O_RDWR\n1 1 1\n", out)
  end)
end)
