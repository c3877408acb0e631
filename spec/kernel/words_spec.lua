--- The library's words, on this kernel: they compile, and have the values that they promise.
local guest = require "spec.kernel.guest"

local function compiles(place, expressions)
  local captures = {}
  for i, e in ipairs(expressions) do
    captures[i] = ("%q"):format(("c%d=%s"):format(i, e))
  end
  local code, out, err = guest.ksnoop("--dump bpf",
    ('ks.probe "%s" { capture = { %s } }'):format(place, table.concat(captures, ", ")))
  assert.are.equal(0, code, err)
  return out
end

describe("the words of the library", function()
  it("compile where they belong, all of them", function()
    local used = {}
    for place, expressions in pairs {
      ["tcp_connect"] = { "laddr(sk)", "raddr(sk)", "lport(sk)", "rport(sk)" },
      ["tp:block_rq_issue"] = { "disk(rq)", "op(rq)" },
      ["submit_bio_noacct"] = { "disk(bio)", "op(bio)" },
      ["vfs_read"] = { "name(file)" },
      ["vfs_unlink"] = { "name(dentry)" },
      ["wake_up_new_task"] = { "state(p)" },
      ["vfs_write"] = {
        "S_ISREG(file->f_inode->i_mode)", "S_ISDIR(file->f_inode->i_mode)", "S_ISLNK(file->f_inode->i_mode)",
        "S_ISCHR(file->f_inode->i_mode)", "S_ISBLK(file->f_inode->i_mode)", "S_ISFIFO(file->f_inode->i_mode)",
        "S_ISSOCK(file->f_inode->i_mode)",
      },
    } do
      compiles(place, expressions)
      for _, e in ipairs(expressions) do
        used[e:match "^[%w_]+"] = true
      end
    end
    for _, word in ipairs(dofile "lua/ksnoop/std.lua") do
      local name = word[1]:match "^[%w_]+"
      assert.is_true(used[name], name)
    end
  end)

  it("say which port, which file and which state", function()
    guest.spill("/tmp/words.txt", "text")
    local workload = "nc 127.0.0.1 4711 </dev/null; dd if=/tmp/words.txt of=/dev/null 2>/dev/null; true"
    local out = guest.json(("-c '%s'"):format(workload), [[
ks.probe "tcp_connect" { with = { ports = { 80, 4711 } }, where = "rport(sk) in $ports", capture = "rport(sk)" }
ks.probe "vfs_read" { where = "name(file) == 'words.txt'", capture = { "name(file)",
  "regular=S_ISREG(file->f_inode->i_mode)", "directory=S_ISDIR(file->f_inode->i_mode)" } }
ks.probe "wake_up_new_task" { capture = { "new=state(p) != TASK_RUNNING", "p->tgid" } }]])
    local found = {}
    for _, e in ipairs(out.event) do
      found[e.probe] = found[e.probe] or e.args
    end
    assert.are.same({ rport = 4711 }, found.tcp_connect)
    assert.are.same({ name = "words.txt", regular = 1, directory = 0 }, found.vfs_read)
    assert.are.equal(1, found.wake_up_new_task.new) -- TASK_NEW
  end)

  it("choose by ks.first what this kernel has", function()
    local _, out, err = guest.ksnoop("--dump tree", [[
print(ks.first { "kmem_cache_alloc_noprof", "kmem_cache_alloc" }, ks.first { "nothing_like_this" },
  ks.first { "tp:nothing_like_this", "tp:sched_switch" })
ks.probe "vfs_read" {}]])
    local name = out:match "^(%S+)\tnil\ttp:sched_switch\n"
    assert.is_truthy(name, out .. err)
    assert.is_true(guest.attaches(name))
  end)
end)
