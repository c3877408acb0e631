-- Compiler cases, one a file in spec/golden/ or bpf/listings/: a script, and behind each line
-- "==== STAGE [options]" what --dump STAGE prints for it with the fixture's types
-- (spec/fixtures/kernel.c).
--
--   UPDATE=1 busted spec/golden_spec.lua     writes what it prints now into them: read the diff
local ks = require "spec.support.ks"

local function files()
  local list = {}
  for path in ks.shell("ls -d spec/golden/* bpf/listings/*").out:gmatch "[^\n]+" do
    list[#list + 1] = path:match "^.*%.txt$"
  end
  return list
end

-- { script =, { stage =, options =, expected = }, ... }
local function parse(text)
  local case, now = { script = "" }, nil
  for line in text:gmatch "([^\n]*)\n" do
    local stage, options = line:match "^==== (%l+) ?(.*)$"
    if stage then
      now = { stage = stage, options = options, expected = "" }
      case[#case + 1] = now
    elseif now then
      now.expected = now.expected .. line .. "\n"
    else
      case.script = case.script .. line .. "\n"
    end
  end
  return case
end

-- How many CPUs this machine has shows in one place, the mask of the CPU's number; and who runs in
-- one, the test for the own process.
local function same_everywhere(text)
  for _, between in ipairs { "", "[^\n]* = r0\n" } do
    text = text:gsub("(bpf_get_smp_processor_id[^\n]*\n" .. between .. "[^\n]*&= )%d+", "%1CPUS")
  end
  text = text:gsub("(our own process%?\n[^\n]*>= 32\n[^\n]* == )%d+", "%1SELF")
  return text
end

local function dump(case, part, path)
  ks.write(path, case.script)
  local r = ks.shell(("%s --btf %s %s --dump %s %s"):format(ks.quote(ks.binary), ks.btf(),
    part.options, part.stage, path))
  assert.equal("", r.err)
  assert.equal(0, r.code)
  return same_everywhere(r.out)
end

describe("the compiler", function()
  local temporary, clean

  setup(function() temporary, clean = ks.folder() end)
  teardown(function() clean() end)

  local paths = files()
  assert(#paths > 0, "no golden files: run from the project's folder")

  for _, path in ipairs(paths) do
    local name = path:match "([^/]*/[^/]*)%.txt$":gsub("_", " ")
    it("makes of " .. name .. " what it always made", function()
      local case = parse(ks.read(path))
      assert.is_true(#case > 0, path .. " has no line ==== STAGE")
      local text = { case.script }
      for _, part in ipairs(case) do
        local got = dump(case, part, temporary .. "/t.lua")
        text[#text + 1] = ("==== %s%s\n%s"):format(part.stage,
          part.options ~= "" and " " .. part.options or "", got)
        if not os.getenv "UPDATE" then
          assert.equal(part.expected, got)
        end
      end
      if os.getenv "UPDATE" then
        ks.write(path, table.concat(text))
      end
    end)
  end
end)
