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

-- The folders in order: the script's own, the user's, the installation's. None of them is relative
-- to the current directory unless the script's name is.
local function folders(script, program)
  local own = script:match "^(.*)/[^/]*$" or "."
  local list = { own == "" and "/" or own }
  local data, home = os.getenv "XDG_DATA_HOME", os.getenv "HOME"
  if not (data and data:match "^/") then
    data = home and home:match "^/" and home .. "/.local/share"
  end
  if data then
    list[#list + 1] = data .. "/ksnoop"
  end
  local prefix = program:match "^(/.*)/bin/[^/]*$"
  if prefix then
    list[#list + 1] = prefix .. "/share/ksnoop/recipes"
  end
  return list
end

-- The chunk of a module in a folder; else why not, as `require` lists it.
local function find(folder, name, script)
  local path = folder .. "/" .. name:gsub("%.", "/") .. ".lua"
  local f = io.open(path, "r")
  if not f then
    return nil, "\n\tno file '" .. path .. "'"
  end
  f:close()
  local tail = path:sub(#folder + 1)
  for at in tail:gmatch "()/" do -- each folder on the way, then the file
    if C.ks_trusted(folder .. tail:sub(1, at - 1), script, core.error) < 0 then
      return nil, "\n\t" .. ffi.string(core.error.message)
    end
  end
  if C.ks_trusted(path, script, core.error) < 0 then
    return nil, "\n\t" .. ffi.string(core.error.message)
  end
  local chunk, why = loadfile(path)
  if not chunk then
    error(why, 0) -- it begins with the place
  end
  return chunk
end

--- From now on modules come from the script's own folder, from $XDG_DATA_HOME/ksnoop and from the
--- installation, where nobody else can write; never from the current directory, nor from where
--- another variable of the environment says.
--- program: the path of ksnoop itself
function modules.set_paths(script, program)
  package.path, package.cpath = "", ""
  local list = folders(script, program)
  table.insert(package.loaders, 2, function(name)
    local missing = {}
    for i, folder in ipairs(list) do
      local chunk
      chunk, missing[i] = find(folder, name, script)
      if chunk then
        return chunk
      end
    end
    return table.concat(missing)
  end)
end

return modules
