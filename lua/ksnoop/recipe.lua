--- ks.recipe: a question with parameters, asked by a command line or by other scripts.
local absent = require "ksnoop.absent"
local agg = require "ksnoop.agg"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local grid = require "ksnoop.grid"
local needs = require "ksnoop.needs"
local param = require "ksnoop.param"
local schema = require "ksnoop.schema"
local sink = require "ksnoop.sink"

local C = core.C
local recipe = {}
local mt = {}

local MAX_DEPTH = 16 -- of a recipe within itself

--- Is this one?
function recipe.is(v)
  return getmetatable(v) == mt
end

--- The question that a script's head asks: its first lines that begin with ---, without that.
function recipe.question(path)
  local lines = {}
  local f = io.open(path, "r")
  local text = f and f:read "*a" or "" -- a folder can be opened, and not be read
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local words = line:match "^%-%-%-%s?(.*)$"
    if not words and #lines > 0 then
      break
    end
    lines[#lines + 1] = words and core.safe(words)
  end
  if f then
    f:close()
  end
  return table.concat(lines, "\n")
end

local function check_params(params, at)
  if type(params) ~= "table" then
    errors.raise(at, { message = ("params is a table, not a %s"):format(type(params)) })
  end
  local names = {}
  for name, p in pairs(params) do
    if type(name) ~= "string" then
      errors.raise(at, { message = "a parameter without a name",
        hint = 'params = { min = ks.param.duration { "1ms", "at least this slow" } }' })
    elseif not name:match "^[%a_][%w_]*$" or name == "out" then
      errors.raise(at, { message = ("a parameter can't be called '%s'"):format(core.safe(name)),
        hint = name == "out" and "p.out is where the caller's sinks are"
          or "names are letters, digits and _" })
    elseif not param.is(p) then
      errors.raise(at, { message = ("the parameter '%s' is a %s, not made by ks.param"):format(name,
        type(p)), hint = ('%s = ks.param.integer { 10, "what it is for" }'):format(name) })
    end
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return params[a].order < params[b].order
  end)
  return names
end

--- Makes a recipe of its table: params, needs, build.
--- @param trace function gives the trace that probes are defined in when the recipe is used
function recipe.new(trace, t, at)
  if type(t) ~= "table" then
    errors.raise(at, { message = ("ks.recipe takes a table, not a %s"):format(type(t)) })
  end
  -- `return ks.recipe {` is a tail call, which leaves no line behind.
  local built = type(t.build) == "function" and debug.getinfo(t.build, "S")
  local file = built and built.source:match "^@(.*)"
  at = at or file and { file = file, line = built.linedefined } or nil
  schema.keys(at, "ks.recipe", t, { "params", "needs", "build" })
  if #schema.list(at, "ks.recipe", t) > 0 then
    errors.raise(at, { message = "ks.recipe has only params, needs and build",
      hint = "sinks are given where the recipe is used" })
  elseif type(t.build) ~= "function" then
    errors.raise(at, { message = ("build of ks.recipe is a function, not a %s"):format(
      type(t.build)), hint = "build = function(p) ... end" })
  end
  local params = t.params == nil and {} or t.params
  return setmetatable({
    trace = trace,
    params = params,
    names = check_params(params, at),
    needs = needs.read(at, t.needs),
    build = t.build,
    file = file or at and at.file,
    depth = 0, -- how many of its builds run
    name = core.safe((file or at and at.file or "the recipe"):match "([^/]*)$":gsub("%.lua$", "")),
  }, mt)
end

local function called(self, name)
  return ("the parameter '%s' of %s"):format(name, self.name)
end

-- The values by name, of what was given and of defaults.
local function values_of(self, given, at)
  local values = {}
  for name in pairs(given) do
    if type(name) == "string" and not rawget(self.params, name) then
      errors.raise(at, {
        message = ("%s has no parameter '%s'"):format(self.name, core.safe(name)),
        hint = core.nearest(name, self.names) or (#self.names == 0 and "it takes none"
          or "parameters are " .. table.concat(self.names, ", ")),
      })
    elseif type(name) ~= "string" and type(name) ~= "number" then
      errors.raise(at, { message = ("%s is given an entry named by a %s"):format(self.name,
        type(name)) })
    end
  end
  for _, name in ipairs(self.names) do
    local p = self.params[name]
    if given[name] ~= nil then
      values[name] = param.read(p, called(self, name), given[name], at)
    elseif param.is_required(p) then
      errors.raise(at, { message = ("%s needs the parameter '%s'"):format(self.name, name),
        hint = p.about })
    else
      values[name] = p.value
    end
    if values[name] == nil then
      values[name] = false -- what a list such as `where` skips
    end
  end
  return values
end

-- What expressions have as $name, as { name, text }; an outer recipe's, unless they are hidden.
local function constants(self, values, outer)
  local list = {}
  for _, c in ipairs(outer or {}) do
    list[#list + 1] = c
  end
  for _, name in ipairs(self.names) do
    local text = param.literal(self.params[name], values[name])
    if text and values[name] ~= nil then
      list[#list + 1] = { name, text }
    end
  end
  return list
end

-- Is a value the text that an error is in, the place or type that it says is not there, or what it
-- is about itself?
local function is_about(e, value, kind)
  if e.value ~= nil and e.value == value then
    return true
  end
  local not_there = e.kind == C.KS_EABSENT or e.kind == C.KS_ENAME and kind == "type"
  for _, v in ipairs(type(value) == "table" and value or { value }) do
    local name = type(v) == "string" and v:match "[^:]+$" -- without return: and the like
    if v and e.text == v
      or name and not_there and e.message:find("'" .. name .. "'", 1, true) then
      return true
    end
  end
end

-- An error in a text that came in by a parameter is the caller's.
local function blame(self, values, e, at)
  for _, name in ipairs(self.names) do
    if errors.is(e) and is_about(e, values[name], self.params[name].kind) then
      e.bare = e.bare or e.message
      e.at, e.message = at, called(self, name) .. ": " .. e.bare
    end
  end
end

local function use(self, given, at)
  if given == nil then
    given = {}
  elseif type(given) ~= "table" then
    errors.raise(at, { message = ("%s takes a table, not a %s"):format(self.name, type(given)),
      hint = ('require "%s" { name = value, sink, ... }'):format(self.name) })
  end
  local values = values_of(self, given, at)
  local sinks = schema.list(at, self.name, given)
  for _, s in ipairs(sink.parts(sinks)) do
    if type(s) ~= "function" and not sink.is(s) and not agg.is(s) and s ~= absent then
      errors.raise(at, { message = ("%s takes sinks and parameters, and this is a %s"):format(
        self.name, type(s)), hint = "parameters have names: { name = value, sink, ... }" })
    end
  end
  local out = #sinks == 1 and sinks[1] or #sinks > 1 and sink.join(sinks) or nil
  local p = setmetatable({ out = out }, {
    __index = function(_, name)
      if values[name] == nil and name ~= "out" then
        errors.raise(errors.caller(2), {
          message = ("%s has no parameter '%s'"):format(self.name, core.safe(tostring(name))),
          hint = type(name) == "string" and core.nearest(name, self.names) or nil,
        })
      end
      return values[name]
    end,
    __newindex = function(t, name, v)
      if name == "out" then
        return rawset(t, name, v)
      end
      errors.raise(errors.caller(2), {
        message = ("the parameters of %s can't be changed: $%s would stay what it is"):format(
          self.name, core.safe(tostring(name))),
        hint = "use a local, or with = { name = value }",
      })
    end,
  })
  local trace = self.trace()
  if self.depth == MAX_DEPTH then
    errors.raise(at, { message = ("%s uses itself, %d times deep"):format(self.name, MAX_DEPTH),
      hint = "its build has to come to an end" })
  end
  needs.check(self.needs, trace, self.name, at)
  local outer, outer_blame = trace.params, trace.blame
  trace.params = constants(self, values, outer)
  trace.blame = function(e)
    blame(self, values, e, at)
    if outer_blame then
      outer_blame(e)
    end
  end
  self.depth = self.depth + 1
  local results = { pcall(self.build, p) }
  self.depth = self.depth - 1
  trace.params, trace.blame = outer, outer_blame
  if not results[1] then
    blame(self, values, results[2], at)
    error(results[2], 0)
  end
  return unpack(results, 2, table.maxn(results))
end

-- In a script: require "slow" { min = "20ms", sink, ... }
function mt.__call(self, given)
  local at = errors.caller(2)
  if not at or errors.ours("@" .. at.file) then -- a tail call
    at = errors.script()
  end
  return use(self, given, at)
end

--- From a command line: words "name=value".
function recipe.run(self, words)
  local given = {}
  for _, word in ipairs(words) do
    local name, value = word:match "^([^=]*)=(.*)$"
    if given[name] ~= nil then
      errors.raise(nil, { message = ("the parameter '%s' is given twice"):format(core.safe(name)) })
    end
    given[name] = value
  end
  return use(self, given, nil)
end

--- What --help says of it: the question, then the parameters.
--- @param path string the script
--- @param shown string|nil what the command line calls it; nil: the path
function recipe.help(self, path, shown)
  local lines, rows = {}, {}
  local question = recipe.question(path)
  if question ~= "" then
    lines[1] = question .. "\n"
  end
  shown = core.safe(shown or path)
  if not self or #self.names == 0 then
    lines[#lines + 1] = ("  ksnoop [options] %s\n\nIt takes no parameters."):format(shown)
  else
    lines[#lines + 1] = ("  ksnoop [options] %s [name=value ...]\n"):format(shown)
    for i, name in ipairs(self.names) do
      rows[i] = param.help(self.params[name], name)
    end
    grid.add(lines, rows, { true, true, true, true })
  end
  return table.concat(lines, "\n") .. "\n"
end

return recipe
