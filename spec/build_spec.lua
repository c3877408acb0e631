--- The program as it is built and installed.
local ks = require "spec.support.ks"

local function sh(command)
  local pipe = assert(io.popen(("(%s) 2>&1; echo \"exit $?\""):format(command)))
  local output, code = pipe:read "*a":match "^(.*)exit (%d+)\n$"
  pipe:close()
  return tonumber(code), output
end

local function list(command)
  local _, output = sh(command)
  return ks.lines(output)
end

local ksnoop = os.getenv "KSNOOP" or "build/ksnoop"

describe("the program", function()
  it("is one file, which finds its Lua half anywhere", function()
    local _, output = sh "mktemp -d"
    local folder = output:match "%S+"
    assert.equal(0, (sh(("cp %s %s/k"):format(ksnoop, folder))))
    local code
    code, output = sh(("cd %s && env -i ./k nothing.lua"):format(folder))
    sh("rm -r " .. folder)
    assert.matches("nothing.lua", output, 1, true)
    assert.not_matches("module '[^']+' not found", output)
    assert.not_equal(0, code)
  end)

  it("has all of lua/ksnoop in it", function()
    local _, symbols = sh("nm -D --defined-only " .. ksnoop)
    for _, path in ipairs(list "ls lua/ksnoop/*.lua") do
      local name = path:match "([^/]+)%.lua$"
      local symbol = name == "init" and "luaJIT_BC_ksnoop" or "luaJIT_BC_ksnoop_" .. name
      assert.matches(" " .. symbol .. "\n", symbols, 1, true)
    end
  end)

  it("exports ksnoop.h and nothing else of the core's", function()
    local header = ks.read "core/ksnoop.h"
    for _, symbol in ipairs(list "nm -D --defined-only build/native.so | awk '{print $3}'") do
      assert.matches("[ *]" .. symbol .. "%(", header)
    end
    local _, symbols = sh "nm -D --defined-only build/native.so"
    for name in header:gmatch "[ *](ks_[%w_]+)%([^)]*%);" do
      assert.matches(" " .. name .. "\n", symbols, 1, true)
    end
  end)

  it("has the version of the CHANGELOG's first entry", function()
    local code, output = sh(ksnoop .. " --version")
    assert.equal(0, code)
    assert.equal(output, "ksnoop " .. ks.read "CHANGELOG.md":match "\n## %[([%d.]+)%]" .. "\n")
  end)
end)

describe("make", function()
  local folder

  setup(function()
    local _, output = sh "mktemp -d"
    folder = output:match "%S+"
  end)

  teardown(function()
    os.execute("rm -rf " .. folder)
  end)

  it("has nothing to do after make", function()
    assert.equal(0, (sh "make all"))
    local code, output = sh "make -q all"
    assert.equal(0, code, output)
  end)

  it("install puts the program, the examples and the recipes where it is told", function()
    local code, output = sh(("make install DESTDIR=%s PREFIX=/opt/k"):format(folder))
    assert.equal(0, code, output)
    code, output = sh(folder .. "/opt/k/bin/ksnoop --version")
    assert.equal(0, code)
    assert.matches("^ksnoop ", output)
    local examples = list "ls examples/*.lua 2>/dev/null"
    local installed = list(("cd %s/opt/k/share/ksnoop 2>&- && ls examples/*.lua"):format(folder))
    assert.same(examples, installed)
    installed = list(("cd %s/opt/k/share/ksnoop 2>&- && ls recipes/*.lua"):format(folder))
    assert.same(list "cd lua/ksnoop && ls recipes/*.lua", installed)
    assert.equal(0, (sh(("cmp doc/ksnoop.schema.json %s/opt/k/share/ksnoop/ksnoop.schema.json"):format(folder))))
    -- the manual, where there is scdoc to make it
    local pages = sh "command -v scdoc" == 0 and list "cd doc && ls *.scd 2>/dev/null" or {}
    installed = list(("find %s/opt/k/share/man -type f 2>&-"):format(folder))
    assert.equal(#pages, #installed)
  end)

  it("install makes what everybody may read, and nobody else may write", function()
    local odd = list(("find %s/opt ! -type d ! -perm 755 ! -perm 644"):format(folder))
    assert.same({}, odd)
  end)

  it("uninstall removes exactly what install put", function()
    local before = list(("find %s ! -type d | wc -l"):format(folder))
    assert.is_true(tonumber(before[1]) > 0)
    sh(("touch %s/opt/k/bin/other"):format(folder))
    local code, output = sh(("make uninstall DESTDIR=%s PREFIX=/opt/k"):format(folder))
    assert.equal(0, code, output)
    assert.same({ folder .. "/opt/k/bin/other" }, list(("find %s ! -type d"):format(folder)))
    assert.same({}, list(("find %s -name ksnoop"):format(folder)))
  end)

  it("deps installs what is missing, and only that", function()
    local code, output = sh "make --no-print-directory deps PACKAGES='make gcc' APT='echo apt'"
    assert.equal(0, code)
    assert.equal("", output)
    code, output = sh "make --no-print-directory deps PACKAGES='make nowhere gcc' APT='echo apt'"
    assert.equal(0, code)
    assert.matches("installing: nowhere\napt update", output, 1, true)
    assert.matches("\napt install [^\n]*%-%-no%-install%-recommends nowhere\n", output)
  end)

  it("deps is not taken in by a package that dpkg knows of but that is not installed", function()
    local file = assert(io.open(folder .. "/dpkg-query", "w"))
    file:write [[#!/bin/sh
format=$(printf %s "$3" | sed 's/${Package}/cpio/; s/${db:Status-Status}/not-installed/')
printf "$format"]]
    file:close()
    local command = "chmod +x %s/dpkg-query && PATH=%s:$PATH "
      .. "make --no-print-directory deps PACKAGES=cpio APT='echo apt'"
    local _, output = sh(command:format(folder, folder))
    assert.matches("installing: cpio\n", output, 1, true)
  end)

  it("help names every target there is", function()
    local _, help = sh "make help"
    local phony = ks.read "Makefile":match "\n%.PHONY: ([^\n]+)"
    for target in phony:gmatch "%S+" do
      if target ~= "guest" and target ~= "asan-run" then
        assert.matches("make " .. target .. " ", help, 1, true)
      end
    end
  end)
end)
