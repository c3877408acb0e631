--- What is captured for the values that `ksnoop trace` shows, and how each is shown: as libbpf's
--- dumper does it, with a pointer followed once.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local C = core.C
local values = {}

local SHORT = { 2048, 512, 64 } -- bytes of a value that has no room as a whole

-- A text for the core made of parts: { text, from } where it stands so in what was written from the
-- from-th character on.
local function join(parts)
  local texts = {}
  for i, part in ipairs(parts) do
    texts[i] = part[1]
  end
  return table.concat(texts)
end

-- Where a position (from 0) of the joined text is in what was written (from 1). is_end: of what it
-- is behind.
local function origin(parts, pos, is_end)
  local last
  for _, part in ipairs(parts) do
    local n = #part[1]
    if part[2] then
      if pos < n or (is_end and pos == n) then
        return part[2] + math.max(0, pos)
      end
      last = part[2] + n
    elseif pos < n and last then
      return last
    end
    pos = pos - n
  end
  return last
end

-- Raises what the core said of such a text.
local function refuse(request, parts)
  local e = core.error
  local pos, len = e.pos, e.len
  if len > 0 and request.values then
    local from, to = origin(parts, pos), origin(parts, pos + len, true)
    from = from or request.from
    e.pos, e.len = from - 1, math.max(1, (to or from) - from)
  else
    e.pos, e.len = request.from - 1, #request.name
  end
  errors.raise_core(nil, e, request.text)
end

-- The parts of a value as an expression. at_entry: as it was when the function was called, asked
-- where it returns.
local function expression(v, sign, at_entry, behind)
  local parts = { { (at_entry and "entry(" or "") .. sign } }
  if v.is_return then
    parts[#parts + 1] = { "retval", v.from }
  else
    parts[#parts + 1] = { "arg(" }
    parts[#parts + 1] = { v.base, v.from }
    parts[#parts + 1] = { ")" }
  end
  parts[#parts + 1] = { v.path, v.from and v.from + #v.base }
  parts[#parts + 1] = { (behind or "") .. (at_entry and ")" or "") }
  return parts
end

local function compile(p, f, parts)
  return f(p.handle, join(parts), core.error) >= 0
end

-- Adds a capture, if need be by another name than `wanted`; returns its name, nil with core.error.
local function capture(p, parts, wanted)
  table.insert(parts, 1, {})
  local other = p.prefix .. #p.texts + 1
  for _, name in ipairs { p.is_named and not p.taken[wanted] and wanted or "", other } do
    parts[1][1] = name .. "="
    if name ~= "" and compile(p, C.ks_capture, parts) then
      p.texts[#p.texts + 1] = join(parts)
      p.taken[name] = true
      return name
    end
  end
end

-- What a value is called where names are seen.
local function name_of(v)
  return v.is_return and v.path == "" and "retval" or v.path:match "([%a_][%w_]*)[^%a_]*$" or v.base
end

local function field(p, name)
  for i = 0, C.ks_variant_count(p.handle) - 1 do
    local variant = C.ks_variant(p.handle, i)
    if variant ~= nil then
      return C.ks_field(variant, C.ks_field_index(variant, name, core.error))
    end
  end
end

-- A type without qualifiers.
local function bare(type)
  for _, word in ipairs { "const", "volatile", "restrict" } do
    type = type:gsub("%f[%w_]" .. word .. "%f[^%w_] ?", "")
  end
  return (type:gsub(" +$", ""))
end

-- The type of a pointer, or of a value, as bcc's ksnoop spells it in a comment.
local function spelled(type)
  local base, stars = type:match "^(.-)%s*(%**)$"
  return base .. " " .. (stars ~= "" and " *" or "")
end

-- How what a pointer leads to is shown: "text", "behind" (a value), or nil: it is not followed.
local function leads_to(type)
  if type:find "%)%(" or type == "void *" then
    return nil
  end
  return type == "char *" and "text" or "behind"
end

-- Captures what a pointer leads to; as a part of it where the whole has no room. Returns the name,
-- and whether it is a part; nil when there is nothing to be seen.
local function follow(p, v, how, at_entry)
  local wanted = "at_" .. name_of(v)
  local name = capture(p, how == "text" and expression(v, "str(", at_entry, ")")
    or expression(v, "*", at_entry), wanted)
  if name or core.error.kind ~= C.KS_ELIMIT then
    return name, false
  end
  for _, n in ipairs(SHORT) do
    name = capture(p, expression(v, "buf(", at_entry, (", %d)"):format(n)), wanted)
    if name then
      return name, true
    end
  end
end

--- Makes a probe one that values can be added to.
--- @param p table with is_named: captures have names that are to be seen
--- @param prefix string of the names of those that have none of their own
function values.prepare(p, prefix)
  p.prefix, p.texts, p.shown, p.taken = prefix, {}, {}, {}
  return p
end

--- Adds a value to a probe.
--- @param v table as request.read has it; of a function that is traced with all it has, without
--- places in the text, and with captured, the name of the capture if it is there already, or with
--- is_whole, when it may be left out where it can't be captured
--- @param at_entry boolean it is shown at the return, as it was at the entry
function values.add(request, p, v, at_entry)
  local memory = at_entry and v.path ~= ""
  local parts = expression(v, "", memory)
  local name = v.captured or capture(p, parts, name_of(v))
  if not name and v.is_whole and core.error.kind ~= C.KS_ENOMEM then
    io.stderr:write(("ksnoop: what %s is called with as %s can't be shown: %s\n"):format(
      request.name, v.base, core.safe(core.string(core.error.message))))
    return
  elseif not name then
    refuse(request, parts)
  end
  local f = field(p, name)
  v.is_address = f.kind == C.KS_PTR
  local type = bare(core.string(f.type))
  local shown = { title = v.shown, value = name, type = spelled(type) }
  local how = f.kind == C.KS_PTR and leads_to(type)
  if how then
    local behind, is_part = follow(p, v, how, at_entry)
    if behind then
      shown.pointer, shown.value, shown.how, shown.is_part = name, behind, how, is_part
    elseif core.error.kind == C.KS_ELIMIT then
      shown.pointer, shown.how = name, "no room"
    end
  end
  p.shown[#p.shown + 1] = shown
end

--- Adds what a value is compared with to what the probe asks for.
--- @return string the expression
function values.ask(request, p, v, at_entry)
  local memory = at_entry and not v.is_return and v.path ~= ""
  local parts = expression(v, v.is_address and v.op:find "[<>]" and "(unsigned long)" or "", memory)
  parts[#parts + 1] = { " " }
  parts[#parts + 1] = { v.op, v.op_at }
  parts[#parts + 1] = { " " }
  parts[#parts + 1] = { v.value, v.value_at }
  if not compile(p, C.ks_where, parts) then
    refuse(request, parts)
  end
  return join(parts)
end

local LEVEL = 36
local indent = (" "):rep(LEVEL)
local size = ffi.new "uint64_t[1]"

local function dump(trace, types, type_id, behind, bytes, n)
  return core.text(function(buf, cap)
    return C.ks_value_dump(trace, types, type_id, behind, bytes, n, LEVEL, size, buf, cap)
  end)
end

-- The function that makes the text of one value of a record; of one variant.
local function shower(trace, variant, shown)
  local types = C.ks_types(variant)
  local function of(name)
    local i = name and C.ks_field_index(variant, name, core.error)
    return i, i and C.ks_field(variant, i)
  end
  local value, f = of(shown.value)
  local pointer, pf = of(shown.pointer)
  local offset, n, how = f.offset, f.size, shown.how
  local head = ("%34s %s = "):format("", shown.title)
  local missing = ("%s /* Cannot show '%s' as '%s'; invalid/userspace ptr? */\n")
    :format(indent, shown.title, shown.type)
  return function(record)
    local bytes = ffi.cast("const char *", record)
    local first = head
    if pointer and C.ks_why(trace, record, pointer)[0] == 0 then
      first = ("%s*(0x%s)"):format(head, bit.tohex(0ULL + ffi.cast("const uint64_t *",
        bytes + pf.offset)[0]):gsub("^0+(.)", "%1"))
    end
    local text
    if C.ks_why(trace, record, value)[0] ~= 0 then
      text = missing
    elseif how == "text" then
      text = core.text(function(buf, cap) return C.ks_text(trace, record, value, nil, buf, cap) end)
      text = ('%s(char[])"%s"'):format(indent, text:gsub('"', '\\"'))
    elseif how == "no room" then
      dump(trace, types, pf.type_id, true, nil, 0)
      text = ("%s... /* 0 bytes of %s */"):format(indent, tostring(size[0]):match "%d+")
    elseif shown.is_part then
      text = dump(trace, types, pf.type_id, true, bytes + offset, n)
      if n < size[0] then
        text = ("%s%s... /* %d bytes of %s */"):format(text, indent, n,
          tostring(size[0]):match "%d+")
      end
    else
      text = dump(trace, types, f.type_id, false, bytes + offset, n)
    end
    return first .. "\n" .. text
  end
end

--- The functions that make the texts of a probe's values of a record, for a variant of it.
function values.showers(trace, variant, list)
  local showers = {}
  for i, shown in ipairs(list) do
    showers[i] = shower(trace, variant, shown)
  end
  return showers
end

return values
