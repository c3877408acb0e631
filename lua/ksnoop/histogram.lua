--- The buckets of many histograms in one place: only those that are not empty take room. A
--- histogram is told by its row, a small number.
local ffi = require "ffi"

-- next: of the same row; chain: of the same slot; 0 ends both.
local bucket_t = ffi.typeof "struct { int64_t bucket, count; int32_t row, next, chain; }"
local list_t, int_t = ffi.typeof("$[?]", bucket_t), ffi.typeof "int32_t[?]"
local SIZE = ffi.sizeof(bucket_t)

local histogram = {}
local mt = {}
mt.__index = mt

function histogram.new()
  return setmetatable({
    used = 0, room = 16, list = list_t(16), -- from 1 on
    slot_count = 16, slots = int_t(16),
    firsts = int_t(16), row_room = 16, -- by row
  }, mt)
end

local function slot_of(self, row, bucket)
  return (row * 2654435761 + bucket % 1048576 * 40503) % self.slot_count
end

local function more_slots(self)
  self.slot_count = self.slot_count * 2
  local list, slots = self.list, int_t(self.slot_count)
  self.slots = slots
  for i = 1, self.used do
    local slot = slot_of(self, list[i].row, tonumber(list[i].bucket))
    list[i].chain, slots[slot] = slots[slot], i
  end
end

-- By half: twice would leave half of a large one empty.
local function more_list(self)
  local room = math.ceil(self.room * 1.5)
  local list = list_t(room)
  ffi.copy(list, self.list, self.room * SIZE)
  self.list, self.room = list, room
end

local function more_rows(self, row)
  local room = math.max(row + 1, math.ceil(self.row_room * 1.5))
  local firsts = int_t(room)
  ffi.copy(firsts, self.firsts, self.row_room * 4)
  self.firsts, self.row_room = firsts, room
end

local function make(self, row, bucket, slot)
  local i = self.used + 1
  self.used = i
  if i >= self.room then
    more_list(self)
  end
  if row >= self.row_room then
    more_rows(self, row)
  end
  local b = self.list[i]
  b.bucket, b.row, b.next, b.chain = bucket, row, self.firsts[row], self.slots[slot]
  self.firsts[row], self.slots[slot] = i, i
  if i * 2 >= self.slot_count then -- so that chains stay short
    more_slots(self)
  end
  return b
end

-- The bucket in a chain. Not by a loop: inside the loop over events LuaJIT compiles none.
local function find(list, i, row, bucket)
  if i == 0 then
    return nil
  end
  local b = list[i]
  if b.row == row and b.bucket == bucket then
    return b
  end
  return find(list, b.chain, row, bucket)
end

--- Counts n more in a bucket of a row.
function mt:add(row, bucket, n)
  local slot = slot_of(self, row, bucket)
  local b = find(self.list, self.slots[slot], row, bucket) or make(self, row, bucket, slot)
  b.count = b.count + n
end

--- The buckets of a row, from the lowest: numbers and, by number, how many.
function mt:of(row)
  local numbers, counts = {}, {}
  local i = row < self.row_room and self.firsts[row] or 0
  while i ~= 0 do
    local b = self.list[i]
    local number = tonumber(b.bucket)
    numbers[#numbers + 1], counts[number] = number, b.count
    i = b.next
  end
  table.sort(numbers)
  return numbers, counts
end

return histogram
