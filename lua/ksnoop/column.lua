--- A key or value of an aggregation as a script writes it: "[name=]expr[|spec...]", or a function.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"

local column = {}

-- Where a text goes on at its top level: the positions of single |, and the end.
local function bars(text)
  local list, depth, quote, i = {}, 0, nil, 1
  while i <= #text do
    local c = text:sub(i, i)
    if quote then
      quote = c ~= quote and quote or nil
    elseif c == "'" or c == '"' then
      quote = c
    elseif c:match "[%(%[]" then
      depth = depth + 1
    elseif c:match "[%)%]]" then
      depth = depth - 1
    elseif c == "|" and text:sub(i + 1, i + 1) == "|" then
      i = i + 1
    elseif c == "|" and depth <= 0 then
      list[#list + 1] = i
    end
    i = i + 1
  end
  list[#list + 1] = #text + 1
  return list
end

local function trim(s)
  return s:match "^%s*(.-)%s*$"
end

local transparent = { entry = true, str = true, user = true, buf = true, ntohs = true,
  ntohl = true, first = true }

-- What an expression is called that was given no name; nil: nothing. The rules of captures.
local function own_name(expr)
  expr = trim(expr:gsub("^%s*%*+", ""))
  local inner = expr:match "^(%b())$"
  if inner then
    return own_name(inner:sub(2, -2))
  elseif expr:match "^[%a_][%w_]*$" then
    return expr
  end
  local head, arguments = expr:match "^([%a_][%w_]*)%s*(%b())$"
  if head then
    local first = arguments:sub(2, -2):match "^[^,]*"
    return transparent[head] and own_name(first) or not transparent[head] and head or nil
  end
  local sliced = expr:match "^(.-)%s*%b[]$"
  if sliced then
    return own_name(sliced)
  end
  -- Of a chain the last member; what stands in parentheses or brackets is part of what it begins
  -- with.
  return expr:gsub("%b()", ""):gsub("%b[]", ""):gsub("%->", "."):match "^[%w_%.]*%.([%a_][%w_]*)$"
end

--- Takes a text apart: { text, name or nil, expr, width, spec, own = was the name written?,
--- is_stack = is it stack or the like? }.
function column.parse(text)
  local stops = bars(text)
  local c = { text = text }
  local head = text:sub(1, stops[1] - 1)
  local name, expr = head:match "^%s*([%a_][%w_]*)%s*=%f[^=](.*)$"
  c.expr = trim(expr or head)
  c.name = name or own_name(c.expr)
  c.own = name ~= nil
  local inner = c.expr:match "^entry%s*%(%s*(.-)%s*%)$" or c.expr
  c.is_stack = inner:match "^u?stack$" or inner:match "^u?stack%s*%b()$"
  for i = 1, #stops - 1 do
    local spec = trim(text:sub(stops[i] + 1, stops[i + 1] - 1))
    local width = spec:match "^-?%d+$" and tonumber(spec)
    if width and math.abs(width) < 1000 then -- as core/spec.c has it
      c.width = width
    else
      c.spec = spec
    end
  end
  return c
end

--- The column of a key or value.
--- what: "ks.sum"; role: "a key" or "the value"; fallback: its name when it has none
--- @return table text (nil of a function), name, spec, width, f; capture: as a capture has it;
--- field: what events call it, if that is another name
function column.new(at, what, role, v, fallback)
  if type(v) == "function" then
    return { f = v, name = fallback }
  elseif type(v) ~= "string" then
    errors.raise(at, {
      message = ("%s of %s is a string or a function, not a %s"):format(role, what, type(v)),
    })
  end
  local c = column.parse(schema.text(at, role .. " of " .. what, v))
  if c.expr == "" then
    errors.raise(at, { message = ("%s of %s is empty"):format(role, what),
      hint = 'an expression, such as "comm"' })
  end
  c.capture = c.name and v or fallback .. "=" .. v
  c.named = c.name ~= nil
  c.name = c.name or fallback
  return c
end

--- The nearest name, for messages.
function column.nearest(word, columns)
  local names = {}
  for i, c in ipairs(columns) do
    names[i] = c.name
  end
  return core.nearest(word, names) or #names > 0 and "there are " .. table.concat(names, ", ")
    or nil
end

return column
