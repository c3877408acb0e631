--- Text in columns.
local core = require "ksnoop.core"

local C = core.C
local grid = {}

--- Columns that a terminal shows for a text; colours take none.
function grid.width(s)
  return s:find "[^\32-\126]" and tonumber(C.ks_columns(s, #s)) or #s
end

--- A text with spaces up to a width: in front of it, or of a negative width behind it. Longer text
--- is kept whole.
function grid.pad(s, width)
  local spaces = (" "):rep(math.abs(width) - grid.width(s))
  return width < 0 and s .. spaces or spaces .. s
end

local function lines_of(cell)
  if not cell:find("\n", 1, true) then
    return { cell }
  end
  local lines = {}
  for line in (cell .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

--- Adds rows, lists of texts, as lines in columns: each as wide as its widest text, with two spaces
--- between and in front of all. Texts of several lines (stacks) take several.
--- lefts: the columns, by number, that begin on the left; the others end on the right
function grid.add(lines, rows, lefts)
  local widths, split = {}, {}
  for r, row in ipairs(rows) do
    split[r] = { height = 1 }
    for c, cell in ipairs(row) do
      local parts = lines_of(cell)
      split[r][c], split[r].height = parts, math.max(split[r].height, #parts)
      for _, part in ipairs(parts) do
        widths[c] = math.max(widths[c] or 0, grid.width(part))
      end
    end
  end
  for r, row in ipairs(rows) do
    for i = 1, split[r].height do
      local words = {}
      for c = 1, #row do
        words[c] = grid.pad(split[r][c][i] or "", lefts[c] and -widths[c] or widths[c])
      end
      lines[#lines + 1] = ("  " .. table.concat(words, "  ")):match "^.*%S" or ""
    end
  end
end

return grid
