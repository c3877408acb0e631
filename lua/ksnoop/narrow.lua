--- What all probes of a trace are kept to: --pid, --tid and --where.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"

local narrow = {}

--- Texts that say which tasks: of a span they hold where it opens.
--- @param options table of the trace
function narrow.tasks(options)
  local texts = {}
  for _, name in ipairs { "pid", "tid" } do
    if options[name] then
      texts[#texts + 1] = ("%s == %d"):format(name, options[name])
    end
  end
  return texts
end

local function add(trace, handle, text)
  return format.compile(trace.handle, core.C.ks_where, handle, text) >= 0
end

--- Keeps a probe to the tasks asked for.
function narrow.to_tasks(trace, handle)
  for _, text in ipairs(narrow.tasks(trace.options)) do
    if not add(trace, handle, text) then
      errors.raise_core(nil, core.error)
    end
  end
end

--- Adds the expression of --where, or of ks.options; its mistakes are those of that text.
function narrow.to_where(trace, handle)
  local text = trace.options.where
  if not text or add(trace, handle, text) then
    return
  end
  local at = trace.where_at
  local ok, e = pcall(errors.raise_core, at, core.error, text)
  if not ok then
    e.message = (at and "where of ks.options: " or "--where: ") .. e.message
    error(e, 0)
  end
end

return narrow
