--- Keys of aggregations: one value or several as one key of a table, and back. Two are the same key
--- when they look the same: 3 and 3LL are one, 3 and "3" are two, and nothing is rounded.
local ffi = require "ffi"
local core = require "ksnoop.core"

local key = {}

-- What is neither number, boolean nor text begins with a NUL byte, and so does a text that does.
local INTEGER, NAN, TEXT = "\0i", "\0n", "\0s"

--- The key of what could not be read.
key.UNREAD = "\0u"

local int64, uint64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"

--- A 64-bit integer as text, without C's suffix.
function key.digits(v)
  return (tostring(v):match "^-?%d+")
end

--- One value as a key. nil: what could not be read. Raises (a text) on what can't be a key.
function key.atom(v)
  local t = type(v)
  if t == "number" then
    return v == v and v or NAN
  elseif t == "string" then
    return v:byte(1) == 0 and TEXT .. v or v
  elseif t == "boolean" then
    return v
  elseif v == nil then
    return key.UNREAD
  elseif ffi.istype(int64, v) or ffi.istype(uint64, v) then
    local n = core.exact(v)
    return type(n) == "number" and n or INTEGER .. key.digits(v)
  end
  error(("a key is a number, a string or a boolean, not a %s"):format(t), 0)
end

--- The value that a key was made of: a 64-bit integer is cdata where no number is that exact.
--- nil: what could not be read.
function key.value(atom)
  if type(atom) ~= "string" or atom:byte(1) ~= 0 then
    return atom
  end
  local kind, rest = atom:sub(1, 2), atom:sub(3)
  if kind == TEXT then
    return rest
  elseif kind == NAN then
    return 0 / 0
  elseif kind ~= INTEGER then
    return nil
  elseif rest:byte(1) == 45 then -- a minus
    return -ffi.cast(int64, assert(loadstring("return " .. rest:sub(2) .. "ULL"))())
  end
  local v = assert(loadstring("return " .. rest .. "ULL"))()
  return v < 2 ^ 63 and ffi.cast(int64, v) or v
end

local piece = {}

function piece.string(atom)
  return #atom .. ":" .. atom
end

function piece.number(atom)
  if atom % 1 == 0 and atom < 1e14 and atom > -1e14 then -- .. writes all digits of these
    return "n" .. (atom == 0 and 0 or atom) .. ";" -- -0 is 0
  end
  return ("n%.17g;"):format(atom)
end

function piece.boolean(atom)
  return atom and "T" or "F"
end

--- An atom as a part of a key of several: these are put behind one another.
function key.piece(atom)
  return piece[type(atom)](atom)
end

--- Several atoms as one key; n says how many.
function key.join(atoms, n)
  local s = ""
  for i = 1, n do
    s = s .. key.piece(atoms[i])
  end
  return s
end

local COLON, SEMICOLON, T, F, N = (":;TFn"):byte(1, 5)

--- The atoms of a key that join made.
function key.split(s)
  local atoms, at, n, size = {}, 1, 0, #s
  while at <= size do
    local head = s:byte(at)
    n = n + 1
    if head == T or head == F then
      atoms[n] = head == T
      at = at + 1
    else
      local stop, ending = at + 1, head == N and SEMICOLON or COLON
      while s:byte(stop) ~= ending do
        stop = stop + 1
      end
      if head == N then
        atoms[n] = tonumber(s:sub(at + 1, stop - 1))
        at = stop + 1
      else
        local len = tonumber(s:sub(at, stop - 1))
        atoms[n] = s:sub(stop + 1, stop + len)
        at = stop + 1 + len
      end
    end
  end
  return atoms
end

local rank = { number = 1, cdata = 1, string = 2, boolean = 3, ["nil"] = 4 }

-- Integers of 64 bits as numbers and cdata: a double and an int64_t compare as doubles, which would
-- round; two cdata of unlike signs as unsigned.
local function integer_less(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x ~= y then
    return x < y
  elseif type(a) == "number" or type(b) == "number" then
    -- Where the number is one that an integer rounds to: that integer may lie on either side.
    a = type(a) == "number" and math.abs(a) < 2 ^ 63 and ffi.cast(int64, a) or a
    b = type(b) == "number" and math.abs(b) < 2 ^ 63 and ffi.cast(int64, b) or b
    if type(a) == "number" or type(b) == "number" then
      return false
    end
  end
  return a < b
end

--- The order in which keys are listed: numbers, texts, false and true, what could not be read.
function key.less(a, b)
  local t = type(a)
  if t == type(b) and (t == "number" or t == "string" and a:byte(1) ~= 0 and b:byte(1) ~= 0) then
    return a < b
  end
  a, b = key.value(a), key.value(b)
  local x, y = rank[type(a)], rank[type(b)]
  if x ~= y then
    return x < y
  elseif x == 1 then
    return integer_less(a, b)
  elseif x == 3 then
    return not a and b
  end
  return x == 2 and a < b
end

return key
