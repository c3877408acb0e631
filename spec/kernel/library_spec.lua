--- The library of recipes, each against a workload whose answer is known: spec/kernel/library/NAME.lua is
---
---     words     parameters, a text for the shell; a function that gives it
---     before    a function: what the workload needs
---     workload  a shell's text, or a function that gives it
---     refused   what the recipe says where it can't work, or nil; a function
---     check     a function of stdout and stderr: count, value and name
---     varies    a pattern: lines of the sample that need not be there
---     like      the kernel whose sample it is, where others have other functions or columns; nil: any
---     after     a function: what is to be cleaned up
---
--- What the recipe prints is what the sample at its head shows, but for numbers. It is left in /tmp/library, of which
--- `make library-samples` makes new samples.
local guest = require "spec.kernel.guest"
local library = require "spec.support.library"

local function value_of(v)
  if type(v) == "function" then
    return v()
  end
  return v
end

local function run(name, case)
  local words = value_of(case.words) or ""
  guest.spill("/tmp/workload", value_of(case.workload))
  local code, out, err = guest.sh(("ksnoop -c 'exec timeout 100 sh /tmp/workload' %s %s"):format(library.path(name),
    words))
  return code, out, err, ("ksnoop run %s %s"):format(name, words):gsub(" $", "")
end

local function try(name, case)
  if case.before then
    case.before()
  end
  local refused = value_of(case.refused)
  local code, out, err, command = run(name, case)
  if refused then
    assert.are.equal(3, code, out)
    assert.matches(refused, err, 1, true)
    return
  end
  guest.spill(("/tmp/library/%s.txt"):format(name), ("$ %s\n%s"):format(command, out))
  assert.are.equal(0, code, err)
  case.check(out, err)
  local head = library.head(name)
  assert.are.equal(head.command, command)
  if not case.like or case.like == guest.kernel then
    assert.are.same({}, library.missing(head.sample, out, case.varies), out)
  end
end

describe("the recipe", function()
  guest.sh "mkdir -p /tmp/library"
  for _, name in ipairs(library.names()) do
    it(name .. " answers its question", function()
      local case = setfenv(assert(loadfile("spec/kernel/library/" .. name .. ".lua")), getfenv())()
      local ok, why = pcall(try, name, case)
      if case.after then
        case.after()
      end
      if not ok then
        error(why, 0)
      end
    end)
  end
end)
