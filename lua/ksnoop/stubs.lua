--- ksnoop stubs: annotations for the Lua language server, of this module and of kernel types.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local output = require "ksnoop.output"

local C = core.C

local stubs = {}

-- Kept beside lua/ksnoop/init.lua by spec/core/stubs_spec.lua: every name there, and no other.
local api = [=[
---@meta ksnoop

---A whole number of 64 bits: past 2^53 an int64_t or uint64_t of LuaJIT's, exact.
---@alias ks.int64 integer

---An address: a number, never followed. ks.text shows a symbol's name.
---@alias ks.pointer integer

---A place for probes: "vfs_read", "return:vfs_read", "tp:sched_switch", "sys:openat", "tcp_*",
---"!tcp_v6_*", "profile:99".
---@alias ks.place string

---An event: what every one has, and what was captured. It is over when the function returns.
---@class ks.event
---@field time integer ns since the trace began
---@field cpu integer
---@field pid integer process
---@field tid integer thread
---@field func string where it happened
---@field weight? integer with sample or rate: how many hits it stands for
---@field [string] any

---@class ks.printer

---@alias ks.sink ks.printer | ks.aggregation | fun(e: ks.event)

---@alias ks.predicate fun(e: ks.event): boolean

---@class ks.call_in
---@field where? string | string[] decided when the call begins
---@field capture? string | string[] names inside
---@field [integer] ks.place

---@class ks.definition
---@field where? string | ks.predicate | (string | ks.predicate)[] strings run in the kernel
---@field capture? string | string[] what events carry: "name=expression|spec"
---@field with? table<string, any> constants for $name
---@field keep? integer so many of the last records of each task stay in the kernel until
---@field emit? string this is true of one: then they go out, and it with them
---@field within? string | (string | ks.call_in)[] only hits in these calls count
---@field sample? string "1/100": one hit in so many, by chance
---@field rate? string "1000/s": so many hits in a time, on each CPU
---@field [integer] ks.sink | false

---@class ks.print_options
---@field header? boolean titles above the columns
---@field [integer] string parts of the template

---@alias ks.part string | fun(e: ks.event): any

---@class ks.aggregation_options
---@field by? ks.part | ks.part[] | table<string, ks.part> keys
---@field over? string | number a time slot as first key
---@field max? integer keys; all others are one, (other)
---@field title? string
---@field step? integer | string of ks.hist: the width of buckets
---@field error? string | number of ks.hist: "1%"
---@field [integer] ks.part the value

---@class ks.print_rows
---@field limit? integer
---@field sort? "value" | "key" | "-key"
---@field as? "text" | "json" | "csv" | "folded"
---@field compare? string a key's name
---@field to? string a file
---@field [integer] string a template for rows

---@class ks.aggregation
---@overload fun(e: ks.event | table)
local aggregation = {}

---Iterates over keys and values.
---@param options? ks.print_rows limit and sort
---@return fun(): any, any
function aggregation:rows(options) end

---The value of a key.
---@return any
function aggregation:get(...) end

---A snapshot; counting begins anew.
---@return ks.aggregation
function aggregation:take() end

---Adds all of another one.
---@param other ks.aggregation
---@return ks.aggregation
function aggregation:merge(other) end

---Prints the rows.
---@param options? string | ks.print_rows
---@return ks.aggregation
function aggregation:print(options) end

---@class ks.options
---@field buffer? string | integer
---@field color? "auto" | "always" | "never"
---@field count? integer
---@field duration? string | number
---@field callback_timeout? string | number
---@field fail_on_loss? boolean
---@field max_lua_mem? string | integer
---@field max_errors? integer | "inf"
---@field max_probes? integer
---@field budget? string share of a processor that tracing may cost
---@field no_governor? boolean
---@field no_hits? boolean
---@field pid? integer
---@field self? boolean
---@field sort? boolean
---@field tid? integer
---@field unbuffered? boolean
---@field where? string and-ed to all probes

---@class ks.counters
---@field hits integer
---@field matched integer
---@field delivered integer
---@field lost integer
---@field filtered integer
---@field faults integer
---@field nils integer
---@field unmatched integer
---@field sampled integer
---@field remainder? integer of sampled, those that no event stands for
---@field opened? integer of calls that ask for their entry
---@field open? integer
---@field [string] integer

---@class ks.probe
local probe = {}

---What became of every hit.
---@return ks.counters
function probe:counters() end

---Lets its hits pass uncounted, until resume.
function probe:pause() end

---Ends a pause.
function probe:resume() end

---@class ks
---@field version string
local ks = {}

---Watches a place, or several.
---@param place ks.place | ks.place[]
---@return fun(definition: ks.definition): ks.probe
function ks.probe(place) end

---Calls of a function, from its entry to its return: retval, elapsed, entry(x).
---@param place ks.place | ks.place[]
---@return fun(definition: ks.definition): ks.probe
function ks.call(place) end

---A span: from where something opens to where it closes, paired by a key.
---@param definition ks.definition | { open: table|string, close: table|string, max?: number }
---@return ks.probe
function ks.span(definition) end

---A sink that prints: columns of a template such as "{time} {pid|7} {comm|-16} {count|size}".
---@param template? string | ks.print_options
---@return ks.printer
function ks.print(template) end

---A sink that counts events by key.
---@param key? ks.part | ks.aggregation_options
---@return ks.aggregation
function ks.count(key) end

---A sink that adds up a value by key.
---@param value ks.part | ks.aggregation_options
---@return ks.aggregation
function ks.sum(value) end

---A sink that keeps count, sum, average, least and largest of a value by key.
---@param value ks.part | ks.aggregation_options
---@return ks.aggregation
function ks.stats(value) end

---A sink that keeps how often a value was how large, by key.
---@param value ks.part | ks.aggregation_options
---@return ks.aggregation
function ks.hist(value) end

---What a recipe can be given.
---@class ks.parameter

---@class ks.parameter_options
---@field min? integer | string of durations, integers, lists, sizes
---@field max? integer | string
---@field choices? (string | integer)[] of ks.param.choice and lists
---@field [integer] any the default (false: none, but of a boolean), and what it is for

---Parameters of recipes, by what they are.
ks.param = {}

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.boolean(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.choice(options) end

---A time: seconds in Lua, ns as $name.
---@param options ks.parameter_options
---@return ks.parameter
function ks.param.duration(options) end

---A function or another place.
---@param options ks.parameter_options
---@return ks.parameter
function ks.param.func(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.integer(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.list(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.size(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.string(options) end

---@param options ks.parameter_options
---@return ks.parameter
function ks.param.type(options) end

---An expression of the caller's; false when there is none.
---@param options ks.parameter_options
---@return ks.parameter
function ks.param.where(options) end

---@class ks.recipe_definition
---@field params? table<string, ks.parameter>
---@field needs? ks.needs[]
---@field build fun(p: table<string, any>): any

---@alias ks.needs string | { [integer]: string, since?: string, instead?: string }

---@class ks.recipe
---@overload fun(given?: table<string, any> | (ks.sink | false)[]): any

---A question with parameters: what a script returns, for the command line and other scripts.
---@param recipe ks.recipe_definition
---@return ks.recipe
function ks.recipe(recipe) end

---@class ks.tested
---@field text string what was printed
---@field rows { key: any, value: any }[][] of each aggregation
---@field delivered integer
---@field filtered integer
---@field faults integer

---What the probes that a function defines make of events that are made up. No privileges.
---@param define fun()
---@param events table[] { { "vfs_read", elapsed = "2ms", file = { f_flags = 2 } }, ... }
---@return ks.tested
function ks.test(define, events) end

---Options of the command line, which wins.
---@param options ks.options
function ks.options(options) end

---From now on f(a, b) in expressions means this one.
---@param head string "f(x, y)"
---@param expression string
function ks.define(head, expression) end

---From now on values of a type are shown by a function and, with another, its literals are read.
---@param type string "struct x", "union x", "enum x", or a typedef
---@param show fun(v: any): string? nil for the usual way
---@param parse? fun(text: string): string | integer | nil its bytes, a number, or nil for none
function ks.format(type, show, parse) end

---The value of a constant expression: "10s", "TCP_CLOSE", "sizeof(struct bio)".
---@param expression string
---@return integer
function ks.const(expression) end

---Has this kernel such a type, member, constant or place?
---@param what string "struct x", "struct x.member", "enum x", "TCP_CLOSE", "vfs_read"
---@return boolean
function ks.has(what) end

---The first place that this kernel has.
---@param places ks.place[]
---@return ks.place?
function ks.first(places) end

---A copy of an event, or of a value that lies in one, that lasts; of anything else itself.
---@generic T
---@param event T
---@return T
function ks.copy(event) end

---A field of an event as a printer shows it; of a value its member or element, or all of it.
---@param event table
---@param name? string | integer
---@param spec? string as behind | in a template: "x", "size", "tree"
---@return string
function ks.text(event, name, spec) end

---Why a field of an event is nil, "EFAULT"; nil when it is not.
---@param event table
---@param name string
---@return string?
function ks.why(event, name) end

---A value as a key of a table: exact 64-bit numbers too, of which two equal ones are two keys.
---@param value any
---@return any
function ks.key(value) end

---Calls a function every so often and once at the end: on a terminal what it prints replaces what
---it printed before.
---@param t string | number
---@param f fun()
function ks.live(t, f) end

---Calls a function every so often, between events.
---@param t string | number "5s", "100ms", or seconds
---@param f fun()
function ks.every(t, f) end

---Calls a function once, between events.
---@param t string | number "5s", "100ms", or seconds
---@param f fun()
function ks.after(t, f) end

---Calls a function when the trace has ended, before the summary.
---@param f fun()
function ks.at_end(f) end

---Ends the trace.
---@param code? integer exit status
function ks.stop(code) end

---Runs the trace; only under a stock luajit.
function ks.run() end
]=]

local ending = "\nreturn ks\n"

--- Writes the annotations of the module, and of types and those that they lead to.
--- @param trace table with its BTF open, when there are names
--- @param names table of types
function stubs.write(trace, names)
  local types = ""
  if #names > 0 then
    local list = ffi.new("const char *[?]", #names, names)
    types = core.text(function(buf, n)
      return C.ks_stubs(trace.handle, list, #names, buf, n, core.error)
    end)
    if not types then
      errors.raise_core(nil, core.error)
    end
    types = ("\n-- Types of Linux %s.\n%s"):format(core.string(C.ks_kernel(trace.handle)), types)
  end
  output.write(api .. types .. ending)
end

return stubs
