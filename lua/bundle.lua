--- Writes what core/bundle.h declares as C: the modules' bytecode, compressed.
---
---     luajit lua/bundle.lua NAME=FILE.gz ... >bundle.c
---
--- FILE.gz is what gzip made of bytecode; its last four bytes say how long that is.
local function bytes_of(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "*a"
  f:close()
  return text
end

local entries = {}
print '#include "bundle.h"'
for i, word in ipairs(arg) do
  local name, path = word:match "^(.-)=(.*)$"
  local text = bytes_of(path)
  local a, b, c, d = text:byte(-4, -1)
  local list = {}
  for j = 1, #text do
    list[j] = text:byte(j) .. (j % 32 == 0 and ",\n" or ",")
  end
  io.write(("static const unsigned char module_%d[] = {\n%s};\n"):format(i, table.concat(list)))
  local size = a + b * 2 ^ 8 + c * 2 ^ 16 + d * 2 ^ 24
  local row = ('\t{"%s", module_%d, sizeof(module_%d), %d},\n'):format(name, i, i, size)
  entries[i] = { name = name, row = row }
end
table.sort(entries, function(a, b) return a.name < b.name end)
io.write "const struct module bundle[] = {\n"
for _, e in ipairs(entries) do
  io.write(e.row)
end
io.write "};\nconst uint32_t bundle_count = sizeof(bundle) / sizeof(*bundle);\n"
