--- The kernels that ksnoop check and ksnoop test ask: this one, or those of several --btf.
local core = require "ksnoop.core"
local loop = require "ksnoop.loop"
local script = require "ksnoop.script"

local C = core.C
local kernels = {}

local OWN = "/sys/kernel/btf/vmlinux"
local TRACEFS = "/sys/kernel/tracing"

local function split(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    parts[#parts + 1] = part
  end
  return parts
end

-- Do all lists have the same at i, counted from their ends for negative i, and something beside?
local function alike(lists, i)
  local first
  for n, parts in ipairs(lists) do
    local part = parts[i > 0 and i or #parts + 1 + i]
    first = n == 1 and part or first
    if part == nil or part ~= first or #parts == 1 then
      return false
    end
  end
  return true
end

-- What tells files apart, without the folders that they share.
local function labels(list)
  local paths = {}
  for i, k in ipairs(list) do
    paths[i] = split(k.btf)
  end
  for side = 1, 2 do
    local i = side == 1 and 1 or -1
    while #list > 1 and alike(paths, i) do
      for _, parts in ipairs(paths) do
        table.remove(parts, side == 1 and 1 or nil)
      end
    end
  end
  for i, k in ipairs(list) do
    k.label = core.safe(#list == 1 and paths[i][#paths[i]] or table.concat(paths[i], "/"))
  end
end

-- This kernel, by the files that it shows everybody: whether it lets us trace is not asked.
local function own()
  local events = io.open(TRACEFS .. "/events")
  if events then
    events:close()
  end
  return { { btf = OWN, tracefs = events and TRACEFS or nil, label = "this kernel", own = true } }
end

--- The kernels asked for: { btf =, tracefs =, label =, own =, release = }; raises when one has no
--- types that can be read.
--- @param raw table main.c's options
function kernels.read(raw)
  local list = {}
  for i = 1, #raw, 2 do
    if raw[i] == "btf" then
      list[#list + 1] = { btf = raw[i + 1] }
    elseif raw[i] == "tracefs" and not list[1] then
      script.usage("--tracefs goes with the --btf in front of it")
    elseif raw[i] == "tracefs" then
      list[#list].tracefs = raw[i + 1]
    end
  end
  if #list > 0 then
    labels(list)
  else
    list = own()
  end
  for _, k in ipairs(list) do
    local trace = loop.new { btf = k.btf, tracefs = k.tracefs }
    trace:open()
    k.release = k.own and core.string(C.ks_kernel(trace.handle)) or nil
    trace:close()
  end
  return list
end

return kernels
