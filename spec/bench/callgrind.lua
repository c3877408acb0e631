--- Instructions that something takes, as callgrind counts them: nothing else the machine does is in it.

local callgrind = {}

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- Runs a program and counts each call of a function: the program's lines, and a function that gives
-- the instructions of the n-th call, or nil.
local function count(name, command)
  local folder = output "mktemp -d":match "%S+"
  local text = output(("valgrind -q --tool=callgrind --toggle-collect=%s --dump-after=%s "
    .. "--callgrind-out-file=%s/out %s 2>&1"):format(name, name, folder, command))
  local counted = {}
  repeat
    local f = io.open(("%s/out.%d"):format(folder, #counted + 1))
    local insns = f and f:read "*a":match "\ntotals: (%d+)"
    if f then
      f:close()
    end
    counted[#counted + 1] = tonumber(insns)
  until not insns
  os.execute("rm -r " .. folder)
  if #counted == 0 then
    error("callgrind did not count: " .. text, 0)
  end
  return text, counted
end

--- For each probe of spec/bench/compile.c, in order: { insns = N, text = "PLACE WHERE" }.
--- program: that which is built of it; btf: a file.
function callgrind.compile(program, btf)
  local text, counted = count("compile_probe", program .. " " .. btf)
  local probes = {}
  for probe in text:gmatch "%d+ (%S+ [^\n]+)" do
    probes[#probes + 1] = { text = probe, insns = counted[#probes + 1] }
  end
  return probes
end

--- For each struct of a list and each way of spec/bench/decode.c to show a value of it, in order:
--- { name = STRUCT, what = "line", bytes = of the value, text = bytes of the text, insns = N }.
function callgrind.decode(program, btf, names)
  local text, counted = count("decode_case", ("%s %s %s"):format(program, btf, table.concat(names, " ")))
  local cases = {}
  for name, what, bytes, length in text:gmatch "(%S+) (%l+) (%d+) (%d+) %d+\n" do
    cases[#cases + 1] = { name = name, what = what, bytes = tonumber(bytes), text = tonumber(length),
      insns = counted[#cases + 1] }
  end
  return cases
end

return callgrind
