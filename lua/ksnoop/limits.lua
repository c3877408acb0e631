--- How much time and memory a script's functions may take: what runs is said here, the ksnoop
--- program sees to it (core/watchdog.c, core/heap.c).
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local limits = {}

local state = C.ks_limits()
local SPARE = 32 * 2 ^ 20 -- for an orderly end

-- Does somebody see to it?
limits.kept = state.kept
limits.memory = state.memory

--- Puts options into force: callback_timeout, max_lua_mem, quiet.
function limits.apply(options)
  state.seconds = options.callback_timeout or state.seconds
  state.memory = options.max_lua_mem or state.memory
  limits.memory = state.memory
  state.quiet = options.quiet or false
end

--- From now on sums are told of this trace's probes (the core's half; nil: of none) if the process
--- has to end at once.
function limits.of_trace(handle)
  state.trace = handle
end

--- A function runs from now on, of whom a message is to say (a text that lasts).
limits.watch = C.ks_watch

--- No more.
function limits.rest()
  C.ks_watch(nil)
end

--- What is done until done() is ours, not the script's: it takes its time and comes to an end. In
--- it, script() calls a function of the script's.
function limits.ours()
  state.ours = state.ours + 1
end

function limits.done()
  state.ours = state.ours - 1
end

--- How deep in our functions are we? depth: where an error leaves us.
function limits.depth(depth)
  state.ours = depth or state.ours
  return state.ours
end

--- An error leaves our functions, however deep.
function limits.failed()
  state.ours = 0
end

function limits.script(f, v)
  local ours = state.ours
  state.ours = 0
  local result = f(v)
  state.ours = ours
  return result
end

--- Is memory short?
function limits.pressed()
  return state.pressed
end

--- Makes room.
function limits.collect()
  state.pressed = false
  collectgarbage()
end

--- What LuaJIT says of memory; it calls no error handler then.
limits.NO_MEMORY = "not enough memory"

--- What a script's function failed with, if that ends the run: the exit code, the text, a hint or
--- nil, and where it was ("t.lua:7") when it was not asked before; else nil.
function limits.reason(e)
  if state.late then
    state.late = false
    return 70, ("this function has had %g seconds of processor time"):format(state.seconds),
      "--callback-timeout allows more", ffi.string(state.place)
  elseif e == limits.NO_MEMORY then
    limits.spare()
    return 71, "the script's functions need more memory than they may have", limits.kept
      and ("--max-lua-mem allows more than these %.0fM"):format(limits.memory / 2 ^ 20) or nil
  end
end

--- Has a function taken too long, and did that come to nobody?
function limits.is_late()
  return state.late
end

--- There is no memory left: makes some, for the end. Nothing may be allocated before.
function limits.spare()
  state.memory = limits.memory + SPARE
  limits.collect()
end

return limits
