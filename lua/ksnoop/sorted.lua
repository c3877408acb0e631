--- The rows of a store in order.
local key = require "ksnoop.key"

local sorted = {}

-- Sorts a list, what is equal stays in order. table.sort calls `less` from C, which LuaJIT does not
-- compile: this is ten times as fast.
local function merge_sort(list, less)
  local n, width, from, to = #list, 1, list, {}
  while width < n do
    for start = 1, n, width * 2 do
      local middle = math.min(start + width, n + 1)
      local stop = math.min(start + width * 2, n + 1)
      local a, b = start, middle
      for i = start, stop - 1 do
        if a < middle and (b >= stop or not less(from[b], from[a])) then
          to[i], a = from[a], a + 1
        else
          to[i], b = from[b], b + 1
        end
      end
    end
    from, to, width = to, from, width * 2
  end
  return from
end

-- Are these all numbers, or all texts as they are, which Lua compares as key.less does?
local function alike(ids)
  local t = type(ids[1])
  for _, id in ipairs(ids) do
    if type(id) ~= t or t == "boolean" or t == "string" and id:byte(1) == 0 then
      return false
    end
  end
  return true
end

-- ids: by row; atoms: a function that gives those of a row. A key of one part is that part.
local function by_key(parts, ids, atoms)
  local less = key.less
  if parts == 1 and alike(ids) then
    return function(a, b) return ids[a] < ids[b] end
  elseif parts == 1 then
    return function(a, b) return less(ids[a], ids[b]) end
  end
  return function(a, b)
    local x, y = atoms(a), atoms(b)
    for i = 1, parts do
      if less(x[i], y[i]) then
        return true
      elseif less(y[i], x[i]) then
        return false
      end
    end
    return false
  end
end

-- What rows are compared by, and the fraction behind it.
local member = { count = "count", sum = "sum", stats = "sum", hist = "count" }
local fraction = { count = "count", sum = "sum_low", stats = "sum_low", hist = "count" }

-- Equal ones by key.
local function by_value(store, key_less)
  local cells, whole, low = store.cells, member[store.kind], fraction[store.kind]
  return function(a, b)
    local x, y = cells[a], cells[b]
    if x[whole] ~= y[whole] then
      return x[whole] > y[whole]
    elseif x[low] ~= y[low] then
      return x[low] > y[low]
    end
    return key_less(a, b)
  end
end

local function backwards(less)
  return function(a, b) return less(b, a) end
end

--- The keys of a store: by "value", the largest first (of stats the largest sum, of histograms the
--- largest count), by "key" or, backwards, by "-key". Of equal values the lower key is first.
--- Returns the ids and a function that gives the atoms of one by its place in that list.
function sorted.ids(store, sort)
  local ids, known, list = {}, {}, {}
  for id, row in pairs(store.index) do
    ids[row] = id
  end
  for row = 1, store.size do
    list[row] = row
  end
  local function atoms(row) -- taken apart when they are asked for: most of a long list never are
    local found = known[row]
    if not found then
      found = store:atoms(ids[row])
      known[row] = found
    end
    return found
  end
  local less = by_key(store.parts, ids, atoms)
  list = merge_sort(list, sort == "key" and less or sort == "-key" and backwards(less)
    or by_value(store, less))
  local found = {}
  for i, row in ipairs(list) do
    found[i] = ids[row]
  end
  return found, function(i) return atoms(list[i]) end
end

return sorted
