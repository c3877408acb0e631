--- The manual says what there is, and all of it.
local ks = require "spec.support.ks"
local manual = require "spec.support.manual"

local program, script = ks.read "doc/ksnoop.1.scd", ks.read "doc/ksnoop-script.7.scd"

-- The part of a page between a heading and the next of its kind.
local function section(page, title)
  return assert((page .. "\n# "):match("\n# " .. title .. "\n(.-)\n# "), "no section " .. title)
end

-- The words that a pattern finds, as a set.
local function set(text, pattern)
  local found = {}
  for word in text:gmatch(pattern) do
    found[word] = true
  end
  return found
end

local function size(t)
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  return n
end

-- "*cut\_by\_exit*" and the like, as they are read.
local function plain(text)
  return (text:gsub("\\(.)", "%1"))
end

describe("ksnoop(1)", function()
  it("has every option of `help options`, and no other", function()
    local help, page = {}, {}
    for line in ks.run("help", "options").out:gmatch "[^\n]+" do
      local words = line:match "^  +(%-.-)  " or line:match "^  +(%-.*)$"
      for option in (words or ""):gmatch "%-%-?%a[%w-]*" do
        help[option] = true
      end
    end
    for line in section(program, "OPTIONS"):gmatch "[^\n]+" do
      if line:match "^%*%-" then
        for option in line:gmatch "%*(%-%-?%a[%w-]*)%*" do
          page[option] = true
        end
      end
    end
    assert.is_true(size(help) > 20)
    assert.same(help, page)
  end)

  it("has every stage of --dump", function()
    local stages = ks.run("--dump", "?", "x.lua").err:match "stages are ([^\n]+)"
    for stage in stages:gmatch "%a+" do
      assert.matches("*" .. stage .. "*", section(program, "OPTIONS"), 1, true)
    end
  end)

  it("has every counter of the summary, and no other", function()
    local list = ks.read "lua/ksnoop/report.lua":match "\nlocal keys = (%b{})"
    local keys = set(list, '"([%w_]+)"')
    local page = set(plain("\n" .. section(program, "ACCOUNTING")), "\n%*([%w_]+)%*\n")
    assert.is_true(size(keys) > 10)
    assert.same(keys, page)
  end)

  it("has every key of the other objects that machines read", function()
    local page = plain(section(program, "OUTPUT"))
    local written = ks.read "lua/ksnoop/report.lua" .. ks.read "lua/ksnoop/rows_data.lua"
      .. ks.read "core/format.c":gsub('\\"', '"')
    local keys = set(written, '[{,]"([%l_]+)":')
    for _, key in ipairs { "header", "loss", "event", "rows", "summary" } do
      assert.matches("*" .. key .. "*", page, 1, true)
    end
    keys.error = nil -- it stands in the table of values
    assert.is_true(size(keys) > 8)
    for key in pairs(keys) do
      assert.matches("\n|  " .. key .. "\n", page, 1, true)
    end
  end)

  it("has every exit status that an error can have", function()
    local statuses = set(section(program, "EXIT STATUS"), "%*(%d+)%*\n")
    for code in ks.read "lua/ksnoop/error.lua":match "\nlocal code_of = (%b{})":gmatch "= (%d+)," do
      assert.is_true(statuses[code], code)
    end
    for _, code in ipairs { "0", "1", "2", "70", "130" } do
      assert.is_true(statuses[code], code)
    end
  end)

  it("names what is refused by name", function()
    local source, page = ks.read "core/attach.c", plain(section(program, "SAFETY"))
    for _, list in ipairs { "before_guard", "locks" } do
      for pattern in source:match(list .. "%[%] = (%b{})"):gmatch '"([^"]+)"' do
        assert.matches("%f[%w_]" .. pattern:gsub("%*", "%%*"), page)
      end
    end
  end)
end)

describe("ksnoop-script(7)", function()
  it("has every name of the module, and no other", function()
    local module, names, page = ks.require "ksnoop", {}, {}
    for name in pairs(module) do
      if not name:match "^_" then
        names[name] = true
      end
    end
    for name in plain(section(script, "THE MODULE")):gmatch "\n%*ks%.([%w_]+)%*" do
      page[name] = true
    end
    assert.is_true(size(names) > 5)
    assert.same(names, page)
  end)

  it("has every built-in value", function()
    local rows = ks.read "core/scope.c":match "builtins%[%] = (%b{})"
    local names = set(rows, '{"(%l+)", B_')
    local page = set(section(script, "EXPRESSIONS"), "\n|  %*(%l+)%*\n")
    names.retval = true
    assert.is_true(size(names) > 5)
    assert.same(names, page)
  end)

  it("has every way to show a value", function()
    local page = section(script, "CAPTURES")
    for spec in ks.read "core/format_fits.c":match " specs%[%] = (%b{})":gmatch '"(%l+)"' do
      assert.matches("\n|  *" .. spec .. "*\n", page, 1, true)
    end
  end)
end)

-- The kernel's specs run its scripts: spec/kernel/scripts_spec.lua.
describe("ksnoop-examples(7)", function()
  it("has twenty scripts that begin with a question, and of each what it prints", function()
    local scripts = manual.sections()
    assert.equal(20, #scripts)
    for _, s in ipairs(scripts) do
      local text = s.files[s.command:match "^ksnoop ([%w_]+%.lua)$"] or ""
      assert.matches("^%-%-%- %u[^\n]*%?\nlocal ks = require \"ksnoop\"\n", text, s.name)
      assert.matches("\n", s.sample, s.name)
    end
  end)

  it("has a test of one that passes", function()
    local folder, clean = ks.folder()
    for _, s in ipairs(manual.sections()) do
      for name, text in pairs(s.name == "slow" and s.files or {}) do
        ks.write(folder .. "/" .. name, text)
      end
    end
    local r = ks.run("--btf", ks.btf(), "test", folder .. "/slow_spec.lua")
    clean()
    assert.equal(0, r.code, r.err)
    assert.equal("1 passed, 0 failed\n", r.out:match "[^\n]*\n$")
  end)
end)

describe("the manual", function()
  for name in ks.shell("ls doc").out:gmatch "(%S+)%.scd" do
    it("has a page " .. name .. " of which scdoc and man have nothing to say", function()
      if ks.shell("command -v scdoc").code ~= 0 then
        pending "scdoc is not installed: make deps"
        return
      end
      local folder, clean = ks.folder()
      local page = folder .. "/" .. name
      local made = ks.shell(("scdoc <doc/%s.scd >%s"):format(name, page))
      local shown = ks.shell(("if command -v groff >/dev/null; then groff -t -man -ww -Tutf8 %s >/dev/null; fi")
        :format(page))
      clean()
      assert.equal("", made.err)
      assert.equal(0, made.code)
      assert.equal("", shown.err)
    end)
  end

  it("has examples that compile", function()
    local folder, clean = ks.folder()
    local n = 0
    for code in (program .. script):gmatch "```\n(.-)```\n" do
      if not code:find "^local ks = " and not code:find "^%-%-%- " then
        code = nil -- a shell's
      elseif code:find "return ks.recipe" then -- the next one uses it
        ks.write(folder .. "/slow.lua", code)
      end
      if code then
        local path = ks.write(("%s/%d.lua"):format(folder, n), code)
        local r = ks.run("--btf", ks.btf(), "--dump", "bpf", path)
        assert.equal("", r.err)
        assert.equal(0, r.code)
        n = n + 1
      end
    end
    clean()
    assert.is_true(n >= 7)
  end)
end)

describe("bpf/", function()
  local readme = ks.read "bpf/README.md"

  it("has a listing for every row of its table, and a row for every listing", function()
    local rows = set(readme, "\n| `([%w_]+%.txt)` |")
    local files = set(ks.shell("ls bpf/listings").out, "%S+")
    assert.is_true(size(rows) >= 6)
    assert.same(rows, files)
  end)

  it("has listings that say what they show, and that the golden spec keeps true", function()
    for file in ks.shell("ls bpf/listings").out:gmatch "%S+" do
      local text = ks.read("bpf/listings/" .. file)
      assert.matches("^%-%- %S+ ", text)
      assert.matches("\n==== bpf[^\n]*\n%S[^\n]+:\n", text)
    end
    assert.matches("bpf/listings/*", ks.read "spec/golden_spec.lua", 1, true)
  end)

  it("has the words of the counter map where they are", function()
    local words = { [0] = "busy", "number" }
    for n = 0, 1 do
      assert.matches(("\n| %d | +%d | [^|]*%s"):format(n, n * 8, words[n]):gsub("[+|]", "%%%0"), readme)
    end
    local n = 0
    for cell in ks.read "bpf/wire.h":match "CELL_ON.-}":gmatch "CELL_(%u+)" do
      local row = readme:match(("\n| %d | %%+%d | [^|]*| ([^\n]*)"):format(n, n * 8))
      assert.matches("`" .. cell:lower() .. "`", row, 1, true)
      n = n + 1
    end
    assert.equal(8, n)
  end)

  it("says how many instructions there can be, and the license string", function()
    local most = tonumber(ks.read "core/encode.h":match "MAX_INSNS (%d+)") / 2
    assert.matches(("at most %d,%03d instructions"):format(most / 1000, most % 1000), readme, 1, true)
    assert.matches(ks.read "core/attach.c":match '#define LICENSE%s+"([^"]+)"', readme, 1, true)
  end)
end)
