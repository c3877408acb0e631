-- within: what is wrong with the calls that it names is said with file, line and a caret.
local ks = require "spec.support.ks"

local folder, clean

-- What is said of a probe with this option, without its own lines.
local function said(within, more)
  local path = ks.write(folder .. "/t.lua", ('local ks = require "ksnoop"\nks.probe "vfs_write" { within = %s, %s }\n')
    :format(within, more or ""))
  local r = ks.run("--btf", ks.btf(), "--dump", "layout", path)
  return r.err:gsub(folder:gsub("%p", "%%%0") .. "/", ""), r
end

describe("within", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local cases = {
    { "a function that is not there", '"vfs_rad"', "this kernel has no function 'vfs_rad' that BTF describes",
      "hint: did you mean vfs_read?" },
    { "a place that is missing", '"vfs_read >"', [[a place is missing in within = "vfs_read >"]],
      [[hint: write it as "outer > inner"]] },
    { "nothing at all", "{}", "within names no call", "hint: leave it out: hits count anywhere" },
    { "a number", "5", "within is a string or a list, not a number", "hint: within = " },
    { "a number in the list", "{ 5 }", "a call in 'within' is a place or a table, not a number" },
    { "a return", '"return:vfs_read"', "a call has its return already", 'hint: write "vfs_read"' },
    { "a tracepoint", '"tp:sched_switch"', "a tracepoint is one moment, not a call", "hint: " },
    { "a kprobe", '"kprobe:vfs_read"', "where calls of vfs_read begin can't be seen" },
    { "a where that is a function", '{ "vfs_read", where = function() end }',
      "where of an end is decided in the kernel: it is a string, not a function",
      "hint: where of the probe itself may be a function" },
    { "a key", '{ "vfs_read", key = "count" }', "a call in 'within' has no option 'key'",
      "hint: options are where, capture" },
    { "a where with a name that is not there", '{ "vfs_read", where = "coun > 3" }',
      "vfs_read has no argument 'coun', and nothing else has that name", "^^^^", "hint: did you mean count" },
    { "elapsed, as it has not ended", '{ "vfs_read", where = "elapsed > 1ms" }',
      "a call in 'within' is asked when it begins: there is no 'elapsed' yet", "^^^^^^^" },
    { "entry, as that is when it is asked", '{ "vfs_read", where = "entry(count) > 1" }',
      "a call in 'within' is asked when it begins: there is no 'entry' yet", "^^^^^^^^^^^^" },
    { "retval", '{ "vfs_read", capture = "retval" }', "there is no retval when vfs_read begins",
      "hint: calls in 'within' are asked when they begin" },
    { "captures that one of several has not", '{ { "vfs_read", "vfs_open", capture = "count" } }',
      "vfs_open has no argument 'count'" },
    { "captures of two types", '{ { "vfs_read", "vfs_open", capture = "x=arg(1)" } }', "the calls ",
      " give unlike things the name 'x'", "hint: what one of them captures all must" },
    { "more than there is room for",
      '{ { "vfs_read", capture = { "a=buf(buf, 4000)", "b=buf(buf, 4001)", "c=buf(buf, 4002)" } } }',
      "; at most 32768", "hint: " },
  }
  for _, case in ipairs(cases) do
    it("refuses " .. case[1], function()
      local err, r = said(case[2])
      assert.is_true(r.code == 2 or r.code == 3, "exit code " .. r.code)
      for i = 3, #case do
        assert.is_truthy(err:find(case[i], 1, true), err)
      end
    end)
  end

  it("refuses a name of an outer call's that is not there, with the nearest", function()
    local err, r = said('{ { "vfs_read", capture = "size=count" } }', 'where = "siz > 3"')
    assert.equal(2, r.code)
    assert.is_truthy(err:find("did you mean size?", 1, true), err)
  end)

  it("names what inner calls capture before what outer ones do", function()
    local _, r = said('{ { "vfs_read", capture = { "x=count", "y=tid" } }, { "vfs_open", capture = "x=file" } }',
      'where = "x && y > 1", ks.print "{x} {y}"')
    assert.equal("", r.err)
    assert.is_truthy(r.out:find("pointer  x = struct file *", 1, true), r.out)
    assert.is_truthy(r.out:find("int      y = unsigned int", 1, true), r.out)
  end)

  it("shows what they captured when a script does not say what to show", function()
    local _, r = said('{ { "vfs_read", capture = "size=count" } }')
    assert.is_truthy(r.out:find("int      size = size_t", 1, true), r.out)
  end)

  it("is asked at a moment that knows where on the stack it is", function()
    local path = ks.write(folder .. "/t.lua", [[
      local ks = require "ksnoop"
      ks.probe "tp:sched:sched_switch" { within = "vfs_read", ks.count() }]])
    local r = ks.run("--btf", ks.btf(), "--tracefs", "spec/fixtures/tracefs", "--dump", "layout", path)
    assert.is_truthy(r.err:find("does not tell where on a stack it is", 1, true), r.err)
  end)
end)
