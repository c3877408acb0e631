--- Whole structs, arrays and slices as captures, with values that a workload set:
--- spec/kernel/workload/values.c.
local guest = require "spec.kernel.guest"

local N = 20

local struct_arguments = guest.kernel ~= "5.10"

local function trace(place, captures, where)
  local list = {}
  for i, text in ipairs(captures) do
    list[i] = ("%q"):format(text)
  end
  local r = guest.json(("-c 'build/guest/values %d'"):format(N), ('ks.probe %q { where = "%s", capture = { %s } }')
    :format(place, where or "comm == 'values'", table.concat(list, ", ")))
  assert.are.equal(N, #r.event)
  guest.identity(select(2, next(r.summary.probes)))
  return r.event
end

local function limit(i)
  return { rlim_cur = 100 + i, rlim_max = 4096 }
end

local function groups(i, from, to)
  local list = {}
  for g = from, to - 1 do
    list[#list + 1] = 1000 + i + g -- kgid_t, in JSON the number in it
  end
  return list
end

local function parts(i, from, to)
  local list = {}
  for n = from, to - 1 do
    list[#list + 1] = n * 10 + 10 + i
  end
  return list
end

local function lengths(list)
  local found = {}
  for n, part in ipairs(list) do
    found[n] = part.iov_len
  end
  return found
end

-- What stands in the place of elements that were not captured.
local cut = { error = "missing" }
local unreadable = { error = "EFAULT" }

describe("whole values", function()
  it("are structs behind pointers, embedded ones and those in user memory", function()
    for i, e in ipairs(trace("tp:itimer_state", { "*value", "value->it_value", "every=value->it_interval",
      "files=current->signal->rlim[7]", "none=*(struct rlimit *)(expires + 16)", "which" })) do
      local value, every = { tv_sec = 1000 + i, tv_nsec = 7000 }, { tv_sec = 3, tv_nsec = i * 1000 }
      assert.are.same({ value = { it_interval = every, it_value = value }, it_value = value, every = every,
        files = limit(i), none = unreadable, which = 0 }, e.args)
    end
    for i, e in ipairs(trace("sys:writev", { "*vec", "second=vec[1]", "fd" })) do
      assert.are.equal(10 + i, e.args.vec.iov_len)
      assert.are.equal(20 + i, e.args.second.iov_len)
      assert.matches("^0x%x+$", e.args.vec.iov_base)
    end
    for i, e in ipairs(trace("inet_dgram_connect", { "to=*(struct sockaddr_in *)uaddr",
      "((struct sockaddr_in *)uaddr)->sin_addr" })) do
      assert.are.same({ to = ("10.0.0.%d:%d"):format(i, 5000 + i), sin_addr = "10.0.0." .. i }, e.args)
    end
  end)

  it("are structs by value", function()
    local events = trace("tcp_setsockopt", { "optval", "user=optval.user", "optlen" }, "optname == 4")
    for _, e in ipairs(events) do
      assert.are.equal(e.args.user, e.args.optval.user)
      assert.are.equal(false, e.args.optval.is_kernel)
      assert.are.equal(4, e.args.optlen)
    end
  end)

  it("are arrays and their parts", function()
    for i, e in ipairs(trace("tp:itimer_state", { "current->signal->rlim", "some=current->signal->rlim[6:9]",
      "one=current->signal->rlim[which + 7:8]", "rest=current->signal->rlim[which + 14:which + 99]",
      "none=current->signal->rlim[which + 2:which + 2]", "back=current->signal->rlim[which + 2:1]",
      "behind=current->signal->rlim[which + 17:which + 18]", "letters=current->comm[1:4]" })) do
      local a = e.args
      assert.are.equal(16, #a.rlim)
      assert.are.same(limit(i), a.rlim[8])
      assert.are.same({ a.rlim[7], a.rlim[8], a.rlim[9] }, a.some)
      assert.are.same({ limit(i) }, a.one)
      assert.are.same({ a.rlim[15], a.rlim[16], cut }, a.rest)
      assert.are.same({}, a.none)
      assert.are.same(unreadable, a.back)
      assert.are.same(unreadable, a.behind)
      assert.are.equal("alu", a.letters)
    end
  end)

  it("are as much of an array as an expression says", function()
    local info = "current->cred->group_info"
    for i, e in ipairs(trace("tp:itimer_state", { ("n=%s->ngroups"):format(info),
      ("all=%s->gid[:%s->ngroups]"):format(info, info), ("three=%s->gid[0:3]"):format(info),
      ("last=%s->gid[%s->ngroups - 1:%s->ngroups]"):format(info, info, info) })) do
      local a, n = e.args, i == N and 100 or 3 + i % 4
      assert.are.equal(n, a.n)
      local all = groups(i, 0, math.min(n, 64))
      all[#all + 1] = n > 64 and cut or nil
      assert.are.same(all, a.all)
      assert.are.same(groups(i, 0, 3), a.three)
      assert.are.same(groups(i, n - 1, n), a.last)
    end
    for i, e in ipairs(trace("sys:writev", { "all=vec[:vlen]", "most=vec[1:vlen]", "vlen" })) do
      local n = 1 + i % 3
      assert.are.equal(n, e.args.vlen)
      assert.are.same(parts(i, 0, n), lengths(e.args.all))
      assert.are.same(parts(i, 1, n), lengths(e.args.most))
    end
    for i, e in ipairs(trace("inet_dgram_connect", { "bytes=((unsigned char *)uaddr)[:addr_len]" })) do
      local port = 5000 + i
      assert.are.same({ 2, 0, math.floor(port / 256), port % 256, 10, 0, 0, i, 0, 0, 0, 0, 0, 0, 0, 0 },
        e.args.bytes)
    end
  end)

  it("are text in every form", function()
    local code, out, err = guest.ksnoop(("-c 'build/guest/values %d' -q"):format(N), [[
      ks.probe "tp:itimer_state" {
        where = "comm == 'values'",
        ks.print "{files=current->signal->rlim[7]}",
        ks.print "{files|x}",
        ks.print "<{files|tree}>",
        ks.print "{zero=current->signal->rlim[4]|full}",
        ks.print "{some=current->cred->group_info->gid[0:2]|40}.",
        ks.print "{none=*(struct rlimit *)(expires + 16)}",
      }]])
    assert(code == 0, err)
    local i = 0
    for line in out:gmatch "(.-?EFAULT\n)" do
      i = i + 1
      assert.are.equal(([[
{.rlim_cur = %d, .rlim_max = 4096}
{.rlim_cur = 0x%x, .rlim_max = 0x1000}
<{
	.rlim_cur = %d,
	.rlim_max = 4096,
}>
{
	.rlim_cur = 0,
	.rlim_max = 18446744073709551615,
}
                            {%d, %d}.
?EFAULT
]]):format(100 + i, 100 + i, 100 + i, 1000 + i, 1001 + i), line)
    end
    assert.are.equal(N, i)
  end)

  if struct_arguments then
    it("are read by a helper alone as they are directly", function()
      local captures = [[{ "*value", "files=current->signal->rlim[which + 7:which + 9]",
        "*current->cred->group_info" }]]
      local script = ('ks.probe "tp:itimer_state" { where = "comm == \'values\'", capture = %s }'):format(captures)
      local options = ("-c 'build/guest/values %d'"):format(N)
      local one, other = guest.json(options, script), guest.json("--helper-reads " .. options, script)
      for i, e in ipairs(one.event) do
        e.args.group_info.usage, other.event[i].args.group_info.usage = nil, nil
        assert.are.same(e.args, other.event[i].args)
      end
      assert.are.equal(N, #other.event)
    end)
  end
end)
