--- The numbers of an aggregation: by key a count, a sum, the extremes or a histogram. A store is a
--- value that can be merged: into one that is empty, in any order, however the events were split
--- up.
local ffi = require "ffi"
local core = require "ksnoop.core"
local figure = require "ksnoop.figure"
local fixed = require "ksnoop.fixed"
local histogram = require "ksnoop.histogram"
local key = require "ksnoop.key"

local ONE = fixed.ONE
local store = {}
local mt = {}
mt.__index = mt

-- What there is for each key, in one array: a table for each would take ten times as much room.
-- Numbers are those of fixed.lua, a whole part and in *_low the fraction. samples: how many hits it
-- was, where each stands for several.
local arrays = {
  count = ffi.typeof "struct { int64_t count, samples; }[?]",
  sum = ffi.typeof "struct { int64_t count, samples, sum, sum_low; }[?]",
  stats = ffi.typeof
    "struct { int64_t count, samples, sum, sum_low, min, min_low, max, max_low; }[?]",
  hist = ffi.typeof "struct { int64_t count, samples, sum, sum_low; }[?]",
}

-- The row of all keys that were one too many.
local OTHER = 0

--- An empty store. kind: "count", "sum", "stats" or "hist"; parts: how many a key has; max: how
--- many keys events may bring, all of another are one row then; buckets: bucket.lua's, for "hist".
function store.new(kind, parts, max, buckets)
  local self = setmetatable({
    kind = kind,
    parts = parts,
    max = max or math.huge,
    buckets = buckets,
    index = {}, -- the row of a key
    size = 0, -- keys
    is_unsigned = false, -- are values of 64 bits without a sign? Only in tests (feed.lua)
    weighed = false, -- did any stand for more than itself?
    unread = 0, -- values that were not added: unreadable, or no numbers of 64 bits
    texts = {}, -- by part and atom: what people are shown, where that is not the value itself
    jsons = {}, -- the same for machines
    atoms_of_row = {}, -- of the one at hand
    room = 16,
    cells = arrays[kind](16),
    histograms = kind == "hist" and histogram.new(), -- else false
  }, mt)
  for part = 1, parts do
    self.texts[part], self.jsons[part] = {}, {}
  end
  return self
end

--- An empty one of the same form.
function mt:like()
  return store.new(self.kind, self.parts, self.max, self.buckets)
end

-- By half: twice would leave half of a large array empty.
local function more_rows(self)
  local room = math.ceil(self.room * 1.5)
  local cells = arrays[self.kind](room)
  ffi.copy(cells, self.cells, ffi.sizeof(arrays[self.kind], self.room))
  self.cells, self.room = cells, room
end

-- The row of a key, made if there are fewer than `limit`.
local function row_of(self, id, limit)
  local i = self.index[id]
  if i then
    return i
  elseif self.size >= limit then
    return OTHER
  end
  i = self.size + 1
  self.size = i
  if i >= self.room then
    more_rows(self)
  end
  self.index[id] = i
  return i
end

--- The key of one or more values (atoms of key.lua): what index has.
function mt:id(atoms)
  if self.parts == 1 then
    return atoms[1]
  end
  return key.join(atoms, self.parts)
end

--- The atoms that a key has.
function mt:atoms(id)
  if self.parts == 1 then
    return { id }
  end
  return key.split(id)
end

local function add_sum(cell, whole, low)
  cell.sum = cell.sum + whole
  local sum = cell.sum_low + low
  if sum >= ONE then
    sum, cell.sum = sum - ONE, cell.sum + 1
  end
  cell.sum_low = sum
end

-- Whole numbers of 64 bits without a sign.
local function add_unsigned(cell, v)
  local new = ffi.cast("uint64_t", v)
  if cell.count == 0 or new < ffi.cast("uint64_t", cell.min) then
    cell.min = v
  end
  if cell.count == 0 or new > ffi.cast("uint64_t", cell.max) then
    cell.max = v
  end
end

local function add_extremes(cell, min, min_low, max, max_low)
  local first = cell.count == 0
  if first or min < cell.min or (min == cell.min and min_low < cell.min_low) then
    cell.min, cell.min_low = min, min_low
  end
  if first or max > cell.max or (max == cell.max and max_low > cell.max_low) then
    cell.max, cell.max_low = max, max_low
  end
end

--- One more of a key; weight: so many more.
function mt:count(id, weight)
  local row = row_of(self, id, self.max) -- before the array is looked at: it may grow
  local cell = self.cells[row]
  cell.count = cell.count + (weight or 1)
  cell.samples = cell.samples + 1
  self.weighed = self.weighed or (weight or 1) ~= 1
end

--- Adds a value to a key's, weight times (1); not one that has no place in 64 bits, which is
--- counted instead.
function mt:add(id, v, weight)
  local whole, low = fixed.split(v)
  local bucket = whole and self.histograms and self.buckets.of(whole)
  if not whole or bucket == nil then
    self.unread = self.unread + 1
    return
  end
  local row = row_of(self, id, self.max)
  local cell = self.cells[row]
  if bucket then
    self.histograms:add(row, bucket, weight or 1)
  elseif self.kind == "stats" and self.is_unsigned then
    add_unsigned(cell, whole)
  elseif self.kind == "stats" then
    add_extremes(cell, whole, low, whole, low)
  end
  if (weight or 1) ~= 1 then
    whole, low = fixed.times(whole, low, weight)
    self.weighed = true
  end
  add_sum(cell, whole, low)
  cell.count = cell.count + (weight or 1)
  cell.samples = cell.samples + 1
end

-- Adds what belongs together to a row.
local function combine(self, row, count, samples, sum, sum_low, min, min_low, max, max_low)
  local cell = self.cells[row]
  if self.kind == "stats" and count > 0 then
    add_extremes(cell, min, min_low, max, max_low)
  end
  if self.kind ~= "count" then
    add_sum(cell, sum, sum_low)
  end
  cell.count = cell.count + count
  cell.samples = cell.samples + samples
end

--- Adds a row that the kernel has: values: the parts of the key, nil where one could not be read,
--- or "other" for all that found no room; texts and jsons: how they are shown, by part, or nil;
--- bucket: of a histogram; samples: hits, where these are not as many as count.
function mt:put(values, texts, jsons, count, sum, min, max, bucket, samples)
  local row = OTHER
  if values ~= "other" then
    for part = 1, self.parts do
      local atom = key.atom(values[part])
      self:show(part, atom, texts and texts[part], jsons and jsons[part])
      self.atoms_of_row[part] = atom
    end
    row = row_of(self, self:id(self.atoms_of_row), math.huge)
  end
  combine(self, row, count, samples or count, sum or 0, 0, min, 0, max, 0)
  if bucket then
    self.histograms:add(row, bucket, count)
  end
end

--- Says how a part of a key is shown, to people and to machines; nil: as the value itself.
function mt:show(part, atom, text, json)
  if text then
    self.texts[part][atom] = text
  end
  if json then
    self.jsons[part][atom] = json
  end
end

local function merge_row(self, row, other, other_row)
  local more, kind = other.cells[other_row], self.kind
  if kind == "count" then
    combine(self, row, more.count, more.samples)
  elseif kind == "stats" then
    combine(self, row, more.count, more.samples, more.sum, more.sum_low, more.min, more.min_low,
      more.max, more.max_low)
  else
    combine(self, row, more.count, more.samples, more.sum, more.sum_low)
  end
  if self.histograms then
    local numbers, counts = other.histograms:of(other_row)
    for _, number in ipairs(numbers) do
      self.histograms:add(row, number, counts[number])
    end
  end
end

--- Adds all of another store of the same form, which stays as it is. Keys are limited no more: what
--- both have would else depend on the order. Returns itself.
function mt:merge(other)
  for id, row in pairs(other.index) do
    merge_row(self, row_of(self, id, math.huge), other, row)
  end
  merge_row(self, OTHER, other, OTHER)
  self.unread = self.unread + other.unread
  self.weighed = self.weighed or other.weighed
  for part = 1, self.parts do
    for atom, text in pairs(other.texts[part]) do
      self.texts[part][atom] = text
    end
    for atom, json in pairs(other.jsons[part]) do
      self.jsons[part][atom] = json
    end
  end
  return self
end

--- Another store with as many parts to a key, in which each row is where key_of(atoms), a list,
--- says; rows of one key are one. Nothing is limited.
function mt:regrouped(parts, key_of)
  local new = store.new(self.kind, parts, math.huge, self.buckets)
  for id, row in pairs(self.index) do
    merge_row(new, row_of(new, new:id(key_of(self:atoms(id))), math.huge), self, row)
  end
  return new
end

local function value_at(self, row)
  local cell = self.cells[row]
  if self.kind == "count" then
    return core.exact(cell.count)
  elseif self.kind == "sum" then
    return fixed.join(cell.sum, cell.sum_low)
  end
  return figure.new(cell, self.histograms, row, self.buckets)
end

-- How many hits a row was made of.
local function samples_at(self, row)
  return core.exact(self.cells[row].samples)
end

--- How many hits the value of a key was made of; other_samples: that of all that found no room.
function mt:samples(id)
  return samples_at(self, self.index[id])
end

function mt:other_samples()
  return samples_at(self, OTHER)
end

--- The value of a key; nil: nothing came with it.
function mt:get(id)
  local row = self.index[id]
  return row and value_at(self, row)
end

--- The value of all that found no room; nil: there was room for all.
function mt:other()
  return self.cells[OTHER].count > 0 and value_at(self, OTHER) or nil
end

return store
