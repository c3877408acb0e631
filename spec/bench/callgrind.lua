--- Instructions that compiling a probe takes, as callgrind counts them: nothing else the machine
--- does is in it.

local callgrind = {}

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- For each probe of spec/bench/compile.c, in order: { insns = N, text = "PLACE WHERE" }.
--- program: that which is built of it; btf: a file.
function callgrind.compile(program, btf)
  local folder = output "mktemp -d":match "%S+"
  local text = output(("valgrind -q --tool=callgrind --toggle-collect=compile_probe "
    .. "--dump-after=compile_probe --callgrind-out-file=%s/out %s %s 2>&1"):format(folder, program, btf))
  local probes = {}
  for probe in text:gmatch "%d+ (%S+ [^\n]+)" do
    local f = io.open(("%s/out.%d"):format(folder, #probes + 1))
    local insns = f and f:read "*a":match "\ntotals: (%d+)"
    if f then
      f:close()
    end
    if not insns then
      break
    end
    probes[#probes + 1] = { text = probe, insns = tonumber(insns) }
  end
  os.execute("rm -r " .. folder)
  if #probes == 0 then
    error("callgrind did not count: " .. text, 0)
  end
  return probes
end

return callgrind
