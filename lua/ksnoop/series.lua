--- An aggregation with time slots, as lines over time: for each key what all its slots come to, and
--- their values in columns. Where there are more slots than columns, some of them share one.
local sorted = require "ksnoop.sorted"

local series = {}

-- 1, 2, 5, 10, 20, ...: the first with which n slots take no more than so many columns.
local function slots_a_column(n, most)
  local scale = 1
  while true do
    for _, factor in ipairs { scale, 2 * scale, 5 * scale } do
      if n <= most * factor then
        return factor
      end
    end
    scale = 10 * scale
  end
end

-- A row of totals has the other parts of the key.
local function without_slot(atoms)
  local rest = {}
  for i = 2, #atoms do
    rest[i - 1] = atoms[i]
  end
  return rest
end

--- @param store table whose keys have a slot, in ns, as their first part
--- @param slot number how long it is, in ns
--- @param order string as sorted.ids takes it, of the totals; limit: how many of them, or nil
--- @return table totals (a store), rows ({ id =, atoms = }), left (how many more), first and last
--- (the slots' atoms), count (of slots)
function series.new(store, slot, order, limit)
  local self = { store = store, slot = slot, rows = {} }
  self.first, self.last = math.huge, -math.huge
  for id in pairs(store.index) do
    local atom = store:atoms(id)[1]
    self.first, self.last = math.min(self.first, atom), math.max(self.last, atom)
  end
  self.count = self.first <= self.last and math.floor((self.last - self.first) / slot) + 1 or 0
  self.totals = store:regrouped(store.parts - 1, without_slot)
  local ids, atoms = sorted.ids(self.totals, order)
  for i = 1, math.min(#ids, limit or #ids) do
    self.rows[i] = { id = ids[i], atoms = atoms(i) }
  end
  self.left = #ids - #self.rows
  return self
end

--- The values in at most so many columns: for each row a table by column, 1 on; where nothing came
--- there is nothing. Also returns how many columns there are, and ns of one.
function series.columns(self, most)
  local factor = slots_a_column(self.count, math.max(most, 1))
  local width = self.slot * factor
  local cells = self.store:regrouped(self.store.parts, function(atoms)
    atoms[1] = math.floor((atoms[1] - self.first) / width) + 1
    return atoms
  end)
  local numbers, rows = {}, {}
  for i, row in ipairs(self.rows) do
    numbers[row.id], rows[i] = i, {}
  end
  for id in pairs(cells.index) do
    local atoms = cells:atoms(id)
    local i = numbers[self.totals:id(without_slot(atoms))]
    if i then
      rows[i][atoms[1]] = cells:get(id)
    end
  end
  return rows, math.ceil(self.count / factor), width
end

return series
