--- The expressions of spec/fixtures/questions.lua turned into C: what the program accepts on a
--- kernel gcc accepts too, with the header that bpftool makes of that kernel's types, and finds the
--- same types; what the one refuses the other refuses.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"
local questions = require "spec.support.questions"
local translate = require "spec.support.translate"

local words = translate.words(dofile "lua/ksnoop/std.lua", questions.words())

-- Macros, which are in no BTF: of the interface to programs, and the kernel's own.
local headers = "#include <linux/stat.h>\n#include <asm/signal.h>\n"
local macros = { S_IFMT = true, S_IFREG = true, SIGCHLD = true }
local own = "#define TASK_RUNNING 0\n#define AF_INET 2\n#define AF_INET6 10\n"

-- What no capture needs a tree for.
local in_records = { time = true, pid = true, tid = true, cpu = true, func = true }

local sh = ks.sh
local folder, clean

-- --- what is asked --------------------------------------------------------------------------------

local function variation(item, text)
  local texts = { unpack(item.before) }
  texts[#texts + 1] = { role = item.role == "where" and "where" or "capture",
    text = item.role == "where" and text or "it=" .. text }
  return { places = item.places, any = item.any, texts = texts, before = item.before, role = item.role, text = text }
end

-- Each expression as it is; .choices: all that it may stand for; and each of these with a member
-- that nothing has. Returns the expressions, and a list with all of it.
local function everything()
  local expressions, all = questions.expressions(), {}
  for _, item in ipairs(expressions) do
    all[#all + 1], item.choices = item, {}
    for _, text in ipairs(translate.expand(words, item.expression)) do
      local choice, spoilt = variation(item, text), translate.spoil(text)
      all[#all + 1] = choice
      item.choices[#item.choices + 1] = choice
      if spoilt then
        all[#all + 1] = variation(item, spoilt)
        all[#all].spoilt = true
      end
    end
  end
  return expressions, all
end

-- Asks the program on a kernel; brings the kernel's types and the formats of system calls along.
local function ask(kernel, all)
  ks.write(folder .. "/ask.lua", questions.script(all, {}))
  local out = sh([[cd %s && %s/spec/vm/run -k %s --with ask.lua:/tmp/ask.lua --get /tmp/got -- sh -c '
    mkdir /tmp/got && cp /sys/kernel/btf/vmlinux /tmp/got/btf &&
    for call in open openat openat2; do
      cp /sys/kernel/tracing/events/syscalls/sys_enter_$call/format /tmp/got/$call
    done && ksnoop /tmp/ask.lua']], folder, ks.root, kernel)
  questions.read(all, out)
end

-- --- the same in C --------------------------------------------------------------------------------

-- "int f(int a, char *b);" -> "int ", "int a, char *b"; nil: BTF has no such function.
local function prototype(name)
  local r = ks.shell(("%s --btf %s/got/btf info %s"):format(ks.binary, folder, name))
  local returns, params = r.out:match("^([^\n]-)" .. name .. "(%b());")
  return returns, params and params:sub(2, -2)
end

local function system_call(name)
  local params = {}
  for field in ks.read(folder .. "/got/" .. name):gmatch "field:([^;]+);" do
    if not field:find "common_" and not field:find "__" then
      params[#params + 1] = field
    end
  end
  return table.concat(params, ", ")
end

-- The parameters that a place gives expressions, with retval at a return; nil: it is not there.
local function parameters(place)
  local at_return, rest = place:match "^(return:)(.*)$"
  rest = rest or place
  local kind, name = rest:match "^(%a+):(.*)$"
  local returns, params = "long ", rest:match "%((.*)%)$"
  if kind == "sys" then
    params = system_call(name)
  elseif kind == "tp" then
    params = select(2, prototype("__traceiter_" .. name))
    params = params and params:gsub("^void %*__data,? ?", "")
  elseif not params then
    returns, params = prototype(rest)
  end
  if not params or not at_return or returns == "void " then
    return params
  end
  return (params == "void" and "" or params .. ", ") .. returns .. "retval"
end

-- The type at the root of an expression's tree, and all of the tree; nil for what every record has
-- anyway.
local function root(item)
  local heading = ("%s: %s\n"):format(item.role == "where" and "where" or "capture", item.text or item.expression)
  local _, at = ("\n" .. item.said):find("\n" .. heading, 1, true)
  if at then
    local tree = item.said:sub(at):match "^(.-\n)capture: " or item.said:sub(at)
    return tree:match "^[^\n]- : ([%w ]+)", tree
  end
  assert.is_true(in_records[item.text or item.expression] or false, heading .. item.said)
end

-- A line of C for a choice, and whether it asserts a type; nil: its place is not there.
local function line(item, n, params)
  local lines, c = {}, translate.to_c(item.text)
  for _, before in ipairs(item.before) do
    local name, expression = questions.split(before.text)
    lines[#lines + 1] = ("__auto_type %s = %s;"):format(name, translate.to_c(expression))
  end
  lines[#lines + 1] = item.role == "where" and ("if (%s);"):format(c) or ("(void)(%s);"):format(c)
  local type = item.ok and root(item) or nil
  if type then
    lines[#lines + 1] = translate.assertion(type:gsub("^user ", ""):match "^%w+", c)
  end
  return ("static void f%d(%s) { { BUILTINS %s } }"):format(n, params, table.concat(lines, " ")), type and true
end

local function defines()
  ks.write(folder .. "/macros.c", headers)
  local list = {}
  for one, name in sh("gcc -dM -E %s/macros.c", folder):gmatch "(#define ([%w_]+) [^\n]*)" do
    if macros[name] then
      list[#list + 1] = one
    end
  end
  table.sort(list)
  assert.equal(3, #list)
  return table.concat(list, "\n") .. "\n" .. own
end

-- Has gcc judge all that have a .text: .c is whether it accepted it. Returns how many types it had
-- to agree with.
local function compile(all)
  sh("bpftool btf dump file %s/got/btf format c >%s/types.h", folder, folder)
  local head = '#include "types.h"\n' .. defines() .. translate.header
  local lines, at, types, cache = { head }, {}, 0, {}
  local number = select(2, head:gsub("\n", "")) + 1
  for n, item in ipairs(all) do
    if item.text then
      for _, place in ipairs(item.places or item.any) do
        cache[place] = cache[place] or { parameters(place) }
        local params = cache[place][1]
        if params and not at[item] then
          local text, typed = line(item, n, params)
          lines[#lines + 1] = text .. "\n"
          types = types + (typed and 1 or 0)
          at[item], number = number, number + 1
        end
      end
    end
  end
  ks.write(folder .. "/questions.c", table.concat(lines))
  local r = ks.shell(("cd %s && LC_ALL=C gcc -std=gnu11 -w -fsyntax-only -fmax-errors=0 " ..
    "-ftrack-macro-expansion=0 questions.c"):format(folder)) -- so that errors are where a macro stands
  local wrong = {}
  for found, message in r.err:gmatch "questions%.c:(%d+):%d+: error: ([^\n]*)" do
    wrong[tonumber(found)] = wrong[tonumber(found)] or message
  end
  assert.is_nil(r.err:match "types%.h:%d+:%d+: error: [^\n]*")
  for item, where in pairs(at) do
    item.c, item.why = not wrong[where], wrong[where]
    wrong[where] = nil
  end
  assert.same({}, wrong) -- an error in what is no expression's line
  return types
end

-- --------------------------------------------------------------------------------------------------

describe("expressions", function()
  before_each(function()
    folder, clean = ks.folder()
  end)

  after_each(function()
    clean()
  end)

  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it("mean for gcc what they mean for the program, with the types of kernel " .. kernel, function()
      local expressions, all = everything()
      ask(kernel, all)
      local types = compile(all)
      local accepted, refused, spoilt = 0, 0, 0
      for _, item in ipairs(all) do
        if item.text then
          local title = questions.title(item)
          assert.is_boolean(item.ok, title)
          assert.equal(item.ok, item.c or false, ("%s\n%s\n%s"):format(title, item.said, tostring(item.why)))
          assert.is_false(item.spoilt and item.ok or false, title)
          accepted = accepted + (item.ok and 1 or 0)
          refused = refused + (not item.ok and not item.spoilt and 1 or 0)
          spoilt = spoilt + (item.spoilt and 1 or 0)
        end
      end
      -- What the program chose is the first that gcc, too, accepts.
      for _, item in ipairs(expressions) do
        local taken
        for _, choice in ipairs(item.choices) do
          taken = taken or (choice.c and choice or nil)
        end
        assert.equal(taken ~= nil, item.ok, questions.title(item) .. "\n" .. item.said)
        if taken then
          assert.equal(select(2, root(taken)), select(2, root(item)), questions.title(item))
        end
      end
      local figures = ("%d accepted by both, %d of their types agree; refused by both: %d, and %d with a wrong member")
        :format(accepted, types, refused, spoilt)
      print(("@tally says expressions on %s: %s"):format(kernel, figures))
      assert.is_true(accepted > 150 and spoilt > 40 and types > 100, figures)
    end)
  end
end)
