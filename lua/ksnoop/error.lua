--- Errors for a script's author: file, line, the text and a caret, a hint, an exit code.
local ffi = require "ffi"
local core = require "ksnoop.core"
local limits = require "ksnoop.limits"

local errors = {}

-- Exit codes, by enum ks_kind (doc/ksnoop.1.scd, EXIT STATUS).
local code_of = {
  [core.C.KS_ESYNTAX] = 2,
  [core.C.KS_ENAME] = 2,
  [core.C.KS_ETYPE] = 2,
  [core.C.KS_ELIMIT] = 2,
  [core.C.KS_EABSENT] = 3,
  [core.C.KS_EKERNEL] = 3,
  [core.C.KS_EPERM] = 4,
  [core.C.KS_EOS] = 3,
  [core.C.KS_EOUTPUT] = 5,
  [core.C.KS_ENOMEM] = 71,
}

local mt = {}

local texts = {} -- of scripts that are no files, by the name of their chunk

--- From now on a script of this name is this text, and no file.
function errors.remember(name, text)
  texts[name] = text
end

-- The number and text of the first line of a file for which wanted(number, line) is not false, and
-- what that gave; nil when there is none.
local function first_line(file, wanted)
  local text = texts[file]
  local f = not text and io.open(file, "r")
  if not text and not f then
    return nil
  end
  local n = 0
  for line in (f and f:lines() or (text .. "\n"):gmatch "(.-)\n") do
    n = n + 1
    local at = wanted(n, line)
    if at then
      if f then
        f:close()
      end
      return n, line, at
    end
  end
  if f then
    f:close()
  end
end

local function line_of(file, number)
  return (select(2, first_line(file, function(n) return n == number end)))
end

-- Where the text stands between quotes in a line.
local function quoted(line, text)
  for _, quotes in ipairs { { '"', '"' }, { "'", "'" }, { "[[", "]]" } } do
    local at = line:find(quotes[1] .. text .. quotes[2], 1, true)
    if at then
      return at + #quotes[1]
    end
  end
end

-- The first line from `from` on that holds the text; nil when it was put together by the script.
local function find_text(file, from, text)
  return first_line(file, function(n, line) return n >= from and quoted(line, text) end)
end

local function columns(s)
  return tonumber(core.C.ks_columns(s, #s))
end

local function caret(indent, text, pos, len)
  local before = text:sub(1, pos):gsub("[^\t]+", function(s) return (" "):rep(columns(s)) end)
  return indent .. before .. ("^"):rep(math.max(1, columns(text:sub(pos + 1, pos + len))))
end

-- Nothing of it moves a terminal's cursor; a message's own lines stay lines.
local function safe(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do
    local words = {}
    for word in (line .. "\t"):gmatch "(.-)\t" do
      words[#words + 1] = core.safe(word)
    end
    lines[#lines + 1] = table.concat(words, "\t")
  end
  return table.concat(lines, "\n")
end

-- The line of a text in which a position lies, and the position in that line.
local function line_in(text, pos)
  local from = 1
  for at in text:gmatch "()\n" do
    if at > pos then
      break
    end
    from = at + 1
  end
  return text:match("^[^\r\n]*", from), pos - (from - 1)
end

function mt.__tostring(e)
  local lines, number, shown = {}, e.at and e.at.line, nil
  if e.text and e.len > 0 then
    local text, pos = line_in(e.text, e.pos)
    local n, line, column
    if e.at then
      n, line, column = find_text(e.at.file, e.at.line, text)
    end
    if n then
      local code = line:match "^%s*([^\r]*)"
      local cut = #line:match "^%s*"
      number = n
      shown = { "    " .. code, caret("    ", code, column - 1 - cut + pos, e.len) }
    else
      shown = { "    " .. text, caret("    ", text, pos, e.len) }
    end
  elseif e.at and not e.plain then
    local line = line_of(e.at.file, e.at.line)
    shown = line and { "    " .. line:match "^%s*([^\r]*)" }
  end
  lines[1] = (e.at and e.at.file .. ":" .. number .. ": " or "ksnoop: ") .. e.message
  for _, line in ipairs(shown or {}) do
    lines[#lines + 1] = line
  end
  if e.hint then
    lines[#lines + 1] = "hint: " .. e.hint
  end
  return safe(table.concat(lines, "\n"))
end

--- The line of a script, from one on, in which a text stands between quotes; nil: it was put
--- together there.
function errors.line_of(file, from, text)
  return (find_text(file, from, text))
end

--- Gives an error about a name that it has no place for, 'such', one in the script: in a text
--- between quotes, in its line or below.
function errors.point(e)
  local name = e.at and e.len == 0 and not e.plain and e.message:match "'([%w_]+)'"
  local text, pos
  first_line(e.at and e.at.file or "", function(n, line)
    for _, quote in ipairs(name and n >= e.at.line and { '"', "'" } or {}) do
      for inside in line:gmatch(quote .. "([^" .. quote .. "]*)" .. quote) do
        local from, to = inside:find("%f[%w_]" .. name .. "%f[^%w_]")
        if from and to then
          text, pos = inside, from - 1
          return true
        end
      end
    end
    return false
  end)
  if text then
    e.text, e.pos, e.len = text, pos, #name
  end
end

--- Is this a value that raise made?
function errors.is(e)
  return getmetatable(e) == mt
end

--- Where a script called us: { file =, line = }. level as in error(): 1 is the caller of this.
function errors.caller(level)
  local info = debug.getinfo(level + 1, "Sl")
  if info and info.source:sub(1, 1) == "@" then
    return { file = info.source:sub(2), line = info.currentline }
  end
end

-- Our own chunks, which say nothing to whoever wrote the script.
local ours = debug.getinfo(1, "S").source:match "^(.*)error%.lua$"

--- Is a chunk (debug.getinfo's source) one of ours? Recipes lie in a folder of their own.
function errors.ours(source)
  return source:sub(1, #ours) == ours and not source:find("/", #ours + 1, true)
end

--- Is a message of Lua's ("t.lua:7: ...") about a place that is none of ours?
function errors.of_script(e)
  local file = type(e) == "string" and e:match "^([^\n]-):%d+: "
  return file and not errors.ours("@" .. file)
end

--- Where the script is that called us, through however many functions of ours; as caller().
function errors.script()
  for level = 2, 30 do
    local info = debug.getinfo(level, "Sl")
    if not info then
      return nil
    end
    local file = info.source:match "^@(.*)"
    if file and info.currentline > 0 and not errors.ours(info.source) then
      return { file = file, line = info.currentline }
    end
  end
end

--- Where the script's functions are, as lines to put below a message; level as in caller().
--- place: "t.lua:7", where they were when the error was made; nil: here
function errors.stack(level, place)
  local lines = {}
  for i = level + 1, 30 do
    local info = debug.getinfo(i, "Sln")
    if not info then
      break
    end
    if info.currentline > 0 and not errors.ours(info.source) then
      lines[#lines + 1] = ("    at %s:%d%s"):format(core.safe(info.short_src), info.currentline,
        info.name and " in " .. core.safe(info.name) or "")
    end
  end
  if place and place ~= "" and not (lines[1] or ""):find("at " .. place, 1, true) then
    table.insert(lines, 1, "    at " .. core.safe(place))
  end
  return lines
end

--- Makes what raise raises.
function errors.new(at, fields)
  fields.at = at
  fields.code = fields.code or 2
  fields.len = fields.len or 0
  return setmetatable(fields, mt)
end

--- Raises. fields: message, hint, text and pos and len (of a caret), code (exit status, 2).
function errors.raise(at, fields)
  limits.failed()
  error(errors.new(at, fields), 0)
end

--- Raises what the core said. text: the expression that its position counts in.
function errors.raise_core(at, e, text)
  local hint = ffi.string(e.hint)
  errors.raise(at, {
    message = ffi.string(e.message),
    hint = hint ~= "" and hint or nil,
    text = text,
    pos = e.pos,
    len = e.len,
    code = code_of[e.kind] or 1,
    os = e.os,
    kind = e.kind,
  })
end

return errors
