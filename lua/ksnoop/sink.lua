--- Where events go. A sink is a function, or a table with bind(probe, at), which returns
--- write(record) for one probe.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local output = require "ksnoop.output"
local schema = require "ksnoop.schema"
local terminal = require "ksnoop.terminal"
local view = require "ksnoop.view"

local C = core.C
local sink = {}

local print_mt = {}
print_mt.__index = print_mt

--- ks.print "template", ks.print { "part", "part", header = true }, ks.print() for the default.
function sink.print(options)
  local at = errors.caller(2)
  if type(options) == "string" then
    options = { options }
  elseif options == nil then
    options = {}
  elseif type(options) ~= "table" then
    errors.raise(at, { message = ("ks.print takes a template, not a %s"):format(type(options)) })
  end
  schema.keys(at, "ks.print", options, { "header" })
  local parts = schema.list(at, "ks.print", options)
  for _, part in ipairs(parts) do
    if type(part) ~= "string" then
      errors.raise(at, { message = ("a template is a string, not a %s"):format(type(part)) })
    end
    schema.text(at, "a template", part)
  end
  return setmetatable({ parts = parts, written = parts, header = options.header, at = at },
    print_mt)
end

--- The same, but for the field of a template that an error is about; nil: it is about none.
function print_mt:without(e)
  local parts, found = {}, false
  for i, part in ipairs(self.parts) do
    if not found and self.written[i] == e.text and e.len > 0 then
      local from = part:sub(1, e.pos + 1):match "^.*(){" or #part + 1
      local to = part:find("}", from, true)
      if to then
        part = part:sub(1, from - 1) .. (" "):rep(to - from + 1) .. part:sub(to + 1)
        found = true
      end
    end
    parts[i] = part
  end
  return found and setmetatable({ parts = parts, written = self.written, header = self.header,
    at = self.at }, print_mt) or nil
end

-- A template is read for a probe: there is none here.
function print_mt.__call()
  errors.raise(errors.script(), {
    message = "ks.print can't be called: it prints the events of the probe that it is a sink of",
    hint = "put it, or p.out, among a probe's sinks; a function as a sink can be called",
  })
end

-- Has the script asked for this field?
local function carries(probe, name)
  for i = 0, C.ks_variant_count(probe) - 1 do
    local variant = C.ks_variant(probe, i)
    if variant ~= nil then
      return C.ks_field_index(variant, name, core.error) >= 0
    end
  end
end

-- Writes what fill(of, record, buf, cap) writes, which has holes where the script's functions show
-- something.
local function filled(trace, fill, of, record, as_json)
  local text = core.text(function(buf, n) return fill(of, record, buf, n) end)
  text = format.fill(trace, text, as_json, view.lender(trace, record))
  output.write(as_json and text or terminal.paint_event(text:gsub(" +\n$", "\n")))
end

local function json(trace)
  if format.has(trace) then
    return function(record)
      filled(trace, C.ks_json, trace, record, true)
    end
  end
  return function(record)
    output.fill(C.ks_json, trace, record)
  end
end

local function header(trace, template)
  local text = core.text(function(buf, n) return C.ks_template_header(template, buf, n) end)
  text = format.fill(trace, text) -- there are no values in it
  output.write(terminal.paint("head", text:gsub("\n$", "")) .. "\n")
end

-- An event's text in colours. On its own: LuaJIT compiles no function that makes a closure.
local function painted(template, record)
  output.write(terminal.paint_event(core.text(function(buf, n)
    return C.ks_template_text(template, record, buf, n)
  end)))
end

--- Binds to one probe of a trace. as: "text", "json" or "csv". captured: does the probe name its
--- own captures? stream: csv.of(trace), for "csv".
--- Also returns the name of a field that only the format asked for: scripts do not see it.
function print_mt:bind(trace, probe, as, captured, stream)
  local e = core.error
  local text = table.concat(self.parts)
  if text == "" and not captured and C.ks_capture_default(probe, e) < 0 then
    errors.raise_core(self.at, e)
  end
  local template = format.compile(trace, C.ks_template, probe, text ~= "" and text or nil)
  if template == nil then
    -- The caret needs the part that the position lies in.
    local pos, part = e.pos, text
    for i, one in ipairs(self.parts) do
      if pos < #one then
        part = self.written[i]
        break
      end
      pos = pos - #one
    end
    if #self.parts > 0 then
      e.pos = pos
    end
    errors.raise_core(self.at, e, part)
  end
  if as ~= "text" then
    local hidden = not carries(probe, "comm")
    if C.ks_capture(probe, "comm", e) < 0 then
      errors.raise_core(self.at, e)
    end
    if as == "csv" then
      stream:add(probe)
    end
    return as == "csv" and stream:writer(trace) or json(trace), hidden and "comm"
  end
  local has_holes = format.has(trace)
  return function(record)
    if self.header then
      self.header = nil
      header(trace, template)
    end
    if has_holes then
      filled(trace, C.ks_template_text, template, record)
    elseif terminal.coloured then
      painted(template, record)
    else
      output.fill(C.ks_template_text, template, record)
    end
  end
end

-- Several sinks as one: a list of them, which passes on what it is called with.
local joined_mt = {}

function joined_mt:__call(e)
  for _, s in ipairs(self) do
    s(e)
  end
end

--- Makes one sink of a list of them.
function sink.join(list)
  return setmetatable(list, joined_mt)
end

--- A list of sinks in which none is joined of others.
function sink.parts(list)
  local parts = {}
  for _, s in ipairs(list) do
    if getmetatable(s) == joined_mt then
      for _, part in ipairs(sink.parts(s)) do
        parts[#parts + 1] = part
      end
    else
      parts[#parts + 1] = s
    end
  end
  return parts
end

--- Is this one of ours?
function sink.is(v)
  return getmetatable(v) == print_mt
end

return sink
