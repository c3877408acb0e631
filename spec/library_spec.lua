--- The library of recipes: what stands at their heads, and the page that is made of it.
local ks = require "spec.support.ks"
local library = require "spec.support.library"

describe("the library", function()
  it("has a recipe with a whole head, a test and a place on the page for each file", function()
    local placed = {}
    for _, group in ipairs(library.groups) do
      for i = 2, #group do
        assert.is_nil(placed[group[i]], group[i])
        placed[group[i]] = true
      end
    end
    local names = library.names()
    assert.is_true(#names >= 24)
    for _, name in ipairs(names) do
      local head = library.head(name)
      assert.matches("^%u.*%?$", head.question, name)
      for _, field in ipairs { "model", "new", "needs" } do
        assert.matches("%.$", head[field] or "", name .. " " .. field)
      end
      assert.equal("ksnoop run " .. name, (head.command or ""):match "^ksnoop run [%w_]+", name)
      assert.is_true(#head.sample > 0, name)
      local text = ks.read(library.path(name))
      for since in text:gmatch 'since = "([%d.]+)"' do
        assert.matches("since " .. since, head.needs, 1, true)
      end
      for instead in text:gmatch 'instead = "([^"]*)"' do
        assert.matches("recipes/" .. instead .. ".lua", library.path(instead), 1, true)
        library.head(instead) -- there is one
      end
      assert.is_true(placed[name], name .. " is on no page")
      placed[name] = nil
      ks.read(("spec/kernel/library/%s.lua"):format(name))
    end
    assert.same({}, placed)
  end)

  it("has a page that says what the heads say: make library", function()
    assert.equal(library.page(), ks.read "doc/library.md")
  end)

  it("masks what differs between runs, and nothing else", function()
    assert.equal("N N dd N /tmp/x N", library.mask "15:04:05.123456   1234 dd   4.0K /tmp/x  12.5ms")
    assert.equal("N nvmeNnN REQ_OP_READ -ENOENT", library.mask "  12  nvme0n1  REQ_OP_READ  -ENOENT")
    assert.equal("FRAME", library.mask "         ksys_read+0x6b")
    assert.equal("BUCKET", library.mask "  4K..8K  6  |#######")
    assert.same({ "b 1" }, library.missing("a 1\n...\nb 1\n", "a  22\nc 1\n"))
    assert.same({ "b ..." }, library.missing("a 1 ...\nb ...\nd\n", "a  22 c\nc 1\n", "^d"))
  end)
end)
