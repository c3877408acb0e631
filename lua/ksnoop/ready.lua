--- --ready-fd and NOTIFY_SOCKET: who started ksnoop is told that the probes are on.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local C = core.C
local ready = {}

ffi.cdef "int unsetenv(const char *name);"

--- Whom to tell. fd: of --ready-fd, a number, or nil. Programs that are started from now on have
--- neither of the two.
--- @return table for tell, or nil: nobody waits
function ready.new(fd)
  local socket = os.getenv "NOTIFY_SOCKET"
  if fd and C.ks_keep_fd(fd, core.error) < 0 then
    errors.raise(nil, { message = ffi.string(core.error.message),
      hint = "such as --ready-fd 3, with 3>FILE behind the command" })
  end
  ffi.C.unsetenv "NOTIFY_SOCKET"
  socket = socket ~= "" and socket or nil
  return (fd or socket) and { fd = fd, socket = socket } or nil
end

local function check(result)
  if result < 0 then -- the trace is none the worse for it
    io.stderr:write("ksnoop: ", core.safe(ffi.string(core.error.message)), "\n")
  end
end

--- Tells them.
function ready.tell(self)
  if self.fd then
    check(C.ks_notify_fd(self.fd, core.error))
  end
  if self.socket then
    check(C.ks_notify_socket(self.socket, core.error))
  end
end

return ready
