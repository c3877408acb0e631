--- What is shown where: how wide stdout is, and which characters say how much.
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local terminal = {}

local size = ffi.new "unsigned[2]"

--- Is stdout a terminal? Then also its columns and rows.
function terminal.size()
  if C.ks_terminal(1, size, size + 1) then
    return true, size[0], size[1]
  end
  return false
end

--- The columns that a picture may take.
function terminal.width()
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

--- The character for a part, 0 to 1, of the most; what is more than nothing shows.
function terminal.mark(marks, part)
  return marks[math.max(1, math.min(#marks, math.ceil(part * #marks)))]
end

return terminal
