-- ksnoop info: prototypes as C has them, from BTF alone.
local ks = require "spec.support.ks"

local function info(...)
  return ks.run("--btf", ks.btf(), "info", ...)
end

describe("ksnoop info", function()
  local prototypes = {
    nothing = "void nothing(void);",
    vfs_read = "ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos);",
    vfs_open = "int vfs_open(const struct path *path, struct file *file);",
    sink_void = "void sink_void(void *ptr, const void *cptr);",
    const_string = "const char *const_string(void);",
    variadic = "int variadic(const char *format, ...);",
    enums = "enum color enums(enum color c, enum level l, enum big b, enum big_sign s, "
      .. "enum small_enum m);",
    by_value = "int by_value(struct pair8 small, int between, struct pair16 large, int last);",
    returns_large = "struct pair16 returns_large(int n);",
    floating = "double floating(double x, float y);",
    pointers = "int pointers(int *number, char **names, struct file **files, void **any, "
      .. "u64 address);",
    qualified = "int qualified(const int a, volatile int *b, const char *const c, "
      .. "const struct file *const *d, int *restrict e);",
    arrays = "int arrays(int (*table)[4], const char *const *words);",
    callbacks = "int callbacks(int (*cmp)(const void *, const void *), compare_fn other, "
      .. "void (*done)(void), int (*(*maker)(int))(char));",
    find_handler = "int (*find_handler(const char *name))(struct file *, int);",
    thirteen = "long int thirteen(int a1, int a2, int a3, int a4, int a5, int a6, int a7, int a8, "
      .. "int a9, int a10, int a11, int a12, long int a13);",
  }

  for name, prototype in pairs(prototypes) do
    it("shows " .. name, function()
      local r = info(name)
      assert.equal(0, r.code, r.err)
      assert.equal(prototype .. "\n", r.out)
    end)
  end

  it("writes prototypes that gcc takes for those of the source", function()
    local r = info "*"
    assert.equal(0, r.code)
    local folder, clean = ks.folder()
    local source = ('#include "%s/spec/fixtures/kernel.c"\n'):format(ks.root)
    ks.write(folder .. "/again.c", source .. r.out)
    local gcc = ks.shell("gcc -fsyntax-only -Werror -Wno-builtin-declaration-mismatch " .. folder
      .. "/again.c")
    assert.equal("", gcc.err)
    assert.equal(0, gcc.code)
    -- gcc would say it, if they were not the same:
    ks.write(folder .. "/again.c",
      source .. r.out:gsub("const struct path %*path", "struct path *path"))
    assert.equal(1, ks.shell("gcc -fsyntax-only " .. folder .. "/again.c").code)
    clean()
    -- Every function of the source was among them.
    local defined, shown = 0, select(2, r.out:gsub("\n", ""))
    for line in ks.read(ks.root .. "/spec/fixtures/kernel.c"):gmatch "[^\n]+" do
      defined = defined + ((line == "{" or line:match "^OF_INODE") and 1 or 0)
    end
    assert.equal(defined, shown)
  end)

  it("finds by glob, sorted by name", function()
    local r = info "vfs_*"
    assert.equal(0, r.code)
    local names = {}
    for name in r.out:gmatch "(vfs_%w+)%(" do
      names[#names + 1] = name
    end
    assert.same({ "vfs_open", "vfs_read", "vfs_write" }, names)
    assert.equal(info "vfs_[or]*".out, r.out:gsub("ssize_t vfs_write[^\n]*\n", ""))
    assert.equal(info "vfs_rea?".out, info "vfs_read".out)
  end)

  it("takes several names, and says which one is not there", function()
    local r = info("vfs_open", "vfs_raed", "nothing")
    assert.equal(3, r.code)
    assert.equal(prototypes.vfs_open .. "\n" .. prototypes.nothing .. "\n", r.out)
    assert.equal("ksnoop: there is no function 'vfs_raed'\nhint: did you mean vfs_read?\n", r.err)
  end)

  it("offers nothing when nothing is near", function()
    local r = info "quite_something_else"
    assert.equal(3, r.code)
    assert.equal("ksnoop: there is no function 'quite_something_else'\n", r.err)
    r = info "zzz*"
    assert.equal(3, r.code)
    assert.equal("ksnoop: no function matches 'zzz*'\n", r.err)
  end)

  it("writes JSON, an object a line", function()
    local r = ks.run("-f", "json", "--btf", ks.btf(), "info", "vfs_open", "nothing", "variadic", "find_handler")
    assert.equal(0, r.code, r.err)
    assert.equal([[
{"name":"vfs_open","module":null,"returns":"int","args":[{"name":"path","type":"const struct path *"},]]
      .. [[{"name":"file","type":"struct file *"}]}
{"name":"nothing","module":null,"returns":"void","args":[]}
{"name":"variadic","module":null,"returns":"int","args":[{"name":"format","type":"const char *"},]]
      .. [[{"name":"...","type":null}]}
{"name":"find_handler","module":null,"returns":"int (*)(struct file *, int)",]]
      .. [["args":[{"name":"name","type":"const char *"}]}
]], r.out)
  end)

  it("needs a name", function()
    local r = info()
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find "ksnoop info needs the name of a function")
  end)

  it("reads the .BTF section of an ELF file", function()
    local folder, clean = ks.folder()
    local object, plain = folder .. "/with.o", folder .. "/without.o"
    local made = ks.shell(([[echo 'int x;' | gcc -x c -c -o %s - &&
      objcopy --add-section .BTF=%s %s %s]]):format(plain, ks.btf(), plain, object))
    assert.equal(0, made.code, made.err)
    local r = ks.run("--btf", object, "info", "*")
    assert.equal(0, r.code, r.err)
    assert.equal(info "*".out, r.out)
    r = ks.run("--btf", plain, "info", "vfs_read")
    assert.equal(3, r.code)
    assert.equal(("ksnoop: %s: this ELF file has no .BTF section\n"):format(plain), r.err)
    ks.write(plain, ks.read(plain):sub(1, 100))
    r = ks.run("--btf", plain, "info", "vfs_read")
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find(plain, 1, true), r.err)
    clean()
  end)

  it("says that the file is not there", function()
    local r = ks.run("--btf", "/nowhere/at all", "info", "vfs_read")
    assert.equal(3, r.code)
    assert.equal("ksnoop: no BTF in /nowhere/at all: No such file or directory (ENOENT)\n", r.err)
  end)

  it("fails with 5 when nobody takes what it writes", function()
    local r = ks.shell(("%s --btf %s info '*' > /dev/full"):format(ks.quote(ks.binary), ks.btf()))
    assert.equal(5, r.code)
    assert.is_truthy(r.err:find("ENOSPC", 1, true), r.err)
    local folder, clean = ks.folder()
    r = ks.shell(("ulimit -f 1; %s --btf %s info '*' > %s/out"):format(ks.quote(ks.binary), ks.btf(), folder))
    clean()
    assert.equal(5, r.code)
    assert.is_truthy(r.err:find("EFBIG", 1, true), r.err)
  end)

  it("lets no name of a file reach a terminal as it is", function()
    local folder, clean = ks.folder()
    local btf, n = ks.read(ks.btf()):gsub("%zcount%z", "\0\27[31m\0")
    assert.is_true(n > 0)
    ks.write(folder .. "/hostile.btf", btf)
    for _, how in ipairs { "text", "json" } do
      local r = ks.run("--btf", folder .. "/hostile.btf", "-f", how, "info", "vfs_read")
      assert.equal(0, r.code, r.err)
      assert.is_nil((r.out .. r.err):find("\27", 1, true))
      assert.is_truthy(r.out:find(how == "text" and "\\x1b[31m" or "\\u001b[31m", 1, true), r.out)
    end
    clean()
  end)
end)
