--- ks.live: what a function prints, time after time, in the place of what it printed last; blocks
--- below each other where stdout is no terminal.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local grid = require "ksnoop.grid"
local output = require "ksnoop.output"
local terminal = require "ksnoop.terminal"

local C = core.C
local live = {}
local mt = {}
mt.__index = mt

-- Can stdout be written over?
local function redraws(trace)
  local term = os.getenv "TERM"
  return trace.options.format == "text" and term ~= nil and term ~= "" and term ~= "dumb"
    and terminal.size()
end

--- Takes over the screen from here on, if it is one.
--- @param views table { f = what prints }, in order
--- @param run function calls one of these; raises nothing
function live.new(trace, views, run)
  local self = setmetatable({ trace = trace, views = views, run = run, shown = 0 }, mt)
  if redraws(trace) then
    self.frame = C.ks_frame_open(core.error)
    if self.frame == nil then
      errors.raise_core(nil, core.error)
    end
    self.frame = ffi.gc(self.frame, C.ks_frame_close)
    io.stdout:setvbuf("full", 65536) -- what Lua prints must not come in between unseen
    output.frame = self
  end
  return self
end

-- A line cut to a width, with tabs as spaces and without what would move the
-- cursor; colours stay, and end with it.
local function fit(line, columns)
  if not line:find "[^\32-\126]" then
    return line:sub(1, columns)
  end
  local parts, width, at, coloured = {}, 0, 1, false
  while at <= #line do
    local colour = line:match("^\27%[[%d;]*m", at)
    if colour then
      parts[#parts + 1], at, coloured = colour, at + #colour, true
    else
      local character = line:match("^[%z\1-\127\192-\255][\128-\191]*", at) or line:sub(at, at)
      at = at + #character
      if character == "\t" then
        character = (" "):rep(math.min(8 - width % 8, columns - width))
      elseif character:find "^%c" or character:find "^\194[\128-\159]" then
        character = ""
      end
      width = width + grid.width(character)
      if width > columns then
        break
      end
      parts[#parts + 1] = character
    end
  end
  return table.concat(parts) .. (coloured and "\27[0m" or "")
end

-- All views' lines, as many as have room above the cursor.
local function lines_of(self, columns, rows)
  local lines = {}
  for _, view in ipairs(self.views) do
    if view.text then
      if #lines > 0 then
        lines[#lines + 1] = ""
      end
      for line in view.text:gmatch "([^\n]*)\n?" do
        lines[#lines + 1] = line
      end
      if lines[#lines] == "" then -- gmatch's last
        lines[#lines] = nil
      end
    end
  end
  local room = math.max(1, rows - 1)
  if #lines > room then
    local more = #lines - room + 1
    lines[room] = ("(%d more lines)"):format(more)
    for i = #lines, room + 1, -1 do
      lines[i] = nil
    end
  end
  for i, line in ipairs(lines) do
    lines[i] = fit(line, columns)
  end
  return lines
end

-- To the first column of the frame's first line.
local function up(self)
  return self.shown > 0 and ("\r\27[%dA"):format(self.shown) or "\r"
end

--- Takes the frame away, for something else to be printed in its place.
function mt:hide()
  if self.shown > 0 then
    output.straight(up(self) .. "\27[J")
    self.shown = 0
  end
end

--- Draws what the views last printed, over what was drawn before.
function mt:show()
  local _, columns, rows = terminal.size()
  columns, rows = columns or self.columns or 80, rows or self.rows or 24 -- gone: the write will say
  local lines, parts = lines_of(self, columns, rows), {}
  parts[1] = up(self)
  if self.shown > 0 and (columns ~= self.columns or rows ~= self.rows) then
    parts[1] = "\27[H\27[2J" -- nobody knows where a resize has left what was there
  end
  for _, line in ipairs(lines) do
    parts[#parts + 1] = line .. "\27[K\r\n"
  end
  parts[#parts + 1] = "\27[J"
  output.straight(table.concat(parts))
  self.shown, self.columns, self.rows = #lines, columns, rows
end

-- What a view's function prints, by whatever way, as a text.
local function printed(self, view)
  local _, columns, rows = terminal.size()
  columns, rows = columns or self.columns or 80, rows or self.rows or 24
  output.flush()
  output.frame = nil -- nothing that is printed now stands beside the frame
  if C.ks_frame_begin(self.frame, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  local asides = output.asides
  terminal.behind = { columns, rows }
  self.run(view.f)
  terminal.behind = nil
  output.flush()
  if C.ks_frame_end(self.frame, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  if output.asides > asides then -- they are below the frame
    self.shown = 0
  end
  output.frame = self
  return core.text(function(buf, n)
    return C.ks_frame_text(self.frame, buf, n)
  end)
end

-- As a block below what is there.
local function block(self, view)
  if self.has_printed and self.trace.options.format == "text" then
    output.write "\n"
  end
  self.has_printed = true
  self.run(view.f)
end

--- A view's turn: runs its function, and shows what that prints.
function mt:turn(view)
  if not self.frame then
    return block(self, view)
  end
  view.text = printed(self, view)
  self:show()
end

--- The last turn of all views. What comes of snapshots is of another time than what is shown: it
--- goes below that.
function mt:finish()
  local below = {}
  for _, view in ipairs(self.views) do
    self.trace.took = false
    if not self.frame then
      block(self, view)
    else
      local text = printed(self, view)
      if self.trace.took and view.text then
        below[#below + 1] = text
      else
        view.text = text
      end
    end
  end
  if self.frame then
    self:show()
  end
  self:leave()
  output.write(table.concat(below, "\n"))
  output.flush()
end

--- Leaves the screen as it is; what is printed next comes below.
function mt:leave()
  self.shown = 0
  output.frame = nil
end

return live
