--- How long what a function is given can be used: until it returns. An event is a ticket: a number
--- that is that of the clock while the event lasts. What is read by an old ticket raises.
---
--- A ticket is made anew for each event, so that one that a script kept can't show another event.
--- It is a pointer, the number its address, and nobody ever follows it: of all that can have a
--- metatable only pointers are values to LuaJIT's compiler, which allocates nothing for them.
local ffi = require "ffi"
local errors = require "ksnoop.error"

local lease = {
  clock = ffi.new("int64_t[1]", 1), -- a ticket of 0 would equal nil
  place = ffi.new "const uint8_t *[1]", -- where the event's record lies
}

--- The members of a value's view have names that no script can have meant. PLACE: where its bytes
--- are; TIME: of the clock, when it was made; THERE: how many bytes; COUNT: of elements; BYTES: a
--- copy's own.
lease.PLACE, lease.TIME, lease.THERE, lease.COUNT, lease.BYTES = " p", " t", " n", " c", " b"

--- Raises: it is over.
function lease.over()
  errors.raise(errors.script(), {
    message = "this event is over: it lasts until its function returns",
    hint = "keep the values you need, or ks.copy(e)",
  })
end

--- Nothing that was handed out until now can be used any more.
function lease.tick()
  lease.clock[0] = lease.clock[0] + 1
end

return lease
