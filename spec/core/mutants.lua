--- Does the differential test find faults? Each of spec/core/mutants.txt is put into a copy of its
--- file, one at a time, and spec/core/run must see that the answers differ. `make mutants` runs it.
local ks = require "spec.support.ks"

local LIMIT = 60 -- seconds for each
local COMPILE = "gcc -O1 -std=gnu11 -D_GNU_SOURCE -w"

local function mutants()
  local list, m = {}, nil
  for line in io.lines(ks.root .. "/spec/core/mutants.txt") do
    local name, file = line:match "^(.-) %((core/[^)]+)%)$"
    local sign, text = line:match "^([-+]) (.*)$"
    if name then
      m = { name = name, file = file, ["-"] = {}, ["+"] = {} }
      list[#list + 1] = m
    elseif sign then
      table.insert(m[sign], text)
    end
  end
  for _, one in ipairs(list) do
    one.old, one.new = table.concat(one["-"], "\n"), table.concat(one["+"], "\n")
  end
  return list
end

local function count(text, part)
  local n, from = 0, 1
  while true do
    local at = text:find(part, from, true)
    if not at then
      return n
    end
    n, from = n + 1, at + 1
  end
end

describe("the differential test", function()
  local folder, clean, run, lines, image

  setup(function()
    folder, clean = ks.folder()
    run, lines = ks.build "unit/run", ks.build "differential/lines"
    image = lines:gsub("lines$", "image")
    local r = ks.shell(([[mkdir %s/core && ln -s %s/bpf %s/bpf && cd %s && for file in spec/core/run \
      spec/support/engines spec/support/coverage; do %s -Icore -c -o %s/${file##*/}.o $file.c || exit; done]])
      :format(folder, ks.root, folder, ks.root, COMPILE, folder))
    assert(r.code == 0, r.err)
  end)
  teardown(function() clean() end)

  -- Runs until the first difference. Its exit code, output and seconds.
  local function find(program)
    local r = ks.shell(("time -p timeout %d %s %s %s -first <%s"):format(LIMIT, program, ks.btf(), image, lines))
    return r.code, r.out, r.err:match "real ([%d.]+)"
  end

  -- What is the program's alone wants Lua.
  local without = ks.read(ks.root .. "/Makefile"):match "\nPROGRAM := ([^\n]*)":gsub("core/([%w_]+)%.c", "-e /%1.o")

  -- Builds spec/core/run with one file of core changed.
  local function build(m)
    local text = ks.read(ks.root .. "/" .. m.file)
    assert.equal(1, count(text, m.old), m.file .. " has not this once: " .. m.old)
    local from, to = text:find(m.old, 1, true)
    ks.write(folder .. "/" .. m.file, text:sub(1, from - 1) .. m.new .. text:sub(to + 1))
    local object = m.file:gsub("c$", "o")
    local r = ks.shell(([[cd %s && %s -Icore -c -o %s/%s %s/%s && gcc -o %s/run %s/*.o %s/%s \
      $(ls build/core/*.o | grep -v %s -e build/%s) -lbpf -lelf -lz]]):format(ks.root, COMPILE, folder, object, folder,
      m.file, folder, folder, folder, object, without, object))
    assert.equal(0, r.code, r.err)
  end

  it("has nothing to find as it is", function()
    local code, out = find(run)
    assert.equal(0, code, out)
  end)

  local list = mutants()
  assert(#list >= 20)
  for _, m in ipairs(list) do
    it(("finds: %s (%s)"):format(m.name, m.file), function()
      build(m)
      local code, out, seconds = find(folder .. "/run")
      assert.equal(1, code, out)
      print(("\n%5s s  %-14s %-45s %s"):format(seconds, m.file, m.name,
        (out:match "DIFFERS ([^\n]*)" or out:match "[^\n]*"):sub(1, 60)))
    end)
  end
end)
