--- What goes to stdout: gathered, written in one piece when the events at hand are done.
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local output = {
  failed = nil,
  frame = nil, -- live.lua's, while it is on the screen
  asides = 0, -- how many there were
}

local most = 262144 -- that is gathered
local cap, len = 8192, 0 -- a new one is filled with zeros
local buf = ffi.new("char[?]", cap)
local why = ffi.new "struct ks_error" -- once it is set, nothing is written any more

--- Writes a string at once, past what is gathered.
function output.straight(s)
  if not output.failed and C.ks_write(1, s, #s, why) < 0 then
    output.failed = why
  end
end

-- The frame makes room for what is written.
local function flush_beside(frame)
  output.frame = nil
  frame:hide()
  local ok = output.flush()
  frame:show()
  output.frame = frame
  return ok
end

--- Writes a text to stderr, behind all that was written to stdout.
function output.aside(text)
  output.flush()
  output.asides = output.asides + 1
  local frame = output.frame
  if frame then
    frame:hide()
  end
  io.stderr:write(text)
  if frame then
    frame:show()
  end
end

--- Writes what is gathered. False when the output is gone; output.failed says why (a ks_error).
function output.flush()
  if output.failed then
    len = 0
    return false
  elseif output.frame and (len > 0 or C.ks_unwritten() > 0) then
    return flush_beside(output.frame)
  end
  local ok, _, number = io.stdout:flush() -- what the script printed came first
  if not ok then
    output.failed = why
    why.kind, why.os = C.KS_EOUTPUT, number or 0
    ffi.copy(why.message, "can't write the output")
    return false
  end
  if len > 0 then
    local r = C.ks_write(1, buf, len, why)
    len = 0
    if r < 0 then
      output.failed = why
      return false
    end
  end
  return true
end

--- Is anything gathered?
function output.waiting()
  return len > 0
end

-- Makes room for n bytes and a NUL.
local function make_room(n)
  if len + n >= most then
    output.flush()
  end
  if len + n >= cap then
    local old = buf
    cap = math.max(len + n + 1, cap * 4)
    buf = ffi.new("char[?]", cap)
    ffi.copy(buf, old, len)
  end
end

--- Adds what fill(buf, cap) writes; it returns the length it needs.
function output.fill(fill, a, b)
  local n = tonumber(fill(a, b, buf + len, cap - len))
  if n >= cap - len then
    make_room(n)
    n = tonumber(fill(a, b, buf + len, cap - len))
  end
  len = len + n
end

--- Adds a string.
function output.write(s)
  if #s >= cap - len then
    make_room(#s)
  end
  ffi.copy(buf + len, s, #s)
  len = len + #s
end

return output
