-- ks.span: what is wrong with its ends is said with file, line and a caret.
local ks = require "spec.support.ks"

local folder, clean

local OPEN, CLOSE = '{ "tp:sched_process_free", key = "p" }', '{ "tp:sched_switch", key = "next" }'

local function span(open, close, more)
  return ("ks.span {\n%s\n%s\n%s }"):format(open and "open = " .. open .. "," or "",
    close and "close = " .. close .. "," or "", more or "")
end

describe("ks.span", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local cases = {
    { "no beginning", span(nil, CLOSE), "ks.span has no 'open'",
      [[hint: open = { "place", key = "expression" }, or several of these in a list]] },
    { "no end", span(OPEN), "ks.span has no 'close'",
      [[hint: close = { "place", key = "expression" }, or several of these in a list]] },
    { "an unknown option of an end", span('{ "tp:sched_switch", keys = "next" }', CLOSE),
      "an end in 'open' has no option 'keys'", "hint: did you mean key?" },
    { "an unknown option of its own", span(OPEN, CLOSE, "maxx = 1"), "ks.span has no option 'maxx'",
      "hint: did you mean max?" },
    { "a key of no kind for one", span('{ "tp:sched_process_free", key = "p->comm" }', CLOSE),
      "a key is a number or a pointer, and this is char [16]", "^^^^^^^" },
    { "a key that is not there", span('{ "tp:sched_process_free", key = "q" }', CLOSE),
      "sched_process_free has no argument 'q', and nothing else has that name", "^" },
    { "keys of two kinds", span(OPEN, '{ "tp:sched_switch", key = "next->pid" }'),
      "this key is a number, and at tp:sched_process_free the key p is a pointer", "^^^^^^^^^" },
    { "a key at one end only", span(OPEN, '"tp:sched_switch"'),
      "tp:sched_switch has no key, which stands for the task, and tp:sched_process_free has the key p",
      "hint: all ends of a span have the same kind of key" },
    { "a key at the other end only", span('"tp:sched_process_free"', CLOSE),
      "tp:sched_process_free has no key, which stands for the task, and this end has one",
      "hint: all ends of a span have the same kind of key" },
    { "an end with no place", span('{ key = "p" }', CLOSE), "a span's end needs a place",
      'hint: such as "vfs_read"' },
    { "a place that is not there", span('"tp:sched_swich"', CLOSE), "this kernel has no tracepoint 'sched_swich'",
      "hint: did you mean sched_switch?" },
    { "time in what decides whether it closes",
      span(OPEN, '{ "tp:sched_switch", key = "next", where = "elapsed > 1" }'),
      "what was where the span opened is not known yet: its end is found by what stands here", "^^^^^^^" },
    { "entry() where it opens", span('{ "tp:sched_process_free", key = "p", where = "entry(p)" }', CLOSE),
      "nothing was before sched_process_free, where the span opens", "hint: entry(x) is for where it closes" },
    { "what only the end has in entry()", span(OPEN, CLOSE, 'where = "entry(next)"'),
      "sched_process_free has no argument 'next', and nothing else has that name", "^^^^" },
    { "the place where it opened in a comparison", span(OPEN, CLOSE, [[where = "entry(func) == 'x'"]]),
      "func can be captured, but not compared", "^^^^^^^^^^^" },
    { "the place where it opened as a name of both", span(OPEN, CLOSE, 'ks.print "{func|changes}"'),
      "changes compares values, and this is a name", "hint: in a span's template: {entry(func)} -> {func}" },
    -- A pattern's functions may be left out, those that have a name of their own may not.
    { "an end whose text is wrong, beside a pattern",
      span('{ { "vfs_*", key = "file" }, { "vfs_read", key = "file", where = "nothing" } }',
        '{ "vfs_write", key = "file" }'),
      "vfs_read has no argument 'nothing', and nothing else has that name", "^^^^^^^" },
    { "an end that closes whose text is wrong, beside a pattern",
      span('{ "vfs_read", key = "file" }',
        '{ { "vfs_*", key = "file" }, { "vfs_write", key = "file", where = "nothing" } }'),
      "vfs_write has no argument 'nothing', and nothing else has that name", "^^^^^^^" },
    { "a place whose text is wrong, with a pattern in its list",
      span('{ "vfs_read", key = "file" }', '{ "vfs_*", "odd_user", key = "file" }'),
      "odd_user has no argument 'file', and nothing else has that name", "^^^^" },
    { "a pattern of which nothing is left, beside an end of which something is",
      span('{ "vfs_read", key = "file" }', '{ { "vfs_*", key = "file" }, { "odd_*", key = "file" } }'),
      "odd_user has no argument 'file', and nothing else has that name", "^^^^" },
    { "a function in the kernel",
      span('{ "tp:sched_process_free", key = "p", where = function() end }', CLOSE),
      "where of an end is decided in the kernel: it is a string, not a function",
      "hint: where of the span itself may be a function" },
    { "no room at all", span(OPEN, CLOSE, "max = 0"), "max is how many can be open at a time, not 0",
      "hint: a whole number from 1 on; without it 10240" },
    { "unlike captures",
      span('{ { "tp:sched_process_free", key = "p", capture = "x=p" },\n' ..
        '{ "tp:sched_switch", key = "next", capture = "x=1" } }', CLOSE),
      "the open ends sched_process_free and sched_switch give unlike things the name 'x'",
      "hint: what one of them captures all must, by one name and of one type" },
    { "a capture at one end only",
      span('{ { "tp:sched_process_free", key = "p" }, { "tp:sched_switch", key = "next", capture = "x=1" } }', CLOSE),
      "the open ends sched_process_free and sched_switch do not both capture 'x'",
      "hint: what one of them captures all must, by one name and of one type" },
    { "no table", 'ks.span "tp:sched_switch"', "ks.span takes a table, not a string", "" },
  }
  for _, case in ipairs(cases) do
    local name, lines, first, second = unpack(case)
    it("refuses " .. name, function()
      local r = ks.dump(folder, "layout", lines)
      local text = r.err
      assert.equal(first, (text:match "^t%.lua:%d+: ([^\n]*)"))
      assert.is_truthy(text:find("\n" .. second, 1, true) or text:find(" " .. second .. "\n", 1, true), text)
      assert.is_true(r.code == 2 or r.code == 3)
    end)
  end
end)
