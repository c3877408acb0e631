--- Runs inside the program, in a script that has no probe of its own: compiles a list of small
--- probes one by one, and prints what became of each. questions.lua writes such scripts and reads
--- what this prints:
---
---     @ok N         what follows is its texts as trees, each with a heading
---     @refused N    what follows is the message
---     @running N    of the probes that were ok, so many were loaded and attached at once
---     @points N     on so many functions and tracepoints in all
---     @not N        what follows is why probe N, or with 0 all of them, could not be
local ffi = require "ffi"
local core = require "ksnoop.core"
local words = require "ksnoop.words"

local C = core.C
local MOST = 200 -- probes in one trace; there is a limit

local function message()
  local hint = ffi.string(core.error.hint)
  return ffi.string(core.error.message) .. (hint ~= "" and "\n" .. hint or "")
end

local add = {
  where = function(probe, text) return C.ks_where(probe, text, core.error) == 0 end,
  capture = function(probe, text) return C.ks_capture(probe, text, core.error) == 0 end,
  print = function(probe, text) return C.ks_template(probe, text, core.error) ~= nil end,
}

local function open(how)
  local trace = { handle = C.ks_open(how.options, core.error), picks = {} }
  if trace.handle == nil then
    error(message(), 0)
  end
  words.load(trace)
  for _, word in ipairs(how.define) do
    words.define(trace, word[1], word[2])
  end
  return trace
end

-- A probe with its texts, or nil: core.error says why.
local function define(trace, item)
  local at = item.any and { words.first(trace, item.any) or item.any[1] } or item.places
  local places = ffi.new("const char *[?]", #at, at)
  local probe = C.ks_probe(trace.handle, places, #at, core.error)
  if probe == nil then
    return nil
  end
  for _, text in ipairs(item.texts) do
    if not add[text.role](probe, text.text) then
      return nil
    end
  end
  return probe
end

local function tree(probe)
  for i = 0, C.ks_variant_count(probe) - 1 do
    local variant = C.ks_variant(probe, i)
    if variant ~= nil then
      return core.text(function(buf, n) return C.ks_dump(variant, C.KS_TREE, buf, n, core.error) end)
    end
  end
end

-- Loads and attaches what was ok, for a moment.
local function run(how, list, from, to)
  local trace, at, numbers, points = open(how), ffi.new "struct ks_probe *[1]", {}, 0
  for n = from, to do
    if list[n].ok and not list[n].pattern then
      local probe = assert(define(trace, list[n]), "it did compile")
      numbers[#numbers + 1] = n
      points = points + C.ks_probe_points(probe, ffi.new "uint32_t[1]")
    end
  end
  if #numbers == 0 or C.ks_start(trace.handle, at, core.error) == 0 then
    print("@running " .. #numbers)
    print("@points " .. points)
  else
    print("@not " .. (at[0] ~= nil and numbers[C.ks_probe_index(at[0]) + 1] or 0))
    print(message())
  end
  C.ks_close(trace.handle)
end

-- A pattern's functions may be hundreds: all of their programs are made, none is attached.
local function compile(trace, n, probe)
  local at = ffi.new "struct ks_probe *[1]"
  if C.ks_compile(trace.handle, at, core.error) == 0 then
    print("@running 1")
    print("@points " .. C.ks_probe_points(probe, ffi.new "uint32_t[1]"))
  else
    print("@not " .. n)
    print(message())
  end
end

local function try(trace, item, n)
  local probe = define(trace, item)
  item.ok = probe ~= nil
  print(("@%s %d"):format(item.ok and "ok" or "refused", n))
  print(item.ok and tree(probe) or message())
  return probe
end

--- list: { { places = { ... } or any = { ... }, texts = { { role = "where" | "capture" | "print", text = }, ... },
--- pattern = true }, ... }. how: define = { { head, expression }, ... }, run = true
return function(list, how)
  how.options = ffi.new "struct ks_options"
  how.options.max_probes = 100000
  local trace = open(how)
  for n, item in ipairs(list) do
    if n % MOST == 0 then
      C.ks_close(trace.handle)
      trace = open(how)
    end
    if not item.pattern then
      try(trace, item, n)
    end
  end
  C.ks_close(trace.handle)
  for from = 1, how.run and #list or 0, MOST do
    run(how, list, from, math.min(from + MOST - 1, #list))
  end
  for n, item in ipairs(list) do
    if item.pattern then
      trace = open(how)
      local probe = try(trace, item, n)
      if probe then
        compile(trace, n, probe)
      end
      C.ks_close(trace.handle)
    end
  end
  os.exit(0)
end
