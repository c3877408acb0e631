--- The kernel's half of an aggregation: its texts become code in each probe, its rows are read here.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local C = core.C
local kernel = {}

local kinds = { count = C.KS_COUNT, sum = C.KS_SUM, stats = C.KS_STATS, hist = C.KS_HIST }
local readers = {
  [tonumber(C.KS_BOOL)] = function() return function(p) return ffi.cast("const uint8_t *", p)[0] ~= 0 end end,
}

-- How a number of a key is read: by its size and sign.
local function number(f)
  local pointer = ffi.typeof(("const %sint%d_t *"):format(f.is_signed and "" or "u", f.size * 8))
  if f.size < 8 then
    return function(p) return ffi.cast(pointer, p)[0] end
  end
  return function(p) return core.exact(ffi.cast(pointer, p)[0]) end
end

-- A text up to its end.
local function chars(f)
  local size = f.size
  return function(p)
    local s = ffi.string(p, size)
    return s:match "^[^%z]*"
  end
end

local function text(f)
  local size = f.size - 4
  return function(p)
    local n = ffi.cast("const int32_t *", p)[0]
    return ffi.string(ffi.cast("const char *", p) + 4, math.max(0, math.min(n - 1, size)))
  end
end

for kind, make in pairs { KS_INT = number, KS_ENUM = number, KS_PTR = number, KS_CHARS = chars, KS_STR = text } do
  readers[tonumber(C[kind])] = make
end

-- Is it shown as the number that it is?
local function is_plain(f)
  return f.kind == C.KS_INT and f.unit == C.KS_PLAIN and f.spec[0] == 0
end

local function handle_of(agg, trace)
  if not agg.handle then
    local options = ffi.new("struct ks_agg_options", {
      kind = kinds[agg.kind],
      max = agg.max or 0,
      step = agg.step or 0,
      sub_bits = agg.sub_bits or 0,
      over = agg.over_ns or 0,
    })
    agg.handle = C.ks_agg(trace, options, core.error)
    if agg.handle == nil then
      agg.handle = nil
      errors.raise_core(agg.at, core.error)
    end
  end
  return agg.handle
end

--- Has a probe's hits added in the kernel. agg: kind, by (texts), value (a text or nil), max, step, sub_bits,
--- over_ns, at. Raises what is wrong with its texts.
function kernel.bind(agg, trace, probe)
  local handle = handle_of(agg, trace)
  local where = ffi.new "const char *[1]"
  local keys = ffi.new("const char *[?]", #agg.by + 1, agg.by)
  if C.ks_agg_use(probe, handle, keys, #agg.by, agg.value, where, core.error) < 0 then
    errors.raise_core(agg.at, core.error, where[0] ~= nil and ffi.string(where[0]) or nil)
  end
end

-- What each key is read by, found once.
local function keys_of(agg)
  if not agg.keys then
    local keys = {}
    for i = 0, C.ks_agg_keys(agg.handle) - 1 do
      local f = C.ks_agg_key(agg.handle, i)
      local make = readers[f.kind]
      keys[i + 1] = { name = core.string(f.name), read = make and make(f), plain = is_plain(f) }
    end
    agg.keys = keys
  end
  return agg.keys
end

--- The names of the keys, in order, and the value's field (its unit, spec; nil for a count).
function kernel.shape(agg)
  local names = {}
  for i, key in ipairs(keys_of(agg)) do
    names[i] = key.name
  end
  return names, C.ks_agg_value(agg.handle)
end

--- Calls put(values, texts, jsons, count, sum, min, max, bucket) for each row; put("other", nil, nil, ...) for what
--- there was no room for. take: the kernel begins anew, so that each hit is in one such reading.
function kernel.read(agg, take, put)
  local handle = agg.handle
  local rows = C.ks_agg_read(handle, take, core.error)
  if rows < 0 then
    errors.raise_core(agg.at, core.error)
  end
  local keys = keys_of(agg)
  for i = 0, tonumber(rows) - 1 do
    local row = C.ks_agg_row(handle, i)
    local bucket = agg.kind == "hist" and not row.is_other and tonumber(row.bucket) or nil
    if row.is_other then
      put("other", nil, nil, row.count, row.sum, row.min, row.max)
    else
      local values, texts, jsons = {}, {}, {}
      for n, key in ipairs(keys) do
        local p = C.ks_agg_bytes(handle, i, n - 1)
        if p ~= nil then
          if not key.plain then
            texts[n] = core.text4(C.ks_agg_text, handle, i, n - 1, nil)
            jsons[n] = core.text(function(buf, size)
              return C.ks_agg_json(handle, i, n - 1, buf, size)
            end)
          end
          values[n] = key.read and key.read(p) or texts[n]
          if key.read == nil then
            values[n] = texts[n]
          end
        end
      end
      put(values, texts, jsons, row.count, row.sum, row.min, row.max, bucket)
    end
  end
end

return kernel
