--- The scripts of ksnoop-examples(7) as their specs see them: the page is where they are, and where what they print is.
local library = require "spec.support.library"

local manual = {}

local PAGE = "doc/ksnoop-examples.7.scd"
local WIDTH = 180 -- of a sample

local function slurp(path)
  local file = assert(io.open(path)) -- closed at once: workloads would inherit it
  local text = file:read "*a"
  file:close()
  return text
end

--- The page's sections with a script, in order: { name =, files = { [name] = text, ... }, command =, sample = }. A
--- script is the section's NAME.lua, or what stands before it, "_name.lua_:". The block that begins with $ is its
--- command and, of what that prints, the sample.
function manual.sections()
  local list = {}
  local text = slurp(PAGE):gsub("\n# [^\n]*", "\1"):gsub("\n## ([^\n]*)", "\1\2%1")
  for name, body in text:gmatch "\2([%w_]+)\n([^\1]*)" do
    local section = { name = name, files = {} }
    for before, block in body:gmatch "(.-)```\n(.-)```\n" do
      local command, sample = block:match "^%$ ([^\n]*)\n(.*)$"
      local file = before:gsub("\\", ""):match "_([%w_]+%.lua)_:%s*$"
      if command then
        section.command, section.sample = command, sample
      else
        section.files[file or name .. ".lua"] = block
      end
    end
    list[#list + 1] = section
  end
  return list
end

--- Writes into the page what spec/kernel/scripts_spec.lua left in a folder as NAME.txt.
function manual.refresh(folder)
  local text = slurp(PAGE)
  for _, section in ipairs(manual.sections()) do
    local printed = io.open(("%s/%s.txt"):format(folder, section.name))
    if printed then
      local old = ("```\n$ %s\n%s```"):format(section.command, section.sample)
      local from, to = text:find(old, 1, true)
      text = ("%s```\n$ %s\n%s\n```%s"):format(text:sub(1, from - 1), section.command,
        table.concat(library.cut(printed:read "*a", WIDTH), "\n"), text:sub(to + 1))
      printed:close()
    end
  end
  local file = assert(io.open(PAGE, "w"))
  file:write(text)
  file:close()
end

return manual
