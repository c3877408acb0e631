--- The kernel's half of an aggregation: its texts become code in each probe, its rows are read
--- here.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local feed = require "ksnoop.feed"
local format = require "ksnoop.format"

local C = core.C
local kernel = {}

local kinds = { count = C.KS_COUNT, sum = C.KS_SUM, stats = C.KS_STATS, hist = C.KS_HIST }

-- How the bytes of a key become what scripts compare and index with, by their kind.
local readers = {}

local function integer(f)
  local pointer = ffi.typeof(("const %sint%d_t *"):format(f.is_signed and "" or "u", f.size * 8))
  if f.size < 8 then
    return function(p) return ffi.cast(pointer, p)[0] end
  end
  return function(p) return core.exact(ffi.cast(pointer, p)[0]) end
end

readers[tonumber(C.KS_INT)] = integer
readers[tonumber(C.KS_ENUM)] = integer
readers[tonumber(C.KS_PTR)] = integer

readers[tonumber(C.KS_BOOL)] = function()
  return function(p) return ffi.cast("const uint8_t *", p)[0] ~= 0 end
end

readers[tonumber(C.KS_CHARS)] = function(f)
  local size = f.size
  return function(p) return ffi.string(p, size):match "^%Z*" end
end

readers[tonumber(C.KS_STR)] = function(f)
  local most = f.size - 4
  return function(p)
    local length = ffi.cast("const int32_t *", p)[0] - 1 -- without its NUL
    return ffi.string(ffi.cast("const char *", p) + 4, math.max(0, math.min(length, most)))
  end
end

local function handle_of(agg, trace)
  if not agg.handle then
    local handle = C.ks_agg(trace, ffi.new("struct ks_agg_options", {
      kind = kinds[agg.kind],
      max = agg.max,
      step = agg.step or 0,
      sub_bits = agg.sub_bits or 0,
      over = agg.over_ns or 0,
    }), core.error)
    if handle == nil then
      errors.raise_core(agg.at, core.error)
    end
    agg.handle = handle
  end
  return agg.handle
end

--- Has a probe's hits added in the kernel; raises what is wrong with the texts.
--- @param agg table kind, by (texts), value (a text or nil), max, step, sub_bits, over_ns, at
function kernel.bind(agg, trace, probe)
  local handle = handle_of(agg, trace)
  local at = ffi.new "const char *[1]"
  local keys = ffi.new("const char *[?]", #agg.by + 1, agg.by)
  local function use(p, _, e)
    return C.ks_agg_use(p, handle, keys, #agg.by, agg.value, at, e)
  end
  if format.compile(trace, use, probe) < 0 then
    errors.raise_core(agg.at, core.error, core.string(at[0]))
  end
  local value = C.ks_agg_value(handle)
  if not agg.unit and value ~= nil and value.unit == C.KS_DURATION then
    agg.unit = "dur"
  end
end

-- A time slot is counted from the boot; scripts have it from the trace's start.
local function slot(agg)
  local start = ffi.cast("int64_t", C.ks_start_time(agg.trace.handle))
  return function(p)
    return core.exact(ffi.cast("const int64_t *", p)[0] * agg.over_ns - start)
  end
end

-- What to do with each key, found once. plain: it is shown as the number that it is.
local function keys_of(agg)
  if not agg.key_readers then
    local keys = {}
    for i = 0, C.ks_agg_keys(agg.handle) - 1 do
      local f = C.ks_agg_key(agg.handle, i)
      local make = readers[f.kind]
      keys[i + 1] = {
        read = make and make(f),
        is_stack = f.kind == C.KS_STACK or f.kind == C.KS_USTACK,
        is_text = f.kind == C.KS_CHARS or f.kind == C.KS_STR,
        plain = f.kind == C.KS_INT and f.unit == C.KS_PLAIN and ffi.string(f.spec) == "",
      }
    end
    if agg.over_ns then
      keys[1].read, keys[1].is_slot = slot(agg), true
    end
    agg.key_readers = keys
  end
  return agg.key_readers
end

-- A key of a row: its value, how it is shown, and in JSON; nothing where it could not be read.
local function part(agg, key, row, i)
  local p = C.ks_agg_bytes(agg.handle, row, i)
  if p == nil then
    return nil
  elseif key.is_slot then
    local v = key.read(p)
    return v, feed.slot_texts(agg.trace, v)
  elseif key.read and (key.plain or key.is_text) then
    return key.read(p)
  end
  local text = core.text4(C.ks_agg_text, agg.handle, row, i, nil)
  local value
  if key.is_stack then -- whatever its spec
    value = core.text4(C.ks_agg_text, agg.handle, row, i, "")
  elseif not key.read then
    return text
  else
    value = key.read(p)
  end
  return value, text, core.text3(C.ks_agg_json, agg.handle, row, i)
end

--- Calls put(values, texts, jsons, count, sum, min, max, bucket, samples) for each row,
--- put("other", ...) for what there was no room for. take: the kernel begins anew; each hit is in
--- one such reading. The tables are the same each time.
--- @return how many values could not be read, since the kernel last began anew
function kernel.read(agg, take, put)
  local rows = C.ks_agg_read(agg.handle, take or false, core.error)
  if rows < 0 then
    errors.raise_core(agg.at, core.error)
  end
  local keys = keys_of(agg)
  local values, texts, jsons = {}, {}, {}
  for i = 0, tonumber(rows) - 1 do
    local row = C.ks_agg_row(agg.handle, i)
    if row.is_other then
      put("other", nil, nil, row.count, row.sum, row.min, row.max, nil, row.samples)
    else
      for n, key in ipairs(keys) do
        values[n], texts[n], jsons[n] = part(agg, key, i, n - 1)
      end
      put(values, texts, jsons, row.count, row.sum, row.min, row.max,
        agg.kind == "hist" and tonumber(row.bucket) or nil, row.samples)
    end
  end
  local unread, taken = tonumber(C.ks_agg_unread(agg.handle)), agg.unread_taken or 0
  if take then
    agg.unread_taken = unread
  end
  return unread - taken
end

return kernel
