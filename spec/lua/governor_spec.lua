--- What the governor is told, and what is no share of a processor. That it works: spec/kernel/storm_spec.lua.
local ks = require "spec.support.ks"

describe("the governor's budget", function()
  local folder, clean

  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local function told(options, ...)
    return ks.dump(folder, "layout", ("ks.options { %s }\nks.probe 'vfs_read' { capture = {} }"):format(options), ...)
  end

  for _, good in ipairs { '"50%"', '"200%"', "50", '"1"', '"12.5%"' } do
    it("can be " .. good, function()
      assert.same({ "", 0 }, { told("budget = " .. good).err, told("no_governor = true, budget = " .. good).code })
    end)
  end

  for value, shown in pairs { ['"0%"'] = "0%", ['"abc"'] = "abc", ['"-5%"'] = "-5%", ["0.5"] = "0.5", ['""'] = "",
    ['"100001%"'] = "100001%", ["{}"] = "table: " } do
    it("can't be " .. value, function()
      local r = told("budget = " .. value)
      assert.equal(2, r.code)
      assert.equal("t.lua:2: '" .. shown, r.err:sub(1, 10 + #shown))
      assert.matches("' is no share of a processor\n.*\nhint: such as 50%% %(the default%) or 200%%, from 1%% on\n$",
        r.err)
    end)
  end

  it("is true or false where there shall be none", function()
    assert.matches("no_governor is true or false, not 'maybe'\n", told("no_governor = 'maybe'").err)
  end)

  it("comes from the command line, too", function()
    ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\nks.probe "vfs_read" {}')
    local script = folder .. "/t.lua"
    local r = ks.run("--budget", "none", "--btf", ks.btf(), script)
    assert.same({ 2, "ksnoop: 'none' is no share of a processor\n"
      .. "hint: such as 50% (the default) or 200%, from 1% on\n" }, { r.code, r.err })
    r = ks.run("--budget", "75%", "--no-governor", "--dump", "layout", "--btf", ks.btf(), script)
    assert.equal(0, r.code)
  end)
end)
