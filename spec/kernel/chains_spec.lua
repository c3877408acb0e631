--- Member chains drawn from this kernel's BTF: what generated code reads directly is what a second
--- program reads at the same call by bpf_probe_read_kernel.
local guest = require "spec.kernel.guest"
local json = require "dkjson"

local CHAINS = 200
local seed = tonumber(os.getenv "SEED") or os.time()

-- Functions that the workload calls; a kernel may lack some.
local functions = { "vfs_read", "vfs_write", "vfs_open", "filp_close", "vfs_unlink", "vfs_mkdir",
  "vfs_rmdir", "vfs_rename", "vfs_fsync_range", "security_file_permission", "security_inode_permission",
  "wake_up_new_task", "tcp_sendmsg", "tcp_recvmsg", "tcp_close", "tcp_connect", "inet_stream_connect",
  "inet_bind", "do_truncate", "pipe_release", "iterate_dir", "security_socket_sendmsg" }

-- A file's count of references changes between two programs: others hold it, too. (v6.13: f_ref.)
local function by_itself(chain)
  return chain:find "f_ref" or chain:find "f_count"
end

-- { { func =, chains = { ... } }, ... }
local function draw(names)
  local _, out, err = guest.sh(("build/guest/chains %d %d %s"):format(seed, CHAINS, table.concat(names, " ")))
  local by, list, count = {}, {}, 0
  for func, chain in out:gmatch "(%S+) (%S+)\n" do
    count = count + 1
    if not by[func] then
      by[func] = { func = func, chains = {} }
      list[#list + 1] = by[func]
    end
    if not by_itself(chain) then
      table.insert(by[func].chains, chain)
    end
  end
  assert.are.equal(CHAINS, count, err)
  return list
end

local function script(list)
  local lines = { 'local ks = require "ksnoop"' }
  for _, p in ipairs(list) do
    local captures = {}
    for i, chain in ipairs(p.chains) do
      captures[i] = ("%q"):format(("c%d=%s"):format(i, chain))
    end
    lines[#lines + 1] = ('ks.probe "%s" { where = "comm == \'files\'", capture = { %s } }'):format(p.func,
      table.concat(captures, ", "))
  end
  return table.concat(lines, "\n")
end

-- The printed events of each probe, in order, as text of their args; and how many hits of each did
-- not get that far because a task was preempted inside a program (7.2 does that): of anybody's hits.
local function events(path)
  local by, n, skipped = {}, 0, {}
  for line in io.lines(path) do
    local place, args = line:match '^{"type":"event","probe":"([^"]*)".-"args":(.*)}$'
    if place then
      by[place] = by[place] or {}
      table.insert(by[place], args)
      n = n + 1
    elseif line:find '^{"type":"summary"' then
      for name, c in pairs(json.decode(line, 1, 0).probes) do
        skipped[name] = c.recursion + c.suppressed
      end
    end
  end
  return by, n, skipped
end

describe("member chains", function()
  it(("read the same directly and by a helper (SEED=%d)"):format(seed), function()
    local list = draw(select(3, guest.sums_of("-q -D 10ms", functions, "{ where = 'pid == 0 && tid == 1' }")))
    guest.spill("/tmp/chains.lua", script(list))
    local code, _, err = guest.sh(([[ksnoop -q -f json -c 'ksnoop -q -f json --helper-reads -c
      "build/guest/files /tmp 5" /tmp/chains.lua >/tmp/by_helper' /tmp/chains.lua >/tmp/direct]]):gsub("\n", ""))
    assert.are.equal(0, code, err)
    local direct, n, fewer = events "/tmp/direct"
    local helper, m, lacks = events "/tmp/by_helper"
    assert.is_true(n >= 100, n .. " events")
    local compared, differing, values, left = 0, {}, 0, 0
    for _, p in ipairs(list) do
      local mine, other = direct[p.func] or {}, helper[p.func] or {}
      if fewer[p.func] + lacks[p.func] > 0 then -- which of one are which of the other is not known
        left = left + #mine
      else
        -- The inner one ends with the workload, while what is left of its task still runs into probes.
        assert.is_true(#other <= #mine and #mine - #other <= 3,
          ("%s: %d read directly, %d by a helper"):format(p.func, #mine, #other))
        for i, args in ipairs(mine) do
          compared = compared + #p.chains
          values = values + select(2, args:gsub('"c%d+":[^{]', ""))
          if other[i] and args ~= other[i] then
            differing[#differing + 1] = ("%s\n direct %s\n helper %s\n %s"):format(p.func, args, other[i],
              table.concat(p.chains, " "))
          end
        end
      end
    end
    assert.is_true(left <= n / 4, ("%d of %d and %d events left out"):format(left, n, m))
    print(("\n%s: %d chains on %d functions, %d values compared, %d of them readable (SEED=%d)"):format(
      guest.kernel, CHAINS, #list, compared, values, seed))
    assert.are.equal(0, #differing, differing[1])
    assert.is_true(values > compared / 2)
  end)
end)
