--- ksnoop run: recipes by name, from the folders that are for them.
local ks = require "spec.support.ks"

local recipe = [[
--- Which reads are at least so large?
--- Nobody asks for the smaller ones.
local ks = require "ksnoop"
return ks.recipe {
  params = { min = ks.param.size { "4K", "bytes", max = "1M" } },
  build = function() ks.probe "vfs_read" { where = "count >= $min" } end,
}
]]

describe("ksnoop run", function()
  local home, elsewhere, clean_home, clean_elsewhere

  before_each(function()
    home, clean_home = ks.folder()
    elsewhere, clean_elsewhere = ks.folder()
    ks.shell(("mkdir -p %s/bin %s/share/ksnoop/recipes %s/data/ksnoop && cp %s %s/bin/ksnoop && chmod -R go-w %s")
      :format(home, home, home, ks.quote(ks.binary), home, home))
  end)
  after_each(function()
    clean_home()
    clean_elsewhere()
  end)

  local function put(folder, name, text)
    ks.write(home .. folder .. "/" .. name .. ".lua", text or recipe)
    ks.shell("chmod -R go-w " .. home)
  end

  -- Runs ksnoop where a script of a recipe's name lies too.
  local function run(words, environment)
    ks.write(elsewhere .. "/large.lua", 'error "the current directory does not count"')
    return ks.shell(("cd %s && HOME=%s XDG_DATA_HOME=%s/data %s %s/bin/ksnoop --btf %s --dump layout run %s"):format(
      elsewhere, home, home, environment or "", home, ks.btf(), words))
  end

  it("finds a recipe in the installation, and before that in the user's folder", function()
    put("/share/ksnoop/recipes", "large")
    local r = run "large min=8K"
    assert.equal("", r.err)
    assert.equal("vfs_read:\n", r.out:match "^[^\n]*\n")
    put("/data/ksnoop", "large", (recipe:gsub('"vfs_read"', '"vfs_write"')))
    assert.equal("vfs_write:\n", run("large").out:match "^[^\n]*\n")
    assert.equal("vfs_read:\n", run("large", "XDG_DATA_HOME=/nothing").out:match "^[^\n]*\n")
  end)

  it("lists recipes with the questions that they answer", function()
    put("/share/ksnoop/recipes", "large")
    put("/data/ksnoop", "a-b", "--- What is read,\n--- and by whom? More.\n")
    put("/data/ksnoop", "silent", "")
    ks.write(home .. "/data/ksnoop/readme.txt", "no recipe")
    local r = run ""
    assert.same({ 0, "", [[
Recipes: ksnoop [options] run NAME [name=value ...], ksnoop run NAME --help

  a-b     What is read, and by whom?
  large   Which reads are at least so large?
  silent
]] }, { r.code, r.err, r.out })
    assert.equal(r.out, run("--help").out)
    r = ks.shell(("HOME=%s XDG_DATA_HOME=%s/data %s/bin/ksnoop -f json run | python3 spec/support/check_json.py recipe")
      :format(home, home, home))
    assert.same({ 0, "recipe=3\n" }, { r.code, r.out }, r.err)
  end)

  it("says where recipes lie when there are none", function()
    assert.equal(("There are no recipes. They lie in %s/data/ksnoop and in %s/share/ksnoop/recipes.\n"):format(home,
      home), run("").out)
    assert.equal(("ksnoop: there is no recipe 'large'\nhint: recipes lie in %s/data/ksnoop and in "
      .. "%s/share/ksnoop/recipes\n"):format(home, home), run("large").err)
  end)

  it("shows what a recipe takes", function()
    put("/share/ksnoop/recipes", "large")
    local r = run "large --help"
    assert.same({ 0, "", [[
Which reads are at least so large?
Nobody asks for the smaller ones.

  ksnoop [options] run large [name=value ...]

  min  size  4K  bytes (at most 1M)
]] }, { r.code, r.err, r.out })
  end)

  -- words, what is said
  local refusals = {
    { "lrage", "there is no recipe 'lrage'\nhint: did you mean large?\n" },
    { "nothing", "there is no recipe 'nothing'\nhint: ksnoop run lists them\n" },
    { "./large.lua", "there is no recipe './large.lua'\nhint: run takes a recipe's name; a script's path stands alone: "
      .. "ksnoop ./large.lua\n" },
    { "../data/ksnoop/large", "there is no recipe '../data/ksnoop/large'\nhint: run takes a recipe's name; a script's "
      .. "path stands alone: ksnoop ../data/ksnoop/large\n" },
    { "large mni=1", "large has no parameter 'mni'\nhint: did you mean min?\n" },
    { "large min=2M", "the parameter 'min' of large is at most 1M, not '2M'\n" },
    { "large min=much", "the parameter 'min' of large is a size, not 'much'\nhint: at most 1M\n" },
    { "large 5", "what is '5'?\nhint: behind a script stand its parameters, as name=value\n" },
  }
  for _, case in ipairs(refusals) do
    it("refuses " .. case[1], function()
      put("/share/ksnoop/recipes", "large")
      local r = run(case[1])
      assert.same({ 2, "", "ksnoop: " .. case[2] }, { r.code, r.out, r.err })
    end)
  end

  it("does not take recipes from where others can write", function()
    put("/data/ksnoop", "large")
    ks.shell(("chmod 777 %s/data/ksnoop"):format(home))
    local r = run "large"
    assert.same({ 4, ("ksnoop: modules are not loaded from %s/data/ksnoop: others can write to it\n"):format(home) },
      { r.code, r.err })
    assert.is_truthy(run("").out:find("large  modules are not loaded from ", 1, true))
    put("/share/ksnoop/recipes", "large")
    ks.shell(("chmod 777 %s/data/ksnoop"):format(home))
    assert.equal(0, run("large").code)
    ks.shell(("chmod 666 %s/share/ksnoop/recipes/large.lua"):format(home))
    assert.equal(4, run("large").code)
  end)

  it("lets recipes require one another, and check takes them by name", function()
    put("/share/ksnoop/recipes", "large")
    put("/share/ksnoop/recipes", "both", 'require "large" {} require "large" { min = "8K" }')
    assert.is_truthy(run("both").out:find("\nvfs_read#2:\n", 1, true))
    local r = ks.shell(("HOME=%s XDG_DATA_HOME=/nothing %s/bin/ksnoop check both large min=1K --btf %s"):format(home,
      home, ks.btf()))
    assert.equal(0, r.code, r.err .. r.out)
    r = ks.shell(("HOME=%s XDG_DATA_HOME=/nothing %s/bin/ksnoop check bth --btf %s"):format(home, home, ks.btf()))
    assert.equal("ksnoop: there is no recipe 'bth'\nhint: did you mean both?\n", r.err)
  end)

  it("finds the source's recipes beside a program that was built there", function()
    ks.shell(("mkdir -p %s/build %s/lua/ksnoop/recipes; cp %s %s/build/ksnoop"):format(home, home,
      ks.quote(ks.binary), home))
    put("/lua/ksnoop/recipes", "large")
    local r = ks.shell(("HOME=/nothing %s/build/ksnoop run"):format(home))
    assert.is_truthy(r.out:find("\n  large  Which reads are at least so large?\n", 1, true), r.out .. r.err)
    -- a recipe's mistakes are its own, though it lies among our modules
    put("/lua/ksnoop/recipes", "wrong", 'local ks = require "ksnoop"\nks.probe "vfs_raed" {}')
    r = ks.shell(("cd %s && HOME=/nothing build/ksnoop --btf %s --dump layout lua/ksnoop/recipes/wrong.lua"):format(
      home, ks.btf()))
    assert.equal("lua/ksnoop/recipes/wrong.lua:2: this kernel has no function 'vfs_raed' that BTF describes\n",
      r.err:match "^[^\n]*\n")
  end)
end)
