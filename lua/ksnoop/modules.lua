--- Where `require` finds what a script asks for, and that nothing but text is loaded.
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local modules = {}

--- Bytecode is not verified: it could do anything to this process. Text only.
function modules.refuse_bytecode()
  local load, loadfile = load, loadfile
  _G.load = function(chunk, name, _, env) return load(chunk, name, "t", env or _G) end
  _G.loadstring = _G.load
  _G.loadfile = function(name, _, env) return loadfile(name, "t", env or _G) end
  _G.dofile = function(name) return assert(_G.loadfile(name))() end
  table.remove(package.loaders) -- the all-in-one C loader
end

--- The folders with recipes for everybody: the user's, the installation's; of a program that was
--- built and not installed, its source's. None is relative to the current directory.
--- program: the path of ksnoop itself
function modules.library(program)
  local list = {}
  local data, home = os.getenv "XDG_DATA_HOME", os.getenv "HOME"
  if not (data and data:match "^/") then
    data = home and home:match "^/" and home .. "/.local/share"
  end
  if data then
    list[#list + 1] = data .. "/ksnoop"
  end
  local prefix, source = program:match "^(/.*)/bin/[^/]*$", program:match "^(/.*)/build/ksnoop$"
  if prefix or source then
    list[#list + 1] = prefix and prefix .. "/share/ksnoop/recipes"
      or source .. "/lua/ksnoop/recipes"
  end
  return list
end

-- All folders, in order: the script's own comes first.
local function folders(script, program)
  local list = modules.library(program)
  if script then
    local own = script:match "^(.*)/[^/]*$" or "."
    table.insert(list, 1, own == "" and "/" or own)
  end
  return list
end

--- Can nobody else have written it: a file below a folder, and the folders on the way?
--- @param tail string the way from the folder to the file, with its slash: "/a/b.lua"
--- @param script string|nil a script whose owner may have
--- @return true, or nil and why not
function modules.trusted(folder, tail, script)
  for at in (tail .. "/"):gmatch "()/" do -- each folder on the way, then the file
    if C.ks_trusted(folder .. tail:sub(1, at - 1), script, core.error) < 0 then
      return nil, ffi.string(core.error.message)
    end
  end
  return true
end

--- Which modules are loaded: for unload.
function modules.loaded()
  local set = {}
  for name in pairs(package.loaded) do
    set[name] = true
  end
  return set
end

--- Forgets all modules but these and our own: what one script requires is not another's.
function modules.unload(but)
  for name in pairs(package.loaded) do
    if not but[name] and not name:match "^ksnoop%f[.%z]" then
      package.loaded[name] = nil
    end
  end
end

-- The chunk of a module in a folder; else why not, as `require` lists it.
local function find(folder, name, script)
  local path = folder .. "/" .. name:gsub("%.", "/") .. ".lua"
  local f = io.open(path, "r")
  if not f then
    return nil, "\n\tno file '" .. path .. "'"
  end
  f:close()
  local trusted, why = modules.trusted(folder, path:sub(#folder + 1), script)
  if not trusted then
    return nil, "\n\t" .. why
  end
  local chunk
  chunk, why = loadfile(path)
  if not chunk then
    error(why, 0) -- it begins with the place
  end
  return chunk
end

local current -- the script whose modules are looked for, and where

local function load_current(name)
  local missing = {}
  for i, folder in ipairs(current.folders) do
    local chunk
    chunk, missing[i] = find(folder, name, current.script)
    if chunk then
      return chunk
    end
  end
  return table.concat(missing)
end

--- From now on modules come from the script's own folder, from $XDG_DATA_HOME/ksnoop and from the
--- installation, where nobody else can write; never from the current directory, nor from where
--- another variable of the environment says.
--- script: its path; nil: it is no file, and has no folder
--- program: the path of ksnoop itself
function modules.set_paths(script, program)
  package.path, package.cpath = "", ""
  if not current then
    table.insert(package.loaders, 2, load_current)
  end
  current = { script = script, folders = folders(script, program) }
end

return modules
