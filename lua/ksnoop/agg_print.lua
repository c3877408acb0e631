--- agg:print: which rows, in which form, and where to.
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local errors = require "ksnoop.error"
local human = require "ksnoop.human"
local key = require "ksnoop.key"
local output = require "ksnoop.output"
local row_template = require "ksnoop.row_template"
local rows_data = require "ksnoop.rows_data"
local rows_text = require "ksnoop.rows_text"
local schema = require "ksnoop.schema"
local series = require "ksnoop.series"
local sorted = require "ksnoop.sorted"
local terminal = require "ksnoop.terminal"

local agg_print = {}

local forms = { "text", "json", "csv", "folded" }

local function compared(agg, name, at)
  for i, c in ipairs(agg.keys) do
    if c.name == name then
      return i
    end
  end
  local names = {}
  for i, c in ipairs(agg.keys) do
    names[i] = c.name
  end
  errors.raise(at, {
    message = ("compare takes one of the keys' names, not '%s'"):format(core.safe(tostring(name))),
    hint = type(name) == "string" and core.nearest(name, names)
      or #names > 0 and "there are " .. table.concat(names, ", ") or "this has no keys",
  })
end

--- Checks the options of agg:print; raises.
--- @return table as, limit, sort, to, compare (the number of a key), template (a function)
function agg_print.options(agg, given, at)
  if type(given) ~= "table" then
    errors.raise(at, { message = ("print takes a table, not a %s"):format(type(given)) })
  end
  schema.keys(at, "print", given, { "limit", "sort", "as", "compare", "to" })
  local parts = schema.list(at, "print", given)
  -- For machines a template and compare are no form: the rows have all that these would show.
  local o = { limit = given.limit, sort = given.sort, to = given.to,
    as = given.as or agg.trace.options.format }
  local known = false
  for _, form in ipairs(forms) do
    known = known or o.as == form
  end
  if not known then
    errors.raise(at, { message = ("there is no form '%s'"):format(core.safe(tostring(o.as))),
      hint = type(o.as) == "string" and core.nearest(o.as, forms)
        or "forms are text, json, csv and folded" })
  elseif o.to ~= nil and type(o.to) ~= "string" then
    errors.raise(at, { message = ("to is a file's name, not a %s"):format(type(o.to)) })
  elseif (given.as or "text") ~= "text" and (#parts > 0 or given.compare) then
    errors.raise(at, { message = ("%s is for text, not for as = %q"):format(
      #parts > 0 and "a template" or "compare", o.as) })
  elseif #parts > 0 and given.compare then
    errors.raise(at, { message = "a template and compare are two forms: print takes one" })
  end
  if given.compare ~= nil then
    o.compare = compared(agg, given.compare, at)
  end
  for _, part in ipairs(parts) do
    if type(part) ~= "string" then
      errors.raise(at, { message = ("a template is a string, not a %s"):format(type(part)) })
    end
  end
  o.template = #parts > 0 and row_template.read(agg, table.concat(parts), at) or nil
  -- What the format is not goes where Lua's print goes then: stdout is for machines.
  o.stderr = agg.trace.options.format ~= "text" and o.as ~= agg.trace.options.format and not o.to
  return o
end

-- Text that came with an event; its lines, of a stack, stay lines.
local function safe(text)
  if not text:find "[^\32-\126]" then
    return text
  end
  return (text:gsub("[^\n]+", core.safe))
end

local function plain_text(atom)
  local v = key.value(atom)
  if atom == key.UNREAD then
    return "(unreadable)"
  elseif type(v) == "string" then
    return core.safe(v)
  elseif type(v) == "boolean" or type(v) == "number" and v % 1 ~= 0 then
    return tostring(v)
  end
  return human.digits(v)
end

local function text_of(store, part, atom)
  local text = store.texts[part][atom]
  return text and safe(text) or plain_text(atom)
end

local function empty_set(agg, store)
  return { title = agg.title, kind = agg.kind, unit = agg.unit, buckets = agg.buckets,
    names = {}, columns = agg.keys, rows = {}, other = store:other(), unread = store.unread,
    sampled = agg.sampled or store.weighed, other_samples = store:other_samples() }
end

-- What is printed of time slots: a row for each key, whose slots are in set.series.
local function set_over(agg, store, o)
  local set = empty_set(agg, store)
  local all = series.new(store, agg.over_ns, o.sort or "value", o.limit)
  for i = 2, #agg.keys do
    set.names[i - 1] = agg.keys[i].name
  end
  for r, row in ipairs(all.rows) do
    set.rows[r] = { texts = {}, value = all.totals:get(row.id),
      samples = all.totals:samples(row.id) }
    for i, atom in ipairs(row.atoms) do
      set.rows[r].texts[i] = text_of(store, i + 1, atom)
    end
  end
  set.series, set.left, set.width = all, all.left, o.to and 80 or terminal.width()
  if all.count > 0 then
    set.first, set.last = text_of(store, 1, all.first), text_of(store, 1, all.last)
  end
  return set
end

-- The rows that are printed, with all that their forms ask for.
local function set_of(agg, store, o)
  local ids, atoms = sorted.ids(store, o.sort or agg.over_ns and "key" or "value")
  local set = empty_set(agg, store)
  for i, c in ipairs(agg.keys) do
    set.names[i] = c.name
  end
  local n = math.min(#ids, o.limit or #ids)
  for r = 1, n do
    local row = { atoms = atoms(r), value = store:get(ids[r]), samples = store:samples(ids[r]),
      texts = {}, jsons = {}, values = {} }
    for i in ipairs(agg.keys) do
      local atom = row.atoms[i]
      row.values[i] = key.value(atom)
      row.texts[i] = text_of(store, i, atom)
      row.jsons[i] = store.jsons[i][atom]
    end
    set.rows[r] = row
  end
  set.left = #ids - n
  return set
end

local function write_file(trace, path, text, at)
  local f = trace.files[path]
  if not f then
    local why
    f, why = io.open(path, "w") -- once a run: what is printed later comes behind it
    if not f then
      errors.raise(at, { message = "can't write " .. core.safe(why) })
    end
    trace.files[path] = f
  end
  local ok, why = f:write(text)
  ok = ok and f:flush()
  if not ok then
    errors.raise(at, { message = ("can't write %s: %s"):format(core.safe(path),
      why or "the disk is full?"), code = 5 })
  end
end

local function call(f, ...)
  return f(...)
end

--- Prints what a store has.
function agg_print.print(agg, store, o, at)
  local pictures = agg.over_ns and o.as == "text" and not o.template and not o.compare
  local set = (pictures and set_over or set_of)(agg, store, o)
  local write = o.as == "text" and rows_text.text or rows_data[o.as]
  local plain = o.as ~= "text" or o.to or o.stderr -- machines read it, or it stays
  local text = (plain and terminal.plainly or call)(write, set, o.compare, o.template)
  if o.to then
    write_file(agg.trace, o.to, text, at)
  elseif o.stderr then
    output.aside(text)
  else
    output.flush() -- what Lua printed comes first
    if agg.trace.options.format == "csv" then
      csv.of(agg.trace):begin()
    end
    output.write(text)
    output.flush()
  end
end

return agg_print
