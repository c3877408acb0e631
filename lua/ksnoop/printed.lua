--- What a function prints, in whatever way, as a text.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local output = require "ksnoop.output"

local C = core.C

--- Calls f, with all that it writes to stdout kept.
--- @return whether f did not raise, what it returned or raised, the text
return function(f, ...)
  local frame = C.ks_frame_open(core.error)
  if frame == nil then
    errors.raise_core(nil, core.error)
  end
  frame = ffi.gc(frame, C.ks_frame_close)
  output.flush()
  if C.ks_frame_begin(frame, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  local ok, e = pcall(f, ...)
  output.flush()
  if C.ks_frame_end(frame, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  return ok, e, core.text(function(buf, n) return C.ks_frame_text(frame, buf, n) end)
end
