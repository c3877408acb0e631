--- ksnoop run NAME: the recipes that lie in the user's folder and in the installation's.
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local errors = require "ksnoop.error"
local grid = require "ksnoop.grid"
local modules = require "ksnoop.modules"
local recipe = require "ksnoop.recipe"

local C = core.C
local library = {}

-- The names of the scripts in a folder; none where there is no such folder.
local function names_in(folder)
  local names = {}
  local text = core.text(function(buf, n) return C.ks_scripts(folder, buf, n, core.error) end)
  for name in (text or ""):gmatch "[^\n]+" do
    names[#names + 1] = name
  end
  return names
end

-- Every recipe by name, its path or why it is refused; and the names in order. The first folder
-- that has a name with a file that can be trusted counts.
local function all(program)
  local found, names = {}, {}
  for _, folder in ipairs(modules.library(program)) do
    for _, name in ipairs(names_in(folder)) do
      local trusted, why = modules.trusted(folder, "/" .. name .. ".lua")
      if not found[name] then
        names[#names + 1] = name
      end
      if not found[name] or not found[name].path then
        found[name] = { path = trusted and folder .. "/" .. name .. ".lua", why = why }
      end
    end
  end
  table.sort(names)
  return found, names
end

--- The names of all recipes that can be run, in order.
function library.names(program)
  local found, names = all(program)
  local list = {}
  for _, name in ipairs(names) do
    if found[name].path then
      list[#list + 1] = name
    end
  end
  return list
end

--- The path of a recipe; raises what is wrong when there is none of the name.
--- program: the path of ksnoop itself
function library.find(name, program)
  local found, names = all(program)
  local one = found[name]
  if one and one.path then
    return one.path
  elseif one then
    errors.raise(nil, { message = one.why, code = 4 })
  end
  local hint = core.nearest(name, names)
  if not hint then
    hint = #names > 0 and "ksnoop run lists them"
      or "recipes lie in " .. table.concat(modules.library(program), " and in ")
  end
  if name:find "[/.]" then
    hint = "run takes a recipe's name; a script's path stands alone: ksnoop " .. core.safe(name)
  end
  errors.raise(nil, { message = ("there is no recipe '%s'"):format(core.safe(name)), hint = hint })
end

-- The first sentence of a question.
local function sentence(question)
  local text = question:gsub("%s*\n%s*", " ")
  return text:match "^.-[.?!]%f[%s%z]" or text
end

--- All recipes with the question that each answers; format: as -f has it.
function library.list(program, format)
  local as_json, as_csv = format == "json", format == "csv"
  local found, names = all(program)
  local lines, rows = {}, {}
  for _, name in ipairs(names) do
    local one = found[name]
    local about = one.path and recipe.question(one.path) or one.why
    if as_json then
      lines[#lines + 1] = ('{"type":"recipe","name":%s,"question":%s,"path":%s}'):format(
        core.json_string(name), core.json_string(about),
        one.path and core.json_string(one.path) or "null")
    elseif as_csv then
      rows[#rows + 1] = { name, about, one.path }
    else
      rows[#rows + 1] = { core.safe(name), core.safe(sentence(about)) }
    end
  end
  if as_csv then
    table.insert(rows, 1, { "name", "question", "path" })
    return csv.table(rows, 3)
  elseif as_json then
    return table.concat(lines, "\n") .. (#lines > 0 and "\n" or "")
  elseif #rows == 0 then
    return "There are no recipes. They lie in "
      .. table.concat(modules.library(program), " and in ") .. ".\n"
  end
  grid.add(lines, rows, { true, true })
  return "Recipes: ksnoop [options] run NAME [name=value ...], ksnoop run NAME --help\n\n"
    .. table.concat(lines, "\n") .. "\n"
end

return library
