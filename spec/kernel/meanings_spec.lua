--- Values that mean more than their bytes, on this kernel: addresses in predicates, flags, modes,
--- devices and constants as text.
local guest = require "spec.kernel.guest"

-- Connects over the loopback, to nobody.
local function connect(...)
  local commands = { "ip link set lo up" }
  for _, to in ipairs { ... } do
    commands[#commands + 1] = ("nc %s </dev/null"):format(to)
  end
  guest.spill("/tmp/connect.sh", table.concat(commands, "\n") .. "\ntrue\n")
  return "-c 'sh /tmp/connect.sh 2>/dev/null'"
end

-- The device that a file is on, as the kernel writes it.
local function device_of(path)
  local _, out = guest.sh("stat -c %d " .. path)
  local number = tonumber(out)
  return ("%d:%d"):format(math.floor(number / 256) % 4096, number % 256)
end

describe("an address that is written out", function()
  it("is told from others by what a socket connects to", function()
    local code, out, err = guest.ksnoop(connect("127.0.0.1 4711", "127.9.0.1 4712", "::1 4713"), [[
local function count(name, where)
  local n = 0
  ks.probe "tcp_connect" { where = where, function() n = n + 1 end }
  ks.probe "tcp_connect" { where = where, ks.print(name .. " {raddr(sk)}") }
end
count("all", "1")
count("one", "raddr(sk) == 127.0.0.1")
count("not one", "raddr(sk) != 127.0.0.1")
count("net", "raddr(sk) == 127.0.0.0/8")
count("small", "raddr(sk) == '127.8.0.0/15'")
count("ten", "raddr(sk) == 10.0.0.0/8")
count("v4", "raddr(sk) == 0.0.0.0/0")
count("v6", "raddr(sk) == '::/0'")
count("v6 one", "raddr(sk) == '::1'")
count("v6 not one", "raddr(sk) != '::1'")
count("v6 local", "raddr(sk) == 'fe80::/10'")
count("same", "laddr(sk) == raddr(sk)")
count("other", "laddr(sk) != raddr(sk)")
count("itself", "raddr(sk) == raddr(sk)")
count("list", "raddr(sk) in (10.0.0.0/8, 127.9.0.0/16, '::1')")
count("plain", "sk->__sk_common.skc_daddr == 127.9.0.1")
count("struct", "sk->__sk_common.skc_v6_daddr == '::1'")
]])
    assert.are.equal(0, code, err)
    local seen = {}
    for name, address in out:gmatch "([^\n]-) (%S+)\n" do
      seen[name] = (seen[name] and seen[name] .. " " or "") .. address
    end
    local all, v4 = "127.0.0.1 127.9.0.1 ::1", "127.0.0.1 127.9.0.1"
    assert.are.same({ all = all, one = "127.0.0.1", ["not one"] = "127.9.0.1 ::1", net = v4,
      small = "127.9.0.1", v4 = v4, v6 = "::1", ["v6 one"] = "::1", ["v6 not one"] = v4,
      same = "127.0.0.1 ::1", other = "127.9.0.1", itself = all,
      list = "127.9.0.1 ::1", plain = "127.9.0.1", struct = "::1" }, seen)
  end)
end)

describe("a value of a known type", function()
  it("of a socket is shown by its meaning", function()
    local code, out, err = guest.ksnoop(connect "127.0.0.1 4711", [[
ks.probe "tcp_connect" { ks.print(
  "{a=sk->__sk_common.skc_daddr} {p=sk->__sk_common.skc_dport} {f=sk->__sk_common.skc_family} " ..
  "{s=sk->__sk_common.skc_state|TCP_*} {t=sk->sk_type|SOCK_*} {r=sk->sk_protocol|IPPROTO_*}") }
]])
    assert.are.equal(0, code, err)
    assert.are.equal("127.0.0.1 4711 AF_INET TCP_SYN_SENT SOCK_STREAM IPPROTO_TCP\n", out)
  end)

  it("of a union is shown by the member in use", function()
    local command = "echo text | cat >/dev/null; dd if=/dev/zero of=/dev/null count=1 2>/dev/null"
    local code, out, err = guest.ksnoop("-c '" .. command .. "'", [[
ks.probe "vfs_read" { where = "S_ISFIFO(file->f_inode->i_mode) && comm == 'cat'", ks.print "pipe {i=*file->f_inode}" }
ks.probe "vfs_read" { where = "S_ISCHR(file->f_inode->i_mode) && comm == 'dd'", ks.print "device {i=*file->f_inode}" }
]])
    assert.are.equal(0, code, err)
    for kind, member in pairs { pipe = "i_pipe", device = "i_cdev" } do
      local line = assert(("\n" .. out):match("\n" .. kind .. " ([^\n]+)"), out)
      local has = {}
      for _, name in ipairs { "i_pipe", "i_cdev", "i_link", "i_dir_seq" } do
        has[#has + 1] = line:find("." .. name .. " = ", 1, true) and name
      end
      assert.are.same({ member }, has)
    end
  end)

  it("of a file is shown by its meaning", function()
    guest.spill("/tmp/known", "text")
    guest.sh "chmod 640 /tmp/known"
    local code, out, err = guest.ksnoop("-c 'dd if=/tmp/known of=/dev/null 2>/dev/null'", [[
ks.probe "vfs_read" {
  where = "file->f_path.dentry->d_name.name == 'known'",
  ks.print("{file->f_flags} {n=file->f_flags|O_*} {file->f_mode} {file->f_inode->i_mode} " ..
    "{file->f_inode->i_sb->s_dev} {m=file->f_inode->i_mode|S_I*} {o=file->f_op|sym}"),
}
]])
    assert.are.equal(0, code, err)
    local flags, names, mode, kind, on, type, ops = out:match "(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)\n"
    assert.are.equal("O_RDONLY|O_LARGEFILE", flags, out)
    assert.are.equal("O_LARGEFILE", names)
    assert.are.equal("FMODE_READ|FMODE_LSEEK|FMODE_PREAD|FMODE_PWRITE", (mode:gsub("|0x%x+$", "")))
    assert.are.equal("S_IFREG|0640", kind)
    assert.are.equal(device_of "/tmp/known", on)
    assert.are.equal("S_IRGRP|S_IWUSR|S_IRUSR|S_IFREG", type)
    assert.is_truthy(ops:find "_file_operations$", ops)
  end)

  it("of the device that a predicate names is found", function()
    guest.spill("/tmp/known", "text")
    local device = device_of "/tmp/known"
    guest.spill("/tmp/reads.sh", "for f in /tmp/known /proc/self/stat; do dd if=$f of=/dev/null; done\n")
    local report = guest.json("-c 'sh /tmp/reads.sh 2>/dev/null'", ([[
ks.probe "vfs_read" { where = "comm == 'dd' && file->f_inode->i_sb->s_dev == '%s'",
  capture = { "name=file->f_path.dentry->d_name.name ~ 'known'", "comm" } }
ks.probe "vfs_read" { where = "comm == 'dd' && file->f_path.dentry->d_name.name == 'stat' && " ..
  "file->f_inode->i_sb->s_dev == '%s'" }
]]):format(device, device))
    assert.is_true(#report.event > 0)
    local known
    for _, e in ipairs(report.event) do
      known = known or e.args.name == 1
    end
    assert.is_true(known)
    assert.are.equal(0, report.summary.probes["vfs_read#2"].matched)
  end)

  it("of allocation flags has this kernel's names, or none", function()
    local code, out, err = guest.ksnoop("-c 'cat /proc/version >/dev/null'", [[
ks.probe "tp:kmalloc" { ks.print "{gfp_flags} {x=gfp_flags|x}" }
]])
    assert.are.equal(0, code, err)
    local named, plain = 0, 0
    for text, number in out:gmatch "(%S+) (0x%x+)\n" do
      if text == number then
        plain = plain + 1
      else
        named = named + 1
        assert.is_truthy(text:find "GFP_", text)
      end
    end
    guest.spill("/tmp/tells.lua", 'require("ksnoop").probe "vfs_read" { where = "___GFP_IO_BIT + 1" }')
    local tells = guest.sh "ksnoop --dump tree /tmp/tells.lua" == 0
    assert.is_true(named + plain > 0)
    if tells then
      assert.is_truthy(out:find "GFP_KERNEL")
      assert.are.equal(0, plain)
    else
      assert.are.equal(0, named)
    end
  end)

  it("of a signal is named by its constants", function()
    local code, out, err = guest.ksnoop("-c 'sleep 5 & kill -USR1 $!; wait; true'", [[
ks.probe "tp:signal_generate" { where = "sig == SIGUSR1", ks.print "{sig|SIG*} {n=sig}" }
]])
    assert.are.equal(0, code, err)
    assert.are.equal("SIGUSR1 10\n", out)
  end)
end)
