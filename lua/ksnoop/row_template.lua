--- Templates for rows: "{comm|-16} {value.p99|8}". As those of events, but of keys' names and
--- value.
local column = require "ksnoop.column"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local grid = require "ksnoop.grid"
local human = require "ksnoop.human"

local row_template = {}

local members = { stats = { "count", "sum", "min", "max", "avg" },
  hist = { "count", "sum", "min", "max", "avg" } }

local function raise(at, text, pos, len, message, hint)
  errors.raise(at, { message = message, hint = hint, text = text, pos = pos - 1, len = len })
end

-- What is behind value: a function that takes the value and gives its figure.
local function figure_of(agg, at, text, pos, member)
  local known = members[agg.kind]
  if not known then
    if member then
      raise(at, text, pos + 6, #member, ("the value of ks.%s is a number: it has no .%s"):format(
        agg.kind, member))
    end
    return function(v) return v end
  end
  local percent = agg.kind == "hist" and member and member:match "^p(%d+%.?%d*)$"
  if percent and tonumber(percent) <= 100 then
    percent = tonumber(percent)
    return function(v) return v:p(percent) end
  end
  for _, name in ipairs(known) do
    if member == name then
      return function(v) return v[name] end
    end
  end
  local all = table.concat(known, ", ") .. (agg.kind == "hist" and ", p99" or "")
  if not member then
    raise(at, text, pos, 5, ("the value of ks.%s is several numbers"):format(agg.kind),
      "such as value.avg; there are " .. all)
  end
  raise(at, text, pos + 6, #member, ("the value of ks.%s has no .%s"):format(agg.kind, member),
    core.nearest(member, known) or "there are " .. all)
end

-- What stands between braces.
local function field(agg, at, text, pos, inside)
  local c = column.parse(inside)
  local name, member = c.expr:match "^([%a_][%w_]*)%.?([%w_.]*)$"
  if c.spec and not human.specs[c.spec] then
    raise(at, text, pos, #inside, ("'%s' is no way to show a value of a row"):format(c.spec),
      "behind | come size, dur, x or a width below 1000")
  end
  local width = c.width or 0
  local function padded(s)
    return grid.pad(s, width)
  end
  if name == "value" then
    local figure = figure_of(agg, at, text, pos, member ~= "" and member or nil)
    local unit = c.spec or member ~= "count" and agg.kind ~= "count" and agg.unit
    local shown = human.specs[unit] or human.digits
    local what = member ~= "" and member or agg.kind
    return function(set, row)
      local v = figure(row.value)
      return padded(v == nil and "-" or human.mark(what, set.sampled) .. shown(v))
    end
  end
  for i, k in ipairs(agg.keys) do
    if k.name == name and member == "" then
      return function(_, row)
        local v = c.spec and row.values and row.values[i]
        return padded(type(v) ~= "string" and type(v) ~= "boolean" and v and human.specs[c.spec](v)
          or row.texts[i] or row.texts[1])
      end
    end
  end
  raise(at, text, pos, #inside, ("rows have no '%s'"):format(core.safe(c.expr)),
    column.nearest(name or "", agg.keys) or "there is value")
end

--- Reads a template; raises on what is wrong in it.
--- @return function that takes the set of rows and one of them, and gives its line
function row_template.read(agg, text, at)
  local parts, pos = {}, 1
  local function literal(s)
    parts[#parts + 1] = function() return s end
  end
  while pos <= #text do
    local brace = text:find("[{}]", pos) or #text + 1
    if brace > pos then
      literal(text:sub(pos, brace - 1))
    end
    local c = text:sub(brace, brace)
    if c ~= "" and text:sub(brace + 1, brace + 1) == c then
      literal(c)
      pos = brace + 2
    elseif c == "}" then
      raise(at, text, brace, 1, "a } without its {", "a brace itself is written }}")
    elseif c == "{" then
      local close = text:find("}", brace, true)
      if not close then
        raise(at, text, brace, #text - brace + 1, "a { without its }",
          "a brace itself is written {{")
      end
      parts[#parts + 1] = field(agg, at, text, brace + 1, text:sub(brace + 1, close - 1))
      pos = close + 1
    else
      pos = brace
    end
  end
  return function(set, row)
    local words = {}
    for i, part in ipairs(parts) do
      words[i] = part(set, row)
    end
    return (table.concat(words):gsub("%s+$", ""))
  end
end

return row_template
