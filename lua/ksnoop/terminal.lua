--- What is shown where: how wide stdout is, which characters say how much, and in which colours.
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local terminal = {
  coloured = false, -- is what is printed now? See terminal.decide
  behind = nil, -- { columns, rows } of the terminal on which what is printed now will be shown
}

-- What has a colour of its own: numbers of ECMA-48. Nothing is said by colour alone.
local palette = {
  title = "1",
  head = "2", -- of a column
  bar = "36", -- bars, and lines over time
  aside = "2", -- what was left out
  failure = "31", -- -ENOENT
}
local heat = { "34", "34", "34", "36", "36", "36", "33", "33", "31" } -- by shade

local size = ffi.new "unsigned[2]"

--- Is stdout a terminal? Then also its columns and rows.
function terminal.size()
  if C.ks_terminal(1, size, size + 1) then
    return true, size[0], size[1]
  end
  return false
end

--- Decides whether there are colours on stdout. options: color ("auto", "always", "never"; nil is
--- auto), format.
function terminal.decide(options)
  local when = options.color or "auto"
  if (options.format or "text") ~= "text" then
    when = "never"
  elseif when == "auto" then
    local term, no = os.getenv "TERM" or "", os.getenv "NO_COLOR" or ""
    when = no == "" and term ~= "" and term ~= "dumb" and terminal.size() and "always" or "never"
  end
  terminal.coloured = when == "always"
end

--- Calls f where no colours may be, and returns what it returns.
function terminal.plainly(f, ...)
  local before = terminal.coloured
  terminal.coloured = false
  local ok, result = pcall(f, ...)
  terminal.coloured = before
  if not ok then
    error(result, 0)
  end
  return result
end

--- A text in the colour of its role, a word of the palette above; the bare text without colours.
function terminal.paint(role, text)
  if not terminal.coloured or text == "" then
    return text
  end
  return "\27[" .. palette[role] .. "m" .. text .. "\27[0m"
end

--- Events as printed, with the colours of what is in them.
function terminal.paint_event(text)
  return (text:gsub("%f[%w-]%-E[%u%d][%u%d]+%f[^%w]", function(name)
    return terminal.paint("failure", name)
  end))
end

--- A line of a map, of shades and spaces.
function terminal.paint_map(marks)
  if not terminal.coloured then
    return table.concat(marks)
  end
  local parts, last = {}, nil
  for i, mark in ipairs(marks) do
    local colour = terminal.heat[mark]
    if colour ~= last then
      parts[#parts + 1] = colour and "\27[" .. colour .. "m" or "\27[0m"
      last = colour
    end
    parts[#parts + 1] = marks[i]
  end
  return table.concat(parts) .. (last and "\27[0m" or "")
end

--- The columns that a picture may take.
function terminal.width()
  if terminal.behind then
    return terminal.behind[1]
  end
  local there, columns = terminal.size()
  return there and columns or 80
end

local shades = { ".", ":", "-", "=", "+", "*", "#", "%", "@" }
local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

-- Can stdout show more than ASCII? As setlocale(3) finds it.
local function has_utf8()
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local v = os.getenv(name)
    if v and v ~= "" then
      return v:lower():match "utf%-?8" ~= nil
    end
  end
  return false
end

--- Characters from little to much, for lines: blocks that rise, or shades in ASCII.
function terminal.heights()
  return has_utf8() and blocks or shades
end

--- Characters from little to much, for areas: their order is read without knowing it.
terminal.shades = shades

-- Their colours.
terminal.heat = {}
for i, shade in ipairs(shades) do
  terminal.heat[shade] = heat[i]
end

--- The character for a part, 0 to 1, of the most; what is more than nothing shows.
function terminal.mark(marks, part)
  return marks[math.max(1, math.min(#marks, math.ceil(part * #marks)))]
end

return terminal
