--- Runs inside the program, which must not have a probe of its own: compiles a list of small probes
--- one by one, and prints what became of each. See questions.lua for whoever asks.
---
---     @ok N         what follows is its texts as trees, each with a heading
---     @refused N    what follows is the message
---     @running N    of the probes that were ok, so many were loaded and attached at once
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
  local trace = { handle = C.ks_open(how.options, core.error) }
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
  local places = ffi.new("const char *[?]", #item.places, item.places)
  local probe = C.ks_probe(trace.handle, places, #item.places, core.error)
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
  local trace, at, numbers = open(how), ffi.new "struct ks_probe *[1]", {}
  for n = from, to do
    if list[n].ok then
      assert(define(trace, list[n]), "it did compile")
      numbers[#numbers + 1] = n
    end
  end
  local fine = C.ks_compile(trace.handle, at, core.error) == 0 and
    (how.compile_only or C.ks_start(trace.handle, at, core.error) == 0)
  if fine then
    print("@running " .. #numbers)
  else
    print("@not " .. (at[0] ~= nil and numbers[C.ks_probe_index(at[0]) + 1] or 0))
    print(message())
  end
  C.ks_close(trace.handle)
end

--- list: { { places = { ... }, texts = { { role = "where" | "capture" | "print", text = }, ... } }, ... }.
--- how: btf = file, define = { { head, expression }, ... }, run = true, compile_only = true
return function(list, how)
  how.options = ffi.new "struct ks_options"
  how.options.btf = how.btf
  how.options.max_probes = 100000
  local trace = open(how)
  for n, item in ipairs(list) do
    if n % MOST == 0 then
      C.ks_close(trace.handle)
      trace = open(how)
    end
    local probe = define(trace, item)
    item.ok = probe ~= nil
    print(("@%s %d"):format(item.ok and "ok" or "refused", n))
    print(item.ok and tree(probe) or message())
  end
  C.ks_close(trace.handle)
  for from = 1, how.run and #list or 0, MOST do
    run(how, list, from, math.min(from + MOST - 1, #list))
  end
  os.exit(0)
end
