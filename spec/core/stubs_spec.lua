--- ksnoop stubs: what editors are told of the module and of the kernel's types.
local ks = require "spec.support.ks"

local function stubs(...)
  local r = ks.run("--btf", ks.btf(), "stubs", ...)
  assert.equal(0, r.code, r.err)
  return r.out
end

-- class -> field -> type
local function read(text)
  local classes, fields = {}, nil
  for line in text:gmatch "[^\n]+" do
    local class = line:match "^%-%-%-@class (%S+)$"
    local name, type = line:match "^%-%-%-@field (%S+) (%S+)"
    if class then
      assert.is_nil(classes[class], class)
      fields = {}
      classes[class] = fields
    elseif name and fields then
      assert.is_nil(fields[name], name)
      fields[name] = type
    end
  end
  return classes
end

local function is_lua(text)
  assert(loadstring(text))
end

describe("ksnoop stubs", function()
  it("names all that the module has, and nothing else", function()
    local text = stubs()
    is_lua(text)
    local module, named = ks.require "ksnoop", {}
    for name in text:gmatch "\nfunction ks%.([%w_]+)%(" do
      named[name] = "function"
    end
    for name in text:gmatch "\nks%.([%w_]+) = {}" do
      named[name] = "table"
    end
    named.version = "string"
    for name, value in pairs(module) do
      if not name:find "^_" then
        assert.equal(type(value), named[name], name)
        named[name] = nil
      end
    end
    assert.same({}, named)
  end)

  it("has a class for a type, for what lies in it, and for what it points to", function()
    local text = stubs "file"
    is_lua(text)
    local classes = read(text)
    assert.same({
      f_mode = "integer", f_flags = "integer", f_path = "path", f_inode = "ks.pointer",
      f_op = "ks.pointer", f_pos = "ks.int64", f_label = "ks.pointer", f_tag = "string",
      f_next = "ks.pointer", f_ready = "boolean", f_more = "ks.pointer",
    }, classes.file)
    assert.same({ mnt = "ks.pointer", dentry = "ks.pointer" }, classes.path)
    assert.equal("timespec64", classes.inode.i_mtime) -- by a pointer
    assert.equal("integer", classes.inode.i_uid)      -- in a struct without a name
    assert.same({ tv_sec = "ks.int64", tv_nsec = "ks.int64" }, classes.timespec64)
    assert.is_truthy(classes.dentry) -- of a path in the file
    assert.is_nil(classes.super_block) -- two pointers away
  end)

  it("says what values are in Lua", function()
    local odd = read(stubs "odd").odd
    assert.same({ "integer", "ks.int64", "boolean", "string", "integer[]", "odd.named", "any" },
      { odd.color, odd.big, odd.yes, odd.text, odd.numbers, odd.named, odd.huge })
    assert.equal("odd.named.deeper", read(stubs "odd")["odd.named"].deeper)
  end)

  it("quotes names that are words of Lua's, and tells namesakes apart", function()
    local folder, clean = ks.folder()
    ks.write(folder .. "/a.c", [[
      typedef struct { int x; } name;
      struct name { int end, private, function, fine; name inner; } s;]])
    local made = ks.shell(("cd %s && gcc -g -c a.c && pahole --btf_encode_detached a.btf a.o"):format(folder))
    assert.equal(0, made.code, made.err)
    local r = ks.run("--btf", folder .. "/a.btf", "stubs", "name")
    assert.equal(0, r.code, r.err)
    is_lua(r.out)
    local classes = read(r.out)
    assert.same({ ['["end"]'] = "integer", ['["private"]'] = "integer", ['["function"]'] = "integer",
      fine = "integer", inner = "typedef.name" }, classes.name)
    assert.same({ x = "integer" }, classes["typedef.name"])
    clean()
  end)

  it("says what is not there", function()
    for name, message in pairs {
      fil = "ksnoop: there is no type 'fil'\nhint: did you mean file?\n",
      fmode_t = "ksnoop: 'fmode_t' has no members to annotate\n",
    } do
      local r = ks.run("--btf", ks.btf(), "stubs", name)
      assert.equal(3, r.code)
      assert.equal(message, r.err)
      assert.equal("", r.out)
    end
    assert.equal(2, ks.run("--btf", ks.btf(), "stubs", "file.f_path").code)
  end)

  it("ends, however many types there are", function()
    local text = stubs "*"
    is_lua(text)
    local n = 0
    for _ in pairs(read(text)) do
      n = n + 1
    end
    assert.is_true(n > 20)
  end)
end)
