--- The tables of the benchmark: what becomes a cell, and what a tool that did not run becomes.
local asked = require "spec.bench.questions"
local markdown = require "spec.bench.markdown"
local scale = require "spec.bench.scale_tables"

local scalar, accept = asked.by_name.scalar, asked.by_name.accept
local ours, k26 = asked.by_tool.ours, asked.by_tool.k26

-- What a machine prints of these records.
local function machine(...)
  local lines = {}
  for i, record in ipairs { "untraced/call none 670.00", "empty-fentry/program limit 66.00",
    "empty-kprobe/program limit 46.00", ... } do
    lines[i] = "@bench " .. record
  end
  return table.concat(lines, "\n") .. "\n@bench end\n"
end

local function read(...)
  return markdown.read { { tools = { "ours", "k26" }, text = machine(...) } }
end

describe("the benchmark's tables", function()
  it("write Markdown, with bars in cells that don't end them", function()
    assert.equal("| a | b |\n|---|--:|\n| x\\|y | 1 |\n| z |  |",
      markdown.table({ "a", "b" }, { { "x|y", 1 }, { "z" } }))
  end)

  it("group the digits of numbers", function()
    assert.equal("0", markdown.number(0))
    assert.equal("999", markdown.number(999.4))
    assert.equal("1 000", markdown.number(999.5))
    assert.equal("12 345 678.3", markdown.number(12345678.25, 1))
    assert.equal("-123", markdown.number(-123))
    assert.equal("-1 234", markdown.number(-1234))
  end)

  it("take an untraced call off a traced one, and empty programs of their kinds off programs", function()
    local found = read("scalar/call ours 814.00", "scalar/program ours 84.00", "scalar/call k26 2799.00",
      "scalar/program k26 1410.00", "scalar/runs k26 2.00")
    assert.equal(144, (markdown.added(found, scalar, ours)))
    assert.equal(18, (markdown.program(found, scalar, ours)))
    assert.equal(1410 - 2 * 46, (markdown.program(found, scalar, k26)))
  end)

  it("say why a tool has no figure, and keep the row", function()
    local text = markdown.calls(read("scalar/call ours 814.00", "scalar/call k26 ! it broke"), { ours, k26 })
    assert.truthy(text:find("| reject: a number | 144 | - |  |", 1, true))
    assert.truthy(text:find("- reject: a number, libbpf-tools of bookworm: it broke", 1, true))
  end)

  it("say beside a row who takes less, and by which word", function()
    local tools = { ours, asked.by_tool["no-hits"], k26, asked.by_tool.limit }
    local text = markdown.calls(markdown.read { { tools = { "ours", "no-hits", "k26", "limit" }, text = machine(
      "scalar/call ours 814.00", "scalar/call no-hits 800.00", "scalar/call k26 807.00", "scalar/call limit 820.00",
      "accept/call ours 920.00", "accept/call no-hits 918.00", "accept/call k26 2000.00", "accept/call limit 840.00",
      "member/call ours 820.00", "member/call no-hits 806.00", "member/call limit 805.00") } },
      tools)
    assert.truthy(text:find("| 144 | 130 | 137 | 150 | hits: " .. k26.title .. " |", 1, true))
    assert.truthy(text:find("| 250 | 248 | 1 330 | 170 | record: clang -O2 |", 1, true))
    assert.truthy(text:find("| 150 | 136 | - | 135 | not explained: clang -O2 |", 1, true))
    assert.truthy(io.open("spec/bench/words.md"):read("*a"):find("**record**", 1, true))
  end)

  it("keep a row that nobody has, with the reasons", function()
    local found = read("accept/call ours ! it broke", "accept/call k26 ! it has no events")
    for _, text in ipairs { markdown.calls(found, { ours, k26 }), markdown.programs(found, { ours, k26 }) } do
      assert.truthy(text:find("| accept: two numbers and the return | - | - |  |", 1, true))
      assert.truthy(text:find("- accept: two numbers and the return, ksnoop: it broke", 1, true))
    end
    local text = markdown.events(found, { ours, k26 })
    assert.truthy(text:find("- accept: two numbers and the return, " .. k26.title .. ": it has no events", 1, true))
  end)

  it("say nothing of what a tool is not asked", function()
    local row = asked.by_name["scalar-kprobe"]
    assert.is_false(markdown.is_asked(row, k26))
    assert.is_true(markdown.is_asked(row, ours))
    assert.is_nil(markdown.calls(read("scalar-kprobe/call ours 814.00"), { ours, k26 })
      :find(row.title .. ", libbpf-tools", 1, true))
  end)

  it("say so of a machine that was lost, and of a tool that could not be fetched", function()
    local found = markdown.read { { tools = { "ours" }, text = machine("scalar/call ours 814.00") },
      { tools = { "k26" }, why = "no mirror" } }
    assert.truthy(markdown.calls(found, { ours, k26 }):find(": no mirror", 1, true))
    local _, notes = markdown.calls(found, { ours, k26 }):gsub("no mirror", "")
    assert.equal(1, notes)
    assert.truthy(markdown.events(found, { k26 }):find(": no mirror", 1, true))
    found = markdown.read { { tools = { "ours" }, text = "@bench scalar/call ours 814.00\n" } }
    assert.is_nil(markdown.added(found, scalar, ours))
    local text = markdown.starts(found, { ours }, {})
    assert.truthy(text:find("- ksnoop: the machine did not measure all rows", 1, true))
  end)

  it("show the share of the events that came, and what each of those took", function()
    local text = markdown.events(read("accept/offered k26 8100.00", "accept/shown k26 81.00",
      "accept/cpu k26 8100000.00", "accept/bytes k26 8100.00"), { ours, k26 })
    assert.truthy(text:find("| 8 100 | 1.0 % | 100 000 | 10 000 | 100 |", 1, true))
  end)

  it("say who is ahead until the first event, and in what", function()
    local limit = asked.by_tool.limit
    local text = markdown.starts(markdown.read { { tools = { "ours", "limit" }, text = machine("first/at ours 50.00",
      "first/user ours 20.00", "first/system ours 20.00", "first/wall ours 120.00", "first/rss ours 10240",
      "first/at limit 80.00", "first/user limit 15.00", "first/system limit 60.00", "first/wall limit 110.00",
      "first/rss limit 34816") } }, { ours, limit }, { ours = { program = "1.8", all = "5.1 (5)" },
      limit = { program = "3.2", all = "5.0 (6)" } })
    assert.truthy(text:find("Less than ksnoop takes: user: clang -O2; start to end: clang -O2; "
      .. "with libraries: clang -O2.", 1, true))
  end)

  it("do not divide by no event at all", function()
    local text = markdown.events(read("accept/offered k26 8100.00", "accept/shown k26 0.00",
      "accept/cpu k26 8100000.00", "accept/bytes k26 0.00"), { k26 })
    assert.truthy(text:find("| 8 100 | 0.0 % | - | - | - |", 1, true))
  end)

  it("show how a trace grows, and which step did not run", function()
    local text = scale.tables("@bench untraced call 670.00\n@bench rows/10 call 970.00\n@bench rows/10 mean 980.00\n"
      .. "@bench rows/10 shown 10\n@bench rows/1000000 call ! no memory\n@bench end\n")
    assert.truthy(text:find("| 10 | 300 | 310 | 10 |", 1, true))
    assert.truthy(text:find("- 1000000: no memory", 1, true))
    text = scale.tables("@bench untraced call 670.00\n@bench rows/10 call 970.00\n@bench rows/10 mean 980.00\n"
      .. "@bench rows/10 shown ! it said nothing\n@bench probes/64 call ! 38 at most\n"
      .. "@bench kprobes/64 call 15000.00\n@bench end\n")
    assert.truthy(text:find("| 10 | 300 | 310 | - |", 1, true))
    assert.truthy(text:find("- 10: it said nothing", 1, true))
    assert.truthy(text:find("| 64 | - | 14 330 |", 1, true))
    assert.truthy(text:find("- 64: 38 at most", 1, true))
  end)

  it("ask each version of bpftrace in its own words", function()
    assert.equal("kretfunc:f /args->n == 1/", asked.bpftrace_words("RETURN:f /ARG(n) == 1/", true))
    assert.equal("fexit:f /args.n == 1/", asked.bpftrace_words("RETURN:f /ARG(n) == 1/"))
    assert.truthy(accept.bpftrace)
  end)
end)
