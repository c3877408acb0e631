--- What values of known types are shown as, and read back from: spec/core/formatter.c asks the registry.
local ks = require "spec.support.ks"

describe("a formatter", function()
  local program, meanings, kernel

  setup(function()
    program, meanings, kernel = ks.build "unit/formatter", ks.btf "meanings", ks.btf()
  end)

  -- rows: { question, answer }
  local function ask(btf, rows)
    local questions = {}
    for i, row in ipairs(rows) do
      questions[i] = row[1]
    end
    local r = ks.shell(ks.quote(program) .. " " .. ks.quote(btf), table.concat(questions, "\n") .. "\n")
    assert.equal(0, r.code, r.out .. r.err)
    local i = 0
    for line in r.out:gmatch "([^\n]*)\n" do
      i = i + 1
      assert.equal(rows[i][1] .. " -> " .. rows[i][2], rows[i][1] .. " -> " .. line)
    end
    assert.equal(#rows, i)
  end

  local function zeros(n)
    return ("00"):rep(n)
  end

  it("shows addresses, and reads them back", function()
    ask(meanings, {
      { "show struct:in_addr 0a000001", "text 10.0.0.1" },
      { "parse struct:in_addr 10.0.0.1", "0a000001" },
      { "parse struct:in_addr 10.0.0.256", "'10.0.0.256' is no IPv4 address" },
      { "parse struct:in_addr " .. ("1"):rep(100), "'" .. ("1"):rep(64) .. "' is no IPv4 address" },
      { "show struct:in6_addr fe80" .. zeros(13) .. "01", "text fe80::1" },
      { "show struct:in6_addr " .. zeros(10) .. "ffff7f000001", "text ::ffff:127.0.0.1" },
      { "parse struct:in6_addr fe80::1", "fe80" .. zeros(13) .. "01" },
      { "parse struct:in6_addr fe80::1::", "'fe80::1::' is no IPv6 address" },
      { "show struct:sockaddr_in 02000050c0a80101" .. zeros(8), "text 192.168.1.1:80" },
      { "show struct:sockaddr 02000050c0a80101" .. zeros(8), "text 192.168.1.1:80" },
      { "show struct:sockaddr 0a000050" .. zeros(12), "text AF_INET6 (cut):80" },
      { "show struct:sockaddr 1000000001020000" .. zeros(8), "text AF_NETLINK 00000102" },
      { "show struct:sockaddr 01002f746d702f612e736f636b2f6161", "text /tmp/a.sock/aa..." },
      { "show struct:sockaddr_in6 0a0001bb00000000fe80" .. zeros(13) .. "0102000000", "text [fe80::1%2]:443" },
      { "show struct:sockaddr_in6 0a0001bb00000005fe80" .. zeros(13) .. "0100000000",
        "text [fe80::1]:443 flow 0x5" },
      { "show struct:sockaddr_un 01002f746d702f78" .. zeros(102), "text /tmp/x" },
      { "show struct:sockaddr_un 010000616263" .. zeros(104), "text @abc" },
      { "show struct:sockaddr_un 0100" .. zeros(108), "text (unnamed)" },
      { "show struct:sockaddr_un 01001b5b316d" .. zeros(104), "text \\x1b[1m" },
      { "show struct:__kernel_sockaddr_storage 0a000050" .. zeros(19) .. "01" .. zeros(104), "text [::1]:80" },
      { "show sa_family_t 0a00", "plain AF_INET6" },
      { "show sa_family_t c800", "plain family 200" },
    })
  end)

  it("shows numbers of the network's byte order as what they are", function()
    ask(meanings, {
      { "show __be16 0050", "plain 80" },
      { "show __be32 00000050", "plain 80" },
      { "show __be64 0000000000000100", "plain 256" },
    })
  end)

  -- "0-3,8" for the bytes of a mask.
  local function list(bytes)
    local runs, from = {}, nil
    for bit = 0, #bytes * 8 do
      local byte = bytes[math.floor(bit / 8) + 1]
      local set = byte and math.floor(byte / 2 ^ (bit % 8)) % 2 == 1
      if set and not from then
        from = bit
      elseif not set and from then
        runs[#runs + 1] = from == bit - 1 and tostring(from) or ("%d-%d"):format(from, bit - 1)
        from = nil
      end
    end
    return #runs > 0 and table.concat(runs, ",") or "none"
  end

  it("shows a mask by the bits that are set in it, whichever they are", function()
    local rows = {}
    math.randomseed(tonumber(os.getenv "SEED") or os.time())
    for i, size in ipairs { 16, 16, 16, 128, 128, 128 } do
      for density = 0, 10 do
        local bytes, hex = {}, {}
        for b = 1, size do
          bytes[b] = math.random(0, 10) < density and math.random(0, 255) or (i % 3) * 127 + (i % 3 == 2 and 1 or 0)
          hex[b] = ("%02x"):format(bytes[b])
        end
        rows[#rows + 1] = { ("show %s %s"):format(size == 16 and "cpumask_t" or "nodemask_t", table.concat(hex)),
          "text " .. list(bytes) }
      end
    end
    ask(meanings, rows)
  end)

  it("shows devices, ids, masks, times, counters and locks", function()
    ask(meanings, {
      { "show dev_t 01008000", "plain 8:1" },
      { "show the_dev_t ffffffff", "plain 4095:1048575" },
      { "parse dev_t 8:1", "01008000" },
      { "parse dev_t 4095:1048575", "ffffffff" },
      { "parse dev_t 4096:0", "'4096:0' is no device, as '8:1' is" },
      { "parse dev_t 8:", "'8:' is no device, as '8:1' is" },
      { "parse dev_t 8:1:1", "'8:1:1' is no device, as '8:1' is" },
      { "show uuid_t 000102030405060708090a0b0c0d0e0f", "text 00010203-0405-0607-0809-0a0b0c0d0e0f" },
      { "show guid_t 000102030405060708090a0b0c0d0e0f", "text 03020100-0504-0706-0809-0a0b0c0d0e0f" },
      { "parse uuid_t 00010203-0405-0607-0809-0A0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f" },
      { "parse guid_t 03020100-0504-0706-0809-0a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f" },
      { "parse uuid_t 00010203-0405-0607-0809-0a0b0c0d0e0g", "'00010203-0405-0607-0809-0a0b0c0d0e0g' is no UUID" },
      { "show cpumask_t 0f01" .. zeros(14), "text 0-3,8" },
      { "show cpumask_t " .. zeros(7) .. "8001" .. zeros(6) .. "80", "text 63-64,127" },
      { "show cpumask_t " .. ("ff"):rep(16), "text 0-127" },
      { "show cpumask_t " .. zeros(16), "text none" },
      { "show ktime_t 0200000000000000", "plain 0.000000002s" },
      { "show ktime_t ffffffffffffffff", "plain -0.000000001s" },
      { "show ktime_t 0000000000000080", "plain -9223372036.854775808s" },
      { "show ktime_t ffffffffffffff7f", "plain KTIME_MAX" },
      { "show struct:timespec64 01000000000000000500000000000000", "plain 1.000000005s" },
      { "show struct:timespec64 01000000000000000000000000000080", "plain {1s, -9223372036854775808ns}" },
      { "show atomic_t ffffffff", "number -1" },
      { "show atomic_long_t ffffffffffffff7f", "number 9223372036854775807" },
      { "show refcount_t 03000000", "number 3" },
      { "show struct:kref 03000000", "number 3" },
      { "show kuid_t ffffffff", "number 4294967295" },
      { "show struct:spinlock 00000000", "plain unlocked" },
      { "show struct:raw_spinlock 01000000", "plain locked" },
      { "show struct:spinlock 01010400", "plain locked, contended 0x40101" },
      { "show struct:list_head 0010000000000000" .. "0010000000000000", "plain {next, prev: 0x1000}" },
      { "show struct:list_head 0010000000000000" .. "0020000000000000", "plain {next: 0x1000, prev: 0x2000}" },
    })
  end)

  it("shows jiffies as time where it knows how long they are, else as they are", function()
    local function hex(v, size)
      local bytes = {}
      for i = 1, size do
        bytes[i] = ("%02x"):format(tonumber(v % 256))
        v = v / 256
      end
      return table.concat(bytes)
    end
    local function first(hz) -- INITIAL_JIFFIES
      return 2ULL ^ 32 - 300 * hz
    end
    local function rows_of(hz, tick)
      local function at(v)
        return "member timer_list expires " .. hex(v, 8)
      end
      return {
        { "tick " .. tick, "" },
        { at(first(hz)), "plain 0.000000000s" },
        { at(first(hz) + 300 * hz), "plain 300.000000000s" }, -- past 2^32
        { at(first(hz) + 86400 * 366 * hz + 1), ("plain 31622400.%09ds"):format(math.floor(1e9 / hz)) },
        { at(first(hz) - 1), "plain " .. tostring(first(hz) - 1):gsub("ULL", "") },
        { at(0ULL), "plain 0" },
        { at(2 ^ 64 - 1ULL), "plain 18446744073709551615" },
        { "member request timeout " .. hex(30ULL * hz, 4), "plain 30.000000000s" },
        { "member request timeout ffffffff",
          ("plain %d.%09ds"):format(4294967295 / hz, math.floor(4294967295 % hz * 1e9 / hz)) },
        { "member request deadline " .. hex(first(hz) + hz / 2, 8), "plain 0.500000000s" },
        { "member sock sk_rcvtimeo " .. hex(2 ^ 63 - 1ULL, 8), "plain MAX_SCHEDULE_TIMEOUT" },
        { "member sock sk_rcvtimeo " .. hex(5ULL * hz, 8), "plain 5.000000000s" },
        { "member sock sk_rcvtimeo ffffffffffffffff", "plain -1" },
        { "member sock sk_lingertime " .. hex(5ULL * hz, 8), "plain 5.000000000s" },
        { "member other expires " .. hex(first(hz), 8), "none" },
      }
    end
    for hz, tick in pairs { [100] = 10000000, [250] = 4000000, [300] = 3333333, [1000] = 1000000, [1024] = 976563 } do
      ask(meanings, rows_of(hz, tick))
    end
    for _, tick in ipairs { 0, 1, 3333334, 999999999999 } do
      ask(meanings, {
        { "tick " .. tick, "" },
        { "member timer_list expires " .. hex(first(250), 8), "plain 4294892296" },
        { "member request timeout 00010000", "plain 256" },
        { "member sock sk_rcvtimeo " .. hex(2 ^ 63 - 1ULL, 8), "plain MAX_SCHEDULE_TIMEOUT" },
      })
    end
  end)

  it("names flags only where it is sure of them", function()
    ask(meanings, {
      { "show fmode_t 1f800000", "plain FMODE_READ|FMODE_WRITE|FMODE_LSEEK|FMODE_PREAD|FMODE_PWRITE|0x8000" },
      { "show fmode_t 00800000", "plain 0x8000" },
      { "show umode_t a481", "plain S_IFREG|0644" },
      { "show umode_t ed49", "plain S_IFDIR|04755" },
      { "show umode_t a401", "plain 0644" },
      { "show umode_t a4f1", "plain 0170644" },
      { "member file f_flags 02000000", "plain O_RDWR" },
      { "member file f_flags 00000800", "plain O_RDONLY|O_CLOEXEC" },
      { "member file f_flags 41101040", "plain O_WRONLY|O_SYNC|O_CREAT|0x40000000" },
      { "member flagged f_flags 02000000", "none" },
    })
  end)

  it("takes gfp_t's bits from BTF, and shows a number where that has none", function()
    ask(meanings, {
      { "show gfp_t 0f000000", "plain GFP_KERNEL" },
      { "show gfp_t 8f000000", "plain GFP_KERNEL|__GFP_ZERO" },
      { "show gfp_t 0d000000", "plain GFP_NOFS" },
      { "show gfp_t 0e000000", "plain GFP_NOIO|__GFP_FS" },
      { "show gfp_t 08020000", "plain GFP_ATOMIC" },
      { "show gfp_t 08000000", "plain __GFP_KSWAPD_RECLAIM" },
      { "show gfp_t 81010000", "plain __GFP_IO|__GFP_ZERO|0x100" },
      { "show gfp_t 00040000", "plain 0x400" },
      { "show gfp_t 00000000", "plain 0x0" },
    })
    ask(kernel, { { "show fmode_t 01000000", "plain FMODE_READ" } })
  end)

  it("knows members by name where their type does not tell, but not those of other types", function()
    ask(meanings, {
      { "member iphdr saddr 7f000001", "plain 127.0.0.1" },
      { "member iphdr id 00000001", "plain 1" },
      { "member ethhdr h_source 525400123456", "text 52:54:00:12:34:56" },
      { "member ethhdr h_proto 0800", "plain 2048" },
      { "member flagged mac 5254001234560000", "none" },
      { "member flagged saddr 7f000001", "none" },
      { "show kgid_t 0100", "none" },
      { "show struct:foreign 0100", "none" },
    })
  end)
end)

describe("constants that match a glob", function()
  local program, meanings

  setup(function() program, meanings = ks.build "unit/formatter", ks.btf "meanings" end)

  local function named(glob, type, hex)
    local r = ks.shell(ks.quote(program) .. " " .. ks.quote(meanings),
      ("name %s %s %s\n"):format(glob, type, hex))
    assert.equal(0, r.code, r.out .. r.err)
    return (r.out:gsub("\n$", ""))
  end

  it("name a number", function()
    assert.equal("SIGKILL", named("SIG*", "-", "09000000"))
    assert.equal("? of some", named("SIG*", "-", "c8000000"))
    assert.equal("? of none", named("SIGNAL*", "-", "09000000"))
    assert.equal("SIGUSR1", named("SIG*1", "-", "0a"))
  end)

  it("are those of the enum that the glob fits best", function()
    assert.equal("TCP_ESTABLISHED", named("TCP_*", "-", "01"))
    assert.equal("? of some", named("TCP_*", "-", "00")) -- tcp_conntrack's
    assert.equal("TCP_SYN_RECV", named("TCP_*", "-", "03"))
    assert.equal("TCP_CONNTRACK_SYN_SENT", named("TCP_*", "enum:tcp_conntrack", "01000000"))
    assert.equal("TCP_CONNTRACK_SYN_SENT", named("TCP_CONN*", "-", "01"))
  end)

  it("are joined when they are flags, and what is left is a number", function()
    assert.equal("O_RDWR|O_CLOEXEC|0x40000000", named("O_*", "-", "02000840"))
    assert.equal("O_SYNC|O_WRONLY", named("O_*", "-", "01101000"))
    assert.equal("O_RDONLY", named("O_*", "-", "00000000"))
    -- those of mount(2); msync(2)'s, of the same numbers, are no pattern's
    assert.equal("MS_NODEV", named("MS_*", "-", "04000000"))
    assert.equal("MS_RDONLY|MS_NOSUID|MS_NODEV|MS_NOEXEC", named("MS_*", "-", "0f000000"))
    assert.equal("PAINT_PURPLE", named("PAINT_*", "-", "03"))
    assert.equal("PAINT_PURPLE|PAINT_GREEN|0x8", named("PAINT_*", "-", "0f"))
    assert.equal("? of some", named("PAINT_*", "-", "10"))
    assert.equal("? of some", named("TCP_*", "-", "0d")) -- 13 is no state, and no 8|4|1
  end)

  it("compare by the value's size", function()
    assert.equal("RED_COLOR", named("*_COLOR", "-", "ff"))
    assert.equal("RED_COLOR", named("*_COLOR", "-", "ffffffff"))
    assert.equal("GREEN_COLOR", named("*_COLOR", "-", "00000040"))
    assert.equal("? of some", named("*_COLOR", "-", "00"))
    assert.equal("RED_COLOR", named("*_COLOR", "-", ("ff"):rep(8)))
  end)
end)
