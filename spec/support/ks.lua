--- What specs share: the program under test, its fixtures, scripts in a folder of their own.
local ffi = require "ffi"

local ks = {}

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "*a"
  f:close()
  return text
end

local function first_line(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read "*l"
  pipe:close()
  return line
end

--- A word for a shell.
function ks.quote(word)
  return "'" .. word:gsub("'", [['\'']]) .. "'"
end

ks.root = first_line "pwd"
ks.read = read

local binary = os.getenv "KSNOOP" or "build/ksnoop"
ks.binary = binary:sub(1, 1) == "/" and binary or ks.root .. "/" .. binary

function ks.write(path, text)
  local f = assert(io.open(path, "wb"))
  assert(f:write(text))
  f:close()
  return path
end

--- Runs a shell command. input: what it reads.
--- @return table with code (128 + n after signal n), out, err
function ks.shell(command, input)
  local err, feed = os.tmpname(), "/dev/null"
  if input then
    feed = ks.write(os.tmpname(), input)
  end
  local pipe = assert(io.popen(("{ %s\n} 2>%s <%s; printf '\\n%%d' $?"):format(command, err, feed)))
  local all = pipe:read "*a"
  pipe:close()
  local out, code = all:match "^(.*)\n(%d+)$"
  local result = { code = tonumber(code), out = out, err = read(err) }
  os.remove(err)
  if input then
    os.remove(feed)
  end
  return result
end

--- Runs ksnoop with words; each is one argument.
function ks.run(...)
  local words = { ks.quote(ks.binary) }
  for _, word in ipairs { ... } do
    words[#words + 1] = ks.quote(word)
  end
  return ks.shell(table.concat(words, " "))
end

--- What a shell command made of a format prints; it may not fail.
function ks.sh(command, ...)
  local r = ks.shell(command:format(...))
  assert(r.code == 0, r.out:sub(-1000) .. r.err:sub(-2000))
  return r.out
end

--- A text's lines that are not empty.
function ks.lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

local made = {}

--- A file below build/, made anew when what it is made of has changed.
function ks.build(name)
  local path = "build/" .. name
  if not made[path] then
    local r = ks.shell(("make -s -C %s %s"):format(ks.quote(ks.root), path))
    assert(r.code == 0, r.err)
    made[path] = true
  end
  return ks.root .. "/" .. path
end

--- The fixture's BTF: what spec/fixtures/NAME.c declares.
function ks.btf(name)
  return ks.build("fixtures/" .. (name or "kernel") .. ".btf")
end

--- An empty folder; clean() takes it away. mode: as chmod has it.
function ks.folder(mode)
  local path = first_line "mktemp -d"
  ks.shell(("chmod %s %s"):format(mode or "755", path))
  return path, function() ks.shell("rm -rf " .. ks.quote(path)) end
end

--- Dumps a stage of a script of these lines behind the usual first one, so that they begin at line 2: it is
--- t.lua in the folder, of which errors do not speak. More words are options.
function ks.dump(folder, stage, lines, ...)
  local path = ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\n' .. lines .. "\n")
  local words = { ... }
  words[#words + 1] = path
  local r = ks.run("--btf", ks.btf(), "--dump", stage, unpack(words))
  r.err = r.err:gsub(folder:gsub("%p", "%%%0") .. "/", "")
  return r
end

-- ffi.cdef can't declare twice, and busted loads modules anew for every file.
local function declared()
  return (pcall(ffi.typeof, "struct ks_error"))
end

-- busted's ffi.typeof and ffi.metatype remember what they made of a text, so that modules can be
-- loaded anew; but types that are spelled alike are several types.
local function forget()
  for _, name in ipairs { "typeof", "metatype" } do
    for i = 1, 10 do
      local upvalue, original = debug.getupvalue(ffi[name], i)
      if upvalue == "original" then
        ffi[name] = original
        break
      end
    end
  end
end

--- A module of lua/ksnoop over build/native.so, loaded into this process.
function ks.require(name)
  forget()
  ks.build "native.so"
  ks.shell(("cd %s/build && mkdir -p spec/ksnoop && ln -sf ../../native.so spec/ksnoop/native.so")
    :format(ks.quote(ks.root)))
  package.path = ks.root .. "/lua/?.lua;" .. ks.root .. "/lua/?/init.lua;" .. package.path
  package.cpath = ks.root .. "/build/spec/?.so;" .. package.cpath
  if declared() then
    package.preload["ksnoop.cdef"] = function() return "" end
  end
  return require(name)
end

return ks
