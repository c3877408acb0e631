--- Every function that can be traced here: a sample of them loaded with default captures, at entry
--- and return, and a smaller one attached and hit. `make test-all-functions` loads them all.
local guest = require "spec.kernel.guest"

local seed = tonumber(os.getenv "SEED") or os.time()
local count = tonumber(os.getenv "COUNT") or 800 -- 0: all
local RANDOM = 20 -- functions that are attached to without knowing them

-- Functions that the workload calls; a kernel may lack some.
local known = { "vfs_read", "vfs_write", "vfs_open", "filp_close", "vfs_unlink", "vfs_mkdir", "vfs_rmdir",
  "vfs_rename", "vfs_fsync_range", "security_file_permission", "security_inode_permission",
  "wake_up_new_task", "tcp_sendmsg", "tcp_recvmsg", "tcp_close", "tcp_connect", "inet_stream_connect",
  "inet_bind", "do_truncate", "pipe_release", "iterate_dir", "security_socket_sendmsg", "path_openat",
  "lookup_fast", "dput", "kfree", "fput", "generic_permission", "inode_permission" }

describe("the functions of this kernel", function()
  it(("are all loaded onto (SEED=%d)"):format(seed), function()
    local code, out = guest.sh(("build/guest/traces functions %d %d"):format(seed, count))
    local functions, described, programs, loaded, refused, rejected = out:match(
      "functions (%d+) of (%d+) .- programs (%d+) loaded (%d+) refused (%d+) rejected (%d+)")
    assert.equal(0, code, out)
    print(("\n@tally says %s of %s functions: %s programs, %s loaded, %s refused by ksnoop, %s rejected (SEED=%d)")
      :format(functions, described, programs, loaded, refused, rejected, seed))
    for reason in (out:match "refused by ksnoop:\n(.-)functions " or ""):gmatch "[^\n]+" do
      print("@tally says refused:" .. reason)
    end
    assert.equal("0", rejected)
    assert.is_true(tonumber(loaded) > tonumber(programs) * 0.8, out)
    assert.is_true(tonumber(described) > 20000, out)
  end)

  it(("are attached to, and hit (SEED=%d)"):format(seed), function()
    local _, drawn = guest.sh(("build/guest/traces list %d %d"):format(seed, RANDOM))
    local places, random = {}, {}
    for i, func in ipairs(known) do
      places[#places + 1] = func
      places[#places + 1] = i % 2 == 0 and "return:" .. func or nil
    end
    for func in drawn:gmatch "%S+" do
      random[#random + 1] = func
      places[#places + 1] = func
    end
    print("\n@tally says attached at random: " .. table.concat(random, " "))
    local summary, _, there = guest.sums_of("-c 'build/guest/files /tmp 3'", places, [[{ where = "comm == 'files'" }]])
    local hit, hits = 0, 0
    for _, place in ipairs(there) do
      local c = assert(summary.probes[place], place)
      guest.identity(c)
      hit = hit + (c.hits > 0 and 1 or 0)
      hits = hits + c.hits
    end
    print(("\n@tally says %d of %d places attached, %d of them hit, %d hits"):format(#there, #places, hit, hits))
    assert.is_true(#random == RANDOM, drawn)
    assert.is_true(#there >= 40, #there .. " of " .. #places)
    assert.is_true(hit >= 25, hit .. " were hit")
  end)
end)
