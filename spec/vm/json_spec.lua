--- What a trace prints with -f json, of every kind of value and with losses, held against
--- doc/ksnoop.schema.json: strict UTF-8, no key twice, integers exact.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"

local script = [[
local ks = require "ksnoop"
ks.probe "security_file_open" { where = "comm == 'cat'", capture = { "*file", "path=path(file)",
  "name=str(file->f_path.dentry->d_name.name)", "cut=str(file->f_path.dentry->d_name.name, 2)",
  "mode=file->f_inode->i_mode", "ops=file->f_op", "user=file->f_cred->uid",
  "bad=*(int *)8", "worse=*(struct path *)16", "big=(u64)1 << 63", "minus=-1", "yes=(_Bool)1",
  "bytes=buf(file, 8)", "when=time", "rlim=current->signal->rlim[0:3]" } }
ks.probe "tp:sched_switch" { capture = { "*prev->se.cfs_rq", "*next->thread_pid", "was=prev->comm", "next" } }
ks.probe "return:vfs_read" { where = "comm == 'cat'" }
ks.probe "sys:openat" { where = "comm == 'cat'", capture = { "name=str(filename)", "flags" } }
]]

describe("-f json on a kernel", function()
  for _, kernel in ipairs { "5.10", "7.2" } do
    it("is what the schema says: " .. kernel, function()
      local folder, clean = ks.folder()
      ks.write(folder .. "/all.lua", script)
      local r = ks.shell(([[cd %s && %s/spec/vm/run -k %s --with all.lua:/tmp/all.lua --get /tmp/out -- sh -c '
        ksnoop -q --buffer 16K -f json -c "
          for i in 1 2 3 4 5 6 7 8; do cat /etc/passwd >/dev/null; done
          dd if=/dev/zero bs=1 count=2000 of=/dev/null 2>/dev/null" \
          /tmp/all.lua >/tmp/out']]):format(folder, ks.root, kernel))
      assert.equal(0, r.code, r.out .. r.err)
      local lines = ks.read(folder .. "/out")
      r = ks.shell("spec/support/check_json.py", lines)
      assert.same({ 0, "" }, { r.code, r.err })
      local n = tonumber(r.out:match "event=(%d+)")
      assert.is_true(n > 20, r.out)
      assert.is_truthy(r.out:find("header=1", 1, true) and r.out:find("summary=1", 1, true), r.out)
      local event -- some are lost: the ring is small
      for line in lines:gmatch '[^\n]*"type":"event"[^\n]*"probe":"security_file_open"[^\n]+' do
        event = line:find('"path":"/etc/passwd"', 1, true) and line or event
      end
      assert.is_truthy(event, r.out)
      for _, part in ipairs {
        '"path":"/etc/passwd"', '"name":"passwd"', '"bad":{"error":"EFAULT"}', '"f_path":{"mnt":"0x',
        '"worse":{"error":"EFAULT"}', '"big":9223372036854775808', '"minus":-1', '"yes":true',
      } do
        assert.is_truthy(event:find(part, 1, true), part .. "\n" .. event)
      end
      print(("@tally says JSON lines on %s: %s"):format(kernel, r.out))
      clean()
    end)
  end
end)
