--- ksnoop explain on a small kernel of files: spec/fixtures/explain.c and spec/fixtures/tracefs.
local ffi = require "ffi"
local json = require "dkjson"
local ks = require "spec.support.ks"

local core = ks.require "ksnoop.core"
local C = core.C
local folder = ks.root .. "/spec/fixtures/tracefs"

local files = {
  btf = ks.btf "explain",
  kallsyms = folder .. "/kallsyms",
  tracefs = folder,
  blacklist = folder .. "/blacklist",
}

-- What ks_explain says, as text or as a table, the error's kind, and its message.
local function explain(name, as_json, given)
  local o = ffi.new("struct ks_options", given or files)
  local trace = C.ks_open(o, core.error)
  assert(trace ~= nil, ffi.string(core.error.message))
  local text = core.text(function(buf, n)
    return C.ks_explain(trace, name, as_json or false, buf, n, core.error)
  end)
  C.ks_close(trace)
  if as_json then
    text = assert(json.decode(text, 1, json.null))
  end
  return text, core.error.kind, ffi.string(core.error.message)
end

-- The words of the reasons, and of the ways that work; "?" behind what may.
local function summary(o)
  local reasons, ways = {}, {}
  for i, r in ipairs(o.reasons) do
    reasons[i] = r.reason
  end
  for _, way in ipairs { "fentry", "fexit", "kprobe", "kretprobe", "kprobe.multi" } do
    if o.attach[way].works then
      ways[#ways + 1] = way .. (o.attach[way].works == json.null and "?" or "")
    end
  end
  return table.concat(reasons, " "), table.concat(ways, " ")
end

describe("ksnoop explain", function()
  local all, kprobes = "fentry fexit kprobe kretprobe", "kprobe kretprobe"
  local cases = {
    vfs_read = { true, "", all },
    __x64_sys_openat = { true, "", all },
    both = { true, "", all },
    small = { true, "", all },
    driver_xmit = { true, "no_module_btf", kprobes },
    nowhere = { false, "absent", "" },
    gone = { false, "variants notrace", "" },
    inlined = { false, "inlined", "" },
    shrunk = { true, "variants", kprobes },
    halved = { true, "variants", kprobes },
    _raw_spin_lock = { false, "refused", "" },
    show = { false, "duplicate", "" },
    driver_show = { false, "duplicate", "" },
    setup = { false, "init", "" },
    quiet = { false, "notrace blacklisted", "" },
    untyped = { true, "no_btf", kprobes },
    variadic = { true, "variadic", kprobes },
    thirteen = { true, "too_many_arguments", kprobes },
    seven = { true, "", "fentry? fexit? kprobe kretprobe" },
    large = { true, "struct_argument", kprobes },
    result = { true, "struct_return", kprobes },
    guarded = { true, "blacklisted", "fentry fexit" },
    do_exit = { true, "never_returns", "fentry kprobe" },
  }
  for name, case in pairs(cases) do
    it(("says of %s: %s"):format(name, case[2] ~= "" and case[2] or "nothing in the way"), function()
      local o, kind, message = explain(name, true)
      assert.equal(name, o.name)
      assert.same({ case[1], case[2], case[3] }, { o.traceable, summary(o) })
      assert.equal(case[2]:match "^%S+" or json.null, o.reason)
      assert.equal(case[1] and C.KS_OK or C.KS_EABSENT, kind)
      assert.equal(o.reasons[1] and o.reasons[1].message or "", message)
    end)
  end

  it("shows a traceable function: prototype, places of arguments, ways", function()
    assert.equal([[
vfs_read: can be traced

  ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos);

  argument            fentry   kprobe
  struct file *file   word 0   rdi
  char *buf           word 1   rsi
  size_t count        word 2   rdx
  loff_t *pos         word 3   rcx
  ssize_t retval      word 4   rax

  fentry        yes
  fexit         yes
  kprobe        yes
  kretprobe     yes
  kprobe.multi  no: this kernel does not have it
]], (explain "vfs_read"))
  end)

  it("shows why not, and what instead", function()
    assert.equal([[
show: can't be traced
  duplicate: 2 functions of the kernel are called show: by name alone a probe could get to any

  int show(struct file *file);
]], (explain "show"))
    assert.equal([[
quiet: can't be traced
  notrace: the kernel keeps no place for a probe in quiet: it is marked notrace or noinstr, or is no C
  blacklisted: quiet is on the kernel's blacklist of kprobes
  try instead: a function that calls it

  int quiet(int a);
]], (explain "quiet"))
    assert.equal([[
vfs_raed: can't be traced
  absent: there is no function vfs_raed: it may be a macro, be inlined into its callers, or belong to a module ]]
      .. [[that is not loaded
  try instead: vfs_read
]], (explain "vfs_raed"))
    assert.equal([[
shrunk: can be traced
  variants: there is no shrunk; of it the compiler made shrunk.isra.0 and shrunk.isra.0.cold, which may lack ]]
      .. [[arguments or have them elsewhere
  see also: shrunk.isra.0
]], explain("shrunk"):match "^(.-)\n\n" .. "\n")
  end)

  it("offers the system call, the sibling of an inlined function, the other parts of one", function()
    assert.same({ "sys:openat" }, explain("openat", true).instead)
    assert.same({ "sys:openat" }, explain("sys_openat", true).instead)
    assert.same({ "sys:openat" }, explain("__x64_sys_openat", true).instead)
    assert.same({ "sibling" }, explain("inlined", true).instead)
    assert.same({ "both.part.0" }, explain("both", true).variants)
    assert.matches("  the compiler also made: both.part.0\n", explain "both", 1, true)
  end)

  it("tells where each argument is: registers, stack, words of fentry", function()
    local a = explain("small", true).args
    local function place(arg)
      return { arg.name, arg.type, arg.size, arg.word, arg.words, arg.register, arg.stack, arg.by_pointer }
    end
    assert.same({ "a", "int", 4, 0, 1, "rdi", json.null, false }, place(a[1]))
    assert.same({ "b", "struct pair", 16, 1, 2, "rsi", json.null, false }, place(a[2]))
    assert.same({ "c", "int", 4, 3, 1, "rcx", json.null, false }, place(a[3]))
    a = explain("thirteen", true).args
    assert.same({ "a7", "int", 4, 6, 1, json.null, 8, false }, place(a[7]))
    assert.same({ "a13", "long int", 8, 12, 1, json.null, 56, false }, place(a[13]))
    -- The address of the result comes first.
    assert.equal("rsi", explain("result", true).args[1].register)
    assert.matches("%(rdi: where the result is to be written%)", (explain "result"))
    assert.matches("struct pair b +word 1%-2 rsi, rdx\n", (explain "small"))
  end)

  it("names module, prototype and counts", function()
    local o = explain("driver_xmit", true)
    assert.equal("driver", o.module)
    assert.equal(json.null, o.prototype)
    assert.equal(json.null, o.args)
    assert.same({ false, 1, true, false }, { o.btf, o.symbols, o.ftrace, o.blacklist })
    assert.matches("^driver_xmit %[driver%]: can be traced\n", (explain "driver_xmit"))
    o = explain("do_exit", true)
    assert.same({ json.null, "void do_exit(long int code)", "void" }, { o.module, o.prototype, o.returns })
    assert.equal(3, explain("show", true).symbols)
  end)

  it("says what it could not see, and does not guess", function()
    local given = { btf = files.btf, kallsyms = files.kallsyms, tracefs = "/nowhere", blacklist = "/nowhere/b" }
    local o, kind = explain("vfs_read", true, given)
    assert.equal(json.null, o.traceable)
    assert.equal(C.KS_OK, kind)
    assert.same({ "", "fentry? fexit? kprobe? kretprobe?" }, { summary(o) })
    assert.same({ json.null, json.null }, { o.ftrace, o.blacklist })
    assert.equal(2, #o.unseen)
    local text = explain("vfs_read", false, given)
    assert.matches("^vfs_read: may be traceable\n  not seen: can't read /nowhere/available_filter_functions: ", text)
    assert.matches("fentry        maybe: the list of traceable functions can't be read\n", text, 1, true)
    -- What is not in the symbols is not there, whatever else can't be seen.
    assert.is_false(explain("nowhere", true, given).traceable)
  end)

  it("with --btf looks at nothing else", function()
    local o = explain("vfs_read", true, { btf = files.btf })
    assert.equal(json.null, o.traceable)
    assert.equal(json.null, o.symbols)
    assert.same({ "with --btf only that file is looked at" }, o.unseen)
    assert.equal("rdi", o.args[1].register)
    assert.equal("absent", explain("nowhere", true, { btf = files.btf }).reason)
  end)

  it("survives any name", function()
    for _, name in ipairs { "", ".", "a.b", ("x"):rep(5000), "%s%n", "\27[31m", "\255\1", "show.", "*" } do
      local o = explain(name, true)
      assert.is_false(o.traceable)
      assert.is_nil(explain(name):find("\27", 1, true))
    end
  end)
end)

describe("the command explain", function()
  local function run(...)
    return ks.run("--btf", files.btf, "explain", ...)
  end

  it("prints a block for each name; 3 when one can't be traced", function()
    local r = run("vfs_read", "both")
    assert.equal("", r.err)
    assert.equal(0, r.code)
    assert.matches("^vfs_read: may be traceable\n.*\n\nboth: may be traceable\n", r.out)
    r = run("vfs_read", "nowhere")
    assert.equal(3, r.code)
    assert.matches("\n\nnowhere: can't be traced\n", r.out)
    r = run "return:vfs_read"
    assert.equal(0, r.code)
    assert.matches("^vfs_read: ", r.out)
  end)

  it("prints a line of JSON for each name", function()
    local r = ks.run("-f", "json", "--btf", files.btf, "explain", "vfs_read", "nowhere")
    assert.equal(3, r.code)
    local names = {}
    for line in r.out:gmatch "[^\n]+" do
      names[#names + 1] = assert(json.decode(line)).name
    end
    assert.same({ "vfs_read", "nowhere" }, names)
  end)

  it("needs a name", function()
    local r = run()
    assert.equal(2, r.code)
    assert.equal("ksnoop: ksnoop explain needs the name of a function\nhint: such as ksnoop explain vfs_read\n", r.err)
  end)

  it("fails with 5 when nobody takes what it writes", function()
    local r = ks.shell(("%s --btf %s explain vfs_read > /dev/full"):format(ks.quote(ks.binary), files.btf))
    assert.equal(5, r.code)
  end)

  it("has all its keys in the manual, and every reason", function()
    local page = ks.read("doc/ksnoop.1.scd"):gsub("\\(.)", "%1")
    local function keys(o)
      for key, value in pairs(o) do
        if type(key) == "string" then
          assert.matches("|  " .. key .. "\n", page, 1, true)
        end
        if type(value) == "table" and key ~= "attach" then
          keys(value)
        end
      end
    end
    keys(explain("show", true))
    keys(explain("vfs_read", true))
    local n = 0
    for reason in ks.read("core/explain_text.c"):gmatch '%[R_[%u_]+%] = {"([%l_]+)"' do
      assert.matches("*" .. reason .. "*", page, 1, true)
      n = n + 1
    end
    assert.equal(15, n)
  end)
end)
