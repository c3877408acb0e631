--- ksnoop type: what lies where in a type.
local ks = require "spec.support.ks"
local offsets = require "spec.support.offsets"

local function types(...)
  return ks.run("--btf", ks.btf(), "type", ...)
end

local function says(text, ...)
  local r = types(...)
  assert.equal(0, r.code, r.err)
  assert.equal(text, r.out)
end

local function refuses(code, text, ...)
  local r = types(...)
  assert.equal(code, r.code)
  assert.equal(text, r.err)
end

describe("ksnoop type", function()
  it("shows bit-fields, the bits that nobody has, and padding", function()
    says([[
struct bits
offset               size
     0    0x0      3 bits  u32 low : 3
     0:3  0x0     14 bits  u32 middle : 14
     2:1  0x2     15 bits  u32 high : 15
     4    0x4      5 bits  int sign : 5
     4:5  0x4     27 bits  int wide_sign : 27
     8    0x8       1 bit  _Bool flag : 1
     8:1  0x8       1 bit  _Bool other : 1
     8:2  0x8     40 bits  u64 long_one : 40
    13:2  0xd     22 bits  --- hole
    16    0x10    24 bits  s64 long_sign : 24
    19    0x13     4 bits  u8 byte_one : 4
    19:4  0x13     4 bits  u8 byte_two : 4
    20    0x14          4  --- padding
size 24, 11 members, 1 hole of 2 bytes and 6 bits, 4 bytes of padding
]], "struct bits")
  end)

  it("shows members of structs without a name in their place", function()
    says([[
struct qstr
offset          size
     0  0x0        8  union {
     0  0x0        8    struct {
     0  0x0        4      u32 hash
     4  0x4        4      u32 len
                        }
     0  0x0        8    u64 hash_len
                      }
     8  0x8        8  const unsigned char *name
size 16, 2 members, no holes
]], "qstr")
    assert.matches([[
     4  0x4        4    int %(%*const %*table%[4%]%)%(const char %*, %.%.%.%)
]], (types "struct file_operations".out:gsub("     8  0x8       32  int", "     4  0x4        4    int")))
  end)

  it("shows holes, function pointers, arrays and cache lines", function()
    local out = types "struct odd".out
    for line in ([[
   124  0x7c       4  --- hole
                      --- cache line 2
   128  0x80       8  char **names
   136  0x88       8  struct odd *(*make)(enum color, const struct file *restrict)
   144  0x90      16  void (*handlers[2])(int)
   160  0xa0       4  volatile int busy
   164  0xa4       4  --- hole
   180  0xb4       8  struct {
   184  0xb8       4    struct {
                        } deeper
                      } named
size 224, 20 members, 4 holes of 20 bytes, 4 cache lines of 64
]]):gmatch "[^\n]+\n" do
      assert.is_truthy(out:find(line, 1, true), line .. out)
    end
  end)

  it("shows the values of enums, and what typedefs stand for", function()
    says([[
enum big_sign
      value
-5000000000               BIG_MINUS
 5000000000  0x12a05f200  BIG_PLUS
size 8, 2 values, signed

enum small_enum
value
    0  0x0  SMALL_A
    1  0x1  SMALL_B
size 1, 2 values, unsigned

fmode_t: unsigned int
size 4, unsigned
]], "enum big_sign", "small_enum", "typedef fmode_t")
  end)

  it("goes a path, and counts offsets from where it began", function()
    says([[
struct file.f_path: struct path at byte 8
offset          size
     8  0x8        8  struct vfsmount *mnt
    16  0x10       8  struct dentry *dentry
size 16, 2 members, no holes

struct bits.middle: u32 : 14 at byte 0, bit 3
size 4, unsigned

struct file.f_inode->i_mtime.tv_nsec: long int at byte 48
size 8, signed

struct odd.numbers[2]: int at byte 56
size 4, signed
]], "struct file.f_path", "bits.middle", "file.f_inode->i_mtime.tv_nsec", "odd.numbers[2]")
  end)

  it("lists what matches a pattern, a line each", function()
    says("struct packed_bits: 9 bytes, 2 members\n", "struct packed_b?t*")
    local all = types "*".out
    assert.matches("\nenum level: 4 bytes, 3 values\n", all)
    assert.matches("\nfmode_t: 4 bytes\n", all)
  end)

  it("says which other types have the name, and shows each of several that differ", function()
    local folder, clean = ks.folder()
    ks.write(folder .. "/a.c", "typedef int two; struct two { long a; } s; two t; struct one { int a; } o;")
    local made = ks.shell(("cd %s && gcc -g -c a.c && pahole --btf_encode_detached a.btf a.o"):format(folder))
    assert.equal(0, made.code, made.err)
    local r = ks.run("--btf", folder .. "/a.btf", "type", "two", "struct two", "one")
    assert.equal(0, r.code, r.err)
    assert.matches("size 8, 1 member, no holes\nthere is also 'typedef two'\n\nstruct two\n", r.out)
    assert.equal(1, select(2, r.out:gsub("there is also", "")))
    clean()
  end)

  it("shows types of a module, whose members' types are the kernel's", function()
    local folder, clean = ks.folder()
    ks.write(folder .. "/a.c", [[
      struct s16 { long a, b; };
      struct own { char tag; struct s16 where; enum { NEAR, FAR = 9 } how; } own;]])
    local made = ks.shell(("cd %s && gcc -g -c a.c && pahole -J --btf_base %s a.o && "
      .. "objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc a.o a.btf")
      :format(folder, ks.btf "passing"))
    assert.equal(0, made.code, made.err)
    local r = ks.shell(("%s %s %s/a.btf 'struct own' 'struct s16'")
      :format(ks.build "unit/type_split", ks.btf "passing", folder))
    clean()
    assert.equal(0, r.code, r.out)
    assert.equal([[
struct own [split]
offset          size
     0  0x0        1  char tag
     1  0x1        7  --- hole
     8  0x8       16  struct s16 where
    24  0x18       4  enum {...} how
    28  0x1c       4  --- padding
size 32, 3 members, 1 hole of 7 bytes, 4 bytes of padding
struct s16: not in the file itself
]], r.out)
  end)

  it("writes JSON, an object a line", function()
    local r = ks.run("-f", "json", "--btf", ks.btf(), "type", "qstr", "level", "packed_bits", "struct file.f_flags")
    assert.equal(0, r.code, r.err)
    assert.equal([=[
{"name":"struct qstr","module":null,"kind":"struct","type":"struct qstr","offset":0,"size":16,"members":[]=]
      .. [=[{"name":null,"type":"union {...}","offset":0,"size":8,"members":[]=]
      .. [=[{"name":null,"type":"struct {...}","offset":0,"size":8,"members":[]=]
      .. [=[{"name":"hash","type":"u32","offset":0,"size":4},{"name":"len","type":"u32","offset":4,"size":4}]},]=]
      .. [=[{"name":"hash_len","type":"u64","offset":0,"size":8}]},]=]
      .. [=[{"name":"name","type":"const unsigned char *","offset":8,"size":8}],"holes":[]}
{"name":"enum level","module":null,"kind":"enum","type":"enum level","offset":0,"size":4,"members":[],"values":[]=]
      .. [=[{"name":"LEVEL_LOW","value":-5},{"name":"LEVEL_MID","value":0},{"name":"LEVEL_HIGH","value":5}]}
{"name":"struct packed_bits","module":null,"kind":"struct","type":"struct packed_bits","offset":0,"size":9,]=]
      .. [=["members":[{"name":"first","type":"u8","offset":0,"size":1,"bit_offset":0,"bits":4},]=]
      .. [=[{"name":"across","type":"u64","offset":0,"size":8,"bit_offset":4,"bits":61}],]=]
      .. [=["holes":[{"offset":8,"size":1,"bit_offset":1,"bits":7}]}
{"name":"struct file.f_flags","module":null,"kind":"int","type":"int","offset":4,"size":4,"members":[]}
]=], r.out)
    local all = ks.shell(("%s --btf %s -f json type '*' | jq -e '.name and .size and .members' | sort | uniq -c")
      :format(ks.quote(ks.binary), ks.btf()))
    assert.matches("^ +%d+ true\n$", all.out)
  end)

  it("says what is not there, and what is near", function()
    refuses(3, "ksnoop: there is no type 'struct fil'\nhint: did you mean file?\n", "struct fil")
    refuses(3, "ksnoop: struct file has no member 'f_pth'\nhint: did you mean f_path or f_pos?\n", "file.f_pth")
    refuses(3, "ksnoop: there is no type 'vfs_read'\nhint: vfs_read is a function: ksnoop info vfs_read\n", "vfs_read")
    refuses(3, "ksnoop: there is no type 'union file'\nhint: there is 'struct file'\n", "union file")
    refuses(3, "ksnoop: no type matches 'zzz*'\n", "zzz*")
    refuses(3, "ksnoop: '.x': loff_t has no members\n", "file.f_pos.x")
    refuses(3, "ksnoop: '[4]': int [4] has not so many elements\n", "odd.numbers[4]")
    refuses(3, "ksnoop: '.x': int [4] is an array: say which element, [0]\n", "odd.numbers.x")
    refuses(2, "ksnoop: what is '-f_path'?\n", "file-f_path")
    refuses(2, "ksnoop: the name of a type is missing\n"
      .. "hint: such as 'struct sock', 'enum x', size_t, 'struct sock.sk_lock'\n", "struct ")
    local r = types("struct path", "nothing here", "fmode_t")
    assert.equal(3, r.code)
    assert.matches("^struct path\n.*\n\nfmode_t: unsigned int\n", r.out)
    assert.equal(2, types().code)
  end)

  it("agrees with gcc on every struct and union of a file", function()
    local count, compared, wrong, out = offsets.compare(ks.btf(), "spec/fixtures/kernel.c", 1000, 1)
    assert.equal(0, wrong, out)
    assert.is_true(count >= 20 and compared > 300, out)
  end)
end)
