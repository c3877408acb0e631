--- A script's file on its way to a trace: read, run, and built when it returned a recipe.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local later = require "ksnoop.later"
local recipe = later "ksnoop.recipe"

local script = {}

--- Raises what is wrong with a command line. hint: false for none
function script.usage(message, hint)
  if hint == nil then
    hint = "ksnoop --help shows what there is"
  end
  errors.raise(nil, { message = message, hint = hint })
end

--- The chunk of a file; raises what is wrong with it.
function script.load(path)
  local f, why = io.open(path, "r")
  if not f then
    script.usage(("can't read the script: %s"):format(why), false)
  end
  local first, unreadable = f:read(1)
  f:close()
  if unreadable then
    script.usage(("can't read the script: %s: %s"):format(path, unreadable), false)
  end
  if first == "\27" then
    script.usage(path .. ": this is bytecode; scripts are text", false)
  end
  local chunk, message = loadfile(path, "t")
  if not chunk then
    errors.raise(nil, { message = message, syntax = true })
  end
  return chunk
end

script.INLINE = "-e" -- what errors call a script that stands on the command line

--- The chunk of a script that is a text of the command line, in which ks is the module; raises what
--- is wrong with it.
function script.inline(text)
  errors.remember(script.INLINE, text)
  local chunk, message = load('local ks = require "ksnoop" ' .. text, "@" .. script.INLINE, "t")
  if not chunk then
    errors.raise(nil, { message = message, syntax = true })
  end
  return chunk
end

--- Raises what a script raised, or what Lua says of it.
function script.fail(e)
  if errors.is(e) then
    error(e, 0)
  end
  local hint
  if type(e) == "string" then
    local names, missing = {}, e:match "attempt to call field '([%w_]+)' %(a nil value%)"
    for name in pairs(require "ksnoop") do
      names[#names + 1] = name
    end
    hint = missing and core.nearest(missing, names)
  elseif not (getmetatable(e) or {}).__tostring then
    e = ("the script raised a %s instead of a message"):format(type(e))
  end
  errors.raise(nil, { message = tostring(e), hint = hint, plain = true })
end

--- What stands behind a script: name=value for its parameters; raises what else there is.
function script.check_words(words)
  for _, word in ipairs(words) do
    if word:match "^%-" then
      script.usage(("what is '%s'?"):format(word),
        "ksnoop help options shows the options; a parameter is written as name=value")
    elseif not word:match "^[%a_][%w_]*=" then
      script.usage(("what is '%s'?"):format(word),
        "behind a script stand its parameters, as name=value")
    end
  end
end

--- Builds what a script returned, if that is a recipe.
function script.build(result, words)
  if result ~= nil and recipe.is(result) then
    recipe.run(result, words)
  elseif words[1] then
    script.usage(("what is '%s'?"):format(words[1]),
      "the script takes no parameters: it does not return a recipe")
  end
end

--- What a script prints, in whatever way, goes to stderr from now on: stdout is for machines.
function script.print_aside()
  if core.C.ks_output_apart(core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  io.stdout:setvbuf "line"
  _G.print = function(...)
    local texts = { ... }
    for i = 1, select("#", ...) do
      texts[i] = tostring(texts[i])
    end
    io.stderr:write(table.concat(texts, "\t"), "\n")
  end
end

--- An error as a person reads it.
function script.text_of(e)
  if not errors.is(e) then
    return "ksnoop: " .. tostring(e)
  end
  local text = tostring(e)
  -- What Lua says of a script begins with the place already.
  local placed = e.plain and e.message:match "^[^\n]-:%d+: "
  return (e.syntax or placed) and text:gsub("^ksnoop: ", "") or text
end

return script
