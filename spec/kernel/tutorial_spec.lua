--- doc/tutorial.md: what it has one type is run here, in its order, and prints what it shows, apart from numbers, times
--- and addresses. How many of ksnoop's own writes a trace meets is a matter of luck: its sums are not compared.
local guest = require "spec.kernel.guest"
local library = require "spec.support.library"

-- The page's steps: { title =, files = their names in the order of mention, parts = { { fence =, lines = }, ... } }.
local function steps(page)
  local list, step, part = {}, nil, nil
  for line in page:gmatch "([^\n]*)\n" do
    if line:match "^## " then
      step = { title = line:sub(4), files = {}, parts = {} }
      list[#list + 1] = step
    elseif part and line == "```" then
      part = nil
    elseif part then
      table.insert(part.lines, line)
    elseif line:match "^```" then
      part = { fence = line:sub(4), lines = {} }
      table.insert(step.parts, part)
    elseif step then
      table.insert(step.files, line:match "`([%w_]+%.lua)`")
    end
  end
  return list
end

local function try(command, shown)
  local code, out = guest.sh(("cd /tmp/tutorial; (%s) 2>&1"):format(command))
  assert.are.equal(0, code, command .. "\n" .. out)
  assert.is_true(#shown > 0, command .. " shows nothing\n" .. out)
  assert.are.same({}, library.missing(table.concat(shown, "\n"), out, "^ksnoop: %d+ hits"), command .. "\n" .. out)
end

-- Commands, each with what it prints below it.
local function try_all(lines)
  local command, shown
  for _, line in ipairs(lines) do
    local begins = line:match "^%$ (.*)$"
    if begins and command then
      try(command, shown)
    end
    if begins then
      command, shown = begins, {}
    else
      shown[#shown + 1] = line
    end
  end
  try(command, shown)
end

describe("doc/tutorial.md", function()
  if guest.kernel ~= "6.1" then
    return pending "what it shows is 6.1's"
  end
  local list = steps(guest.slurp "doc/tutorial.md")
  guest.sh "rm -rf /tmp/tutorial; mkdir -m 755 /tmp/tutorial"

  it("has ten steps", function()
    assert.are.equal(10, #list)
  end)

  for _, step in ipairs(list) do
    it("shows what happens: " .. step.title, function()
      local files = 0
      for _, part in ipairs(step.parts) do
        if part.fence == "lua" then
          files = files + 1
          guest.spill("/tmp/tutorial/" .. step.files[files], table.concat(part.lines, "\n") .. "\n")
        else
          try_all(part.lines)
        end
      end
    end)
  end
end)
