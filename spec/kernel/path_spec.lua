--- path() says what the kernel itself says of a file, or that it does not know all of it.
local guest = require "spec.kernel.guest"

-- { { kind =, link = }, ... } from 0 on, as the workload said.
local function told(stderr)
  local files = {}
  for n, kind, link in stderr:gmatch "(%d+) (%S+) ([^\n]*)\n" do
    files[tonumber(n)] = { kind = kind, link = link }
  end
  return files
end

-- What was printed for each, "N PATH".
local function shown(out)
  local paths = {}
  for n, path in out:gmatch "4711(%d%d%d) ([^\n]*)\n" do
    paths[tonumber(n)] = path
  end
  return paths
end

local function names(path)
  return select(2, path:gsub("/", ""))
end

-- Is this the end of the path, from a slash on, with its front said to be missing?
local function cut(link, path)
  local rest = path:match "^%.%.%.(/.*)$"
  return rest and #rest < #link and link:sub(-#rest) == rest
end

local checks = {}

function checks.deep(link, path)
  assert.is_true(cut(link, path), path)
  assert.are.equal(63, names(path))
end

function checks.long(link, path)
  assert.is_true(cut(link, path), path)
  assert.is_true(#path > 735, path)
end

-- The kernel knows more of these.
function checks.namespace(link, path)
  assert.are.equal(link:match "%d+", path:match "^nsfs:%[(%d+)%]$")
end

local directory = 0

local function run(script, options)
  directory = directory + 1
  local code, out, err = guest.ksnoop(("%s -c 'build/guest/paths /tmp/paths%d >&2'"):format(options or "", directory),
    script)
  assert.are.equal(0, code, err)
  local files = told(err)
  assert.is_true(#files > 25, err)
  return files, out
end

local function compare(files, paths)
  for n = 0, #files do
    local kind, link = files[n].kind, files[n].link
    assert.is_string(paths[n], ("nothing of %s %s"):format(kind, link))
    if checks[kind] then
      checks[kind](link, paths[n])
    else
      assert.are.equal(link, paths[n])
    end
  end
end

describe("path()", function()
  it("of a file is what /proc says, or has a mark", function()
    local files, out = run [[
      ks.probe "security_file_fcntl" { where = "arg >= 4711000 && arg < 4712000", ks.print "{arg} {path(file)}" }
    ]]
    compare(files, shown(out))
  end)

  it("is the same of a struct path, at a pointer or in a struct", function()
    local files, out = run [[
      ks.probe "security_file_fcntl" {
        where = "arg >= 4711000 && arg < 4712000",
        ks.print "{arg} {a=path(&file->f_path)}", ks.print "1{arg} {b=path(file->f_path)}" }
    ]]
    local b = shown(out:gsub("\n14711", "\n4712"):gsub("\n4711[^\n]*", ""):gsub("\n4712", "\n4711"))
    compare(files, shown(out:gsub("\n14711[^\n]*", "")))
    compare(files, b)
  end)

  it("of a directory entry ends where its file system does", function()
    local _, out = run [[
      ks.probe "security_file_fcntl" {
        where = "arg >= 4711000 && arg < 4712000", ks.print "{path(file->f_path.dentry)}" }
    ]]
    for _, path in ipairs { "/inner/inner/file", "/passwd", "/", "/self/status", "pipe:[%d+]", "socket:[%d+]",
      "anon_inode:[eventfd]", "/memfd:a name (deleted)" } do
      local pattern = path:gsub("[%[%]().]", "%%%0"):gsub("%%%[%%%d", "%%[%%d"):gsub("^/passwd", "/etc/passwd")
        :gsub("^/self", "/%%d+")
      assert.is_truthy(("\n" .. out):find("\n" .. pattern .. "\n"), pattern .. "\n" .. out)
    end
  end)

  it("is the same at a kprobe, with all reads by helpers, and as JSON", function()
    local files, out = run([[
      ks.probe "kprobe:security_file_fcntl" {
        where = "arg >= 4711000 && arg < 4712000", capture = { "arg", "path(file)" } }
    ]], "-f json --helper-reads")
    local paths = {}
    for n, path in out:gmatch '"arg":4711(%d%d%d),"path":"(.-)"}}' do
      paths[tonumber(n)] = path:gsub("\\\\", "\\")
    end
    compare(files, paths)
  end)

  it("is a string in Lua, and several are in one event", function()
    local _, out = run [[
      ks.probe "security_file_fcntl" {
        where = "arg >= 4711000 && arg < 4712000",
        capture = { "one=path(file)", "two=path(file->f_path.dentry->d_parent)", "three=path(file)" },
        function(e) if e.one == e.three and #e.one >= #e.two then print("same", e.one) end end }
    ]]
    assert.is_truthy(out:find("same\t/etc/passwd\n", 1, true), out)
    assert.is_true(select(2, out:gsub("same\t", "")) > 15, out)
  end)

  it("of what leads nowhere can't be read", function()
    local out = guest.json("-c 'build/guest/paths /tmp/nowhere >&2'", [[
      ks.probe "security_file_fcntl" {
        where = "arg == 4711000", capture = { "none=path((struct file *)8)", "bad=path((struct dentry *)file)" } }
    ]])
    assert.are.same({ error = "EFAULT" }, out.event[1].args.none)
    assert.is_not_nil(out.event[1].args.bad)
  end)
end)
