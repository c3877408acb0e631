--- Holds what ksnoop type says of structs and unions against a C compiler that was given the same types
--- by bpftool: sizeof, offsetof, and for bit-fields which bits become 1 when all of one is set.
local ks = require "spec.support.ks"

local offsets = {}

local head = [[
#include "types.h"
typedef unsigned char byte;
extern int printf(const char *, ...);
static long compared, wrong;
static void same(const char *what, long is, long said)
{
	compared++;
	if (is != said && wrong++ < 20)
		printf("%s: %ld, not %ld\n", what, is, said);
}
static void bits(const char *what, const byte *b, long size, long from, long count)
{
	long first = -1, n = 0;

	for (long i = 0; i < size * 8; i++)
		if (b[i / 8] >> i % 8 & 1 && n++ == 0)
			first = i;
	same(what, first, from);
	same(what, n, count);
}
#define SIZE(type, size) same(#type, sizeof(type), size)
#define OFFSET(type, path, offset) same(#type "." #path, __builtin_offsetof(type, path), offset)
#define MEMBER(type, path, offset, size) \
	OFFSET(type, path, offset); \
	same("size of " #type "." #path, sizeof(((type *)0)->path), size)
#define BITS(type, path, bit, count) do { \
	static union { type t; byte b[sizeof(type)]; } u; \
	__builtin_memset(&u, 0, sizeof(u)); \
	u.t.path = -1; \
	bits(#type "." #path, u.b, sizeof(u), bit, count); \
} while (0)
]]

local sh = ks.sh

-- The header that bpftool makes of a file's types, in which enums of one byte have four.
local function header_of(btf)
  local text = sh("bpftool btf dump file %s format c", btf)
  for name, size in sh("%s --btf %s type 'enum *'", ks.binary, btf):gmatch "enum ([%w_]+): (%d+) byte" do
    if tonumber(size) < 4 then
      text = text:gsub("(\nenum " .. name .. " %b{});", "%1 __attribute__((packed));")
    end
  end
  return text
end

-- What is said of each type, as lines of C; types of which there are several by one name are left out,
-- and what is not in the header: bpftool gives some of them names of its own.
local function types(lines, header)
  local list, count, one = {}, {}, nil
  for line in lines:gmatch "[^\n]+" do
    local name, size = line:match "^T ([%w_]+ [%w_]+) (%d+)$"
    if name then
      count[name] = (count[name] or 0) + 1
      one = { name = name, text = { ("SIZE(%s, %s);"):format(name, size) } }
      list[#list + 1] = one
    else
      local path, offset, bytes, bit, bits = line:match "^M (%S+) (%d+) (%d+) (%d+) (%d+)$"
      assert(path, line)
      local c
      if bits ~= "0" then
        c = ("BITS(%s, %s, %d, %s);"):format(one.name, path, offset * 8 + bit, bits)
      elseif bytes == "0" then -- an array without a length has no sizeof
        c = ("OFFSET(%s, %s, %s);"):format(one.name, path, offset)
      else
        c = ("MEMBER(%s, %s, %s, %s);"):format(one.name, path, offset, bytes)
      end
      one.text[#one.text + 1] = c
    end
  end
  for i = #list, 1, -1 do
    if count[list[i].name] > 1 or not header:find("\n" .. list[i].name .. " {\n", 1, true) then
      table.remove(list, i)
    end
  end
  return list
end

--- Compares some of a file's structs and unions.
--- @param btf string a file
--- @param header string|nil a file with the same types in C; nil: what bpftool writes
--- @param wanted number how many types; chosen by a generator with a seed
--- @return number of types, number of comparisons, number of those that differ, what was printed
function offsets.compare(btf, header, wanted, seed)
  local folder, clean = ks.folder()
  local c = header and ks.read(header) or header_of(btf)
  ks.write(folder .. "/types.h", c)
  local list = {}
  for _, kind in ipairs { "struct", "union" } do
    local lines = sh("%s --btf %s -f json type '%s *' | jq -r -f spec/support/offsets.jq", ks.binary, btf, kind)
    for _, one in ipairs(types(lines, c)) do
      list[#list + 1] = one
    end
  end
  math.randomseed(seed)
  for i = 1, math.min(wanted, #list) do
    local k = math.random(i, #list)
    list[i], list[k] = list[k], list[i]
  end
  local text, main = { head }, {}
  for i = 1, math.min(wanted, #list) do -- a function each: gcc takes its time with long ones
    text[#text + 1] = ("static void f%d(void)\n{\n%s\n}\n"):format(i, table.concat(list[i].text, "\n"))
    main[i] = ("f%d();"):format(i)
  end
  text[#text + 1] = ("int main(void)\n{\n%s\nprintf(\"%%ld compared, %%ld wrong\\n\", compared, wrong);\n}\n")
    :format(table.concat(main, "\n"))
  ks.write(folder .. "/check.c", table.concat(text))
  sh("cd %s && gcc -std=gnu11 -fms-extensions -w -O0 -o check check.c", folder)
  local out = sh("%s/check", folder)
  clean()
  local compared, wrong = out:match "(%d+) compared, (%d+) wrong\n$"
  return #main, tonumber(compared), tonumber(wrong), out
end

return offsets
