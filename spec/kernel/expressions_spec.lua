--- Every expression of spec/fixtures/questions.lua on this kernel: it compiles, and its program is
--- accepted and attached where the question has it; or the message says what this kernel lacks.
local guest = require "spec.kernel.guest"
local questions = require "spec.support.questions"

-- What each kernel has not: expressions and uses as titles, with what the message must name.
local lacks = {
  ["5.10"] = {
    ["tp:kfree_skb: reason > SKB_DROP_REASON_NOT_SPECIFIED"] = "no argument 'reason'",
    ["tp:kfree_skb: reason"] = "no argument 'reason'",
    ["tp:kfree_skb: reason > SKB_DROP_REASON_NOT_SPECIFIED; reason"] = "no argument 'reason'",
  },
  ["7.2"] = {
    ["return:do_filp_open: result=errno(retval)"] = "no function 'do_filp_open'",
  },
}

local function run(list)
  guest.spill("/tmp/ask.lua", questions.script(list, { run = true }))
  local code, out, err = guest.sh "ksnoop /tmp/ask.lua"
  assert.are.equal(0, code, err)
  return questions.read(list, out)
end

-- How many compiled; those that did not must be those that the table has, with its reasons.
local function judge(list)
  local expected, compiled, seen = lacks[guest.kernel] or {}, 0, {}
  for _, item in ipairs(list) do
    local title = questions.title(item)
    if item.ok then
      compiled = compiled + 1
      assert.is_nil(expected[title], title .. " compiles, and should not")
    else
      assert.is_truthy(expected[title], title .. "\n" .. tostring(item.said))
      assert.is_truthy(item.said:find(expected[title], 1, true), title .. "\n" .. item.said)
      seen[title] = true
    end
  end
  return compiled, seen
end

describe("the questions that scripts ask", function()
  local refused = {}

  for what, says in pairs { expressions = "one by one", uses = "as whole probes" } do
    it("compile, and run where they belong, " .. says, function()
      local list = questions[what]()
      local running, points, failures = run(list)
      local compiled, seen = judge(list)
      for _, failure in ipairs(failures) do
        error((failure.item and questions.title(failure.item) or "all") .. "\n" .. failure.said)
      end
      assert.are.equal(compiled, running)
      assert.is_true(compiled > (what == "uses" and 25 or 160))
      for title in pairs(seen) do
        refused[title] = true
      end
      print(("@tally says %s of questions: %d compiled, for %d points, %d not here"):format(what, compiled, points,
        #list - compiled))
    end)
  end

  it("lack here what they are known to lack", function()
    local expected = {}
    for title in pairs(lacks[guest.kernel] or {}) do
      expected[title] = true
    end
    assert.are.same(expected, refused)
  end)
end)
