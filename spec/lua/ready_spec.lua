-- Who waits for the probes to be on is told; that without a kernel.
local ks = require "spec.support.ks"

-- Runs Python, which has a socket of its own, and in it luajit with lua/ksnoop/ready.lua over the real core.
local function told(address)
  local folder, clean = ks.folder()
  ks.require "ksnoop.core" -- makes the module that the rock would have
  ks.write(folder .. "/run.lua", ([[
    package.path = %q .. "/lua/?.lua;" .. package.path
    package.cpath = %q .. "/build/spec/?.so"
    local ready = require "ksnoop.ready"
    ready.tell(assert(ready.new(3)))
    assert(not os.getenv "NOTIFY_SOCKET")]]):format(ks.root, ks.root))
  ks.write(folder .. "/run.py", [[
import os, socket, subprocess, sys
address, script = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + address[1:] if address[0] == "@" else address)
r, w = os.pipe()
def child():
    os.dup2(w, 3)
subprocess.run(["luajit", script], preexec_fn=child, pass_fds=[3], check=True,
               env={**os.environ, "NOTIFY_SOCKET": address})
os.close(w)
s.setblocking(False)
print(repr(s.recv(100)), repr(os.read(r, 100)), repr(os.read(r, 100)))]])
  local r = ks.shell(("python3 %s/run.py %s %s/run.lua"):format(folder, ks.quote(address:gsub("FOLDER", folder)),
    folder))
  clean()
  assert.equal("", r.err)
  return r.out
end

describe("readiness", function()
  it("is a line for the descriptor, which is closed, and a datagram for the socket", function()
    for _, address in ipairs { "FOLDER/socket", "@ksnoop-spec-" .. os.time() } do
      assert.equal("b'READY=1' b'READY=1\\n' b''\n", told(address))
    end
  end)

  it("takes a descriptor that is there", function()
    for _, case in ipairs {
      { "x", "--ready-fd takes the number of a descriptor, not 'x'" },
      { "-1", "--ready-fd takes the number of a descriptor, not '-1'" },
      { "77", "descriptor 77 is not open to be written to" },
      { "0", "descriptor 0 is not open to be written to" },
    } do
      local r = ks.run("--ready-fd", case[1], "--btf", ks.btf(), "--dump", "tree", "-e", 'ks.probe "vfs_read" {}')
      assert.same({ 2, ("ksnoop: %s\nhint: such as --ready-fd 3, with 3>FILE behind the command\n"):format(case[2]) },
        { r.code, r.err })
    end
  end)
end)
