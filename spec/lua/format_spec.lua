-- Types that a script shows by functions of its own: wherever a value of one is shown.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core, lease, view = ks.require "ksnoop.core", ks.require "ksnoop.lease", ks.require "ksnoop.view"
local format, output = ks.require "ksnoop.format", ks.require "ksnoop.output"
local module, sink = ks.require "ksnoop", ks.require "ksnoop.sink"
local C = core.C

describe("a type that a script shows", function()
  local trace, probe, variant, bytes, of, event
  local written = ""

  -- formats: { { type, function }, ... }; captures: strings
  local function open(formats, captures)
    local options = ffi.new "struct ks_options"
    options.btf = ks.btf()
    trace = C.ks_open(options, core.error)
    for _, f in ipairs(formats) do
      format.define({ handle = trace, probes = {} }, f[1], f[2], f[3])
    end
    probe = C.ks_probe(trace, ffi.new("const char *[1]", { "vfs_read" }), 1, core.error)
    for _, capture in ipairs(captures) do
      assert(C.ks_capture(probe, capture, core.error) == 0, capture .. ffi.string(core.error.message))
    end
    bytes = ffi.new "uint8_t[4096]"
    variant = C.ks_variant(probe, 0)
    of = view.new(trace, variant, 0, "vfs_read")
    event = ffi.cast(of.ticket, lease.clock[0])
    lease.place[0] = bytes
  end

  local function at(name)
    return bytes + C.ks_field(variant, C.ks_field_index(variant, name, core.error)).offset
  end

  local function pairs_at(place, ...)
    local p = ffi.cast("int32_t *", place)
    for i, n in ipairs { ... } do
      p[i - 1] = n
    end
  end

  -- What a template prints, or JSON.
  local function printed(template, as)
    written = ""
    local write, fill = output.write, output.fill
    output.write = function(s) written = written .. s end
    output.fill = function(f, a, b) written = written .. core.text(function(buf, n) return f(a, b, buf, n) end) end
    local ok, e = pcall(function()
      sink.print(template):bind(trace, probe, as or "text", true)(ffi.cast("const struct ks_record *", bytes))
    end)
    output.write, output.fill = write, fill
    return ok and written or error(e, 0)
  end

  local function message(f)
    local ok, e = pcall(f)
    assert.is_false(ok)
    return type(e) == "table" and e.message or e, type(e) == "table" and e.hint or nil
  end

  local function slash(v) return v.a .. "/" .. v.b end
  local pair, captures = { { "struct pair8", slash } }, { "count", "pairs=file->f_more->pairs",
    "one=file->f_more->pairs[1]", "more=*file->f_more",
    "some=file->f_more->pairs[file->f_flags:file->f_mode]", "color=file->f_more->color" }

  local function close()
    format.forget(trace)
    C.ks_close(trace)
  end
  after_each(close)

  it("is shown alone, in arrays, slices and structs, and by every way to ask", function()
    open(pair, captures)
    pairs_at(at "one", 1, 2)
    pairs_at(at "pairs", 3, 4, 5, 6, 7, 8)
    local head = ffi.cast("struct ks_slice *", at "some")
    head.count, head.wanted = 2, 2
    pairs_at(head + 1, 9, 10, 11, 12)
    local more = of.by_name.more.offset
    pairs_at(bytes + more + 124, -1, 0, 0, 0, 13, 14) -- pairs, as the fixture has them
    assert.equal("1/2", module.text(event, "one"))
    assert.equal("1/2", tostring(event.one))
    assert.equal("{3/4, 5/6, 7/8}", module.text(event, "pairs"))
    assert.equal("{3/4, 5/6, 7/8}", tostring(event.pairs))
    assert.equal("5/6", tostring(event.pairs[1]))
    assert.equal("5/6", module.text(event.pairs, 1))
    assert.equal("{9/10, 11/12}", module.text(event, "some"))
    assert.equal("{9/10, 11/12}", tostring(event.some))
    assert.equal("{.pairs = {-1/0, 0/0, 13/14}}", tostring(event.more))
    assert.equal("{\n\t.pairs = {\n\t\t-1/0,\n\t\t0/0,\n\t\t13/14,\n\t},\n}", module.text(event, "more", "tree"))
    assert.equal("0/0", module.text(event.more.pairs, 1))
    assert.equal("1/2 {3/4, 5/6, 7/8} {9/10, 11/12}\n", printed "{one} {pairs} {some}")
    assert.is_truthy(printed():find("pairs={3/4, 5/6, 7/8}, one=1/2, more={.pairs = {-1/0, ", 1, true), written)
    assert.is_truthy(tostring(event):find("one=1/2 more={.pairs = {-1/0, ", 1, true))
  end)

  it("is shown in copies of events and of values, too", function()
    local kept
    open({ { "struct pair8", function(v) kept = kept or v return slash(v) end } }, captures)
    pairs_at(at "one", 1, 2)
    local e, one = module.copy(event), module.copy(event.one)
    lease.tick()
    pairs_at(at "one", 7, 7)
    assert.equal("1/2", module.text(e, "one"))
    assert.equal("1/2", tostring(one))
    assert.equal("1/2", tostring(e.one))
    lease.tick()
    assert.equal(1, kept.a) -- of a copy it got a copy
  end)

  it("is shown by its bytes where a spec asks for them, and folded as any other", function()
    open({ { "struct pair8", function() return "!" end } }, captures)
    pairs_at(at "one", 1, 18)
    assert.equal("{.a = 0x1, .b = 0x12}", module.text(event, "one", "x"))
    assert.equal("!", module.text(event, "one", "full"))
    assert.equal("{\n\t!,\n\t!,\n\t!,\n}", module.text(event, "pairs", "full")) -- of four it would be one
  end)

  it("stands in columns of its width, whatever the core's text would have had", function()
    open({ { "struct pair8", function(v) return v.a < 10 and "ä" .. v.a or ("long "):rep(9) end } }, captures)
    pairs_at(at "one", 1, 2)
    pairs_at(at "pairs", 3, 4)
    ffi.cast("uint64_t *", at "count")[0] = 77
    assert.equal("[    ä1][ä1    ][    77][77    ] 77\n", printed "[{one|6}][{one|-6}][{count|6}][{count|-6}] {count}")
    assert.equal("77 ä1\n", printed "{count} {one|-20}")
    assert.same({ "    ä1", "ä1    ", "    ä1", "{ä3, ä0, ä0}  ", "ä3   " }, { module.text(event, "one", "6"),
      module.text(event, "one", "-6"), module.text(event.one, nil, "6"), module.text(event, "pairs", "-14"),
      module.text(event.pairs, 0, "-5") })
    pairs_at(at "one", 10, 2)
    assert.equal("77 " .. ("long "):rep(8) .. "long\n", printed "{count} {one|-7}")
    assert.equal(("long "):rep(9) .. " 77\n", printed "{one|7} {count}")
  end)

  it("leaves a template's own bytes alone", function()
    open(pair, captures)
    pairs_at(at "one", 1, 2)
    assert.equal("\1f0;1;2;3\2 \3\1 1/2 \1\27[1m\n", printed "\1f0;1;2;3\2 \3\1 {one} \1\27[1m")
    local titles = printed { "\1{one|6}\2", header = true }
    assert.equal("\1   ONE\2\n\1   1/2\2\n", titles)
  end)

  it("is a string in JSON, where numbers stay numbers", function()
    open({ { "struct pair8", function(v) return slash(v) .. '"\\\n\255' end },
      { "enum color", function(v) return "color " .. v end } }, captures)
    pairs_at(at "one", 1, 2)
    ffi.cast("uint32_t *", at "color")[0] = 7
    local json = printed({}, "json")
    assert.is_truthy(json:find('"one":"1/2\\"\\\\\\u000a\\ufffd",', 1, true), json)
    assert.is_truthy(json:find('"pairs":["0/0\\"', 1, true), json)
    assert.is_truthy(json:find('"color":7,', 1, true) or json:find('"color":7}', 1, true), json)
    assert.is_nil(json:find "[\1-\9]")
  end)

  it("may be an enum or a typedef of a number, of which the function gets the number", function()
    local seen = {}
    open({ { "enum color", function(v) seen[#seen + 1] = v return "color " .. v end },
      { "loff_t", function(v) return ("at %d"):format(tonumber(v)) end } },
      { "color=file->f_more->color", "pos=file->f_pos", "file->f_inode->i_size", "whole=*file",
        "sum=file->f_pos + 1" })
    ffi.cast("uint32_t *", at "color")[0] = 7
    ffi.cast("int64_t *", at "pos")[0] = -5
    ffi.cast("int64_t *", at "sum")[0] = 6
    assert.equal("color 7", module.text(event, "color"))
    assert.same({ 7 }, seen)
    assert.equal("0x7", module.text(event, "color", "x"))
    assert.equal("at -5 at 0 6\n", printed "{pos} {i_size} {sum}") -- what is computed is no loff_t
    assert.equal("[    at 0]\n", printed "[{i_size|8}]")
    ffi.cast("int64_t *", at "whole" + 40)[0] = 12
    assert.is_truthy(tostring(event.whole):find("at 12", 1, true), tostring(event.whole))
  end)

  it("takes the place of one that ksnoop shows, and is shown its way for nil", function()
    open({ { "__be16", function(v) return v ~= 0x5000 and "port " .. v or nil end },
      { "struct pair8", function(v) return v.a == 1 and slash(v) or nil end } },
      { "port=file->f_more->port", "more=*file->f_more" , "pairs=file->f_more->pairs", "one=file->f_more->pairs[1]" })
    ffi.cast("uint16_t *", at "port")[0] = 0x5000
    assert.equal("80", module.text(event, "port"))
    assert.equal("[   80]\n", printed "[{port|5}]")
    ffi.cast("uint16_t *", at "port")[0] = 5
    assert.equal("port 5", module.text(event, "port"))
    pairs_at(at "pairs", 1, 2, 3, 4, 0, 0)
    pairs_at(at "one", 3, 4)
    assert.equal("{1/2, {.a = 3, .b = 4}, {}}", module.text(event, "pairs"))
    assert.equal("{\n\t1/2,\n\t{\n\t\t.a = 3,\n\t\t.b = 4,\n\t},\n\t{},\n}", module.text(event, "pairs", "tree"))
    assert.is_truthy(printed({}, "json"):find('"pairs":["1/2",{"a":3,"b":4},{"a":0,"b":0}],"one":{"a":3,"b":4}', 1,
      true), written)
  end)

  it("may lie in another one, whose function has the word", function()
    local inside = true
    open({ { "struct pair8", slash }, { "struct more", function(v)
      return inside and "more of " .. tostring(v.pairs[0]) .. " " .. tostring(v) or nil
    end } }, { "more=*file->f_more" })
    pairs_at(at "more" + 124, 1, 2)
    -- Of the value that it is asked about, tostring is the usual way.
    assert.equal("more of 1/2 {.pairs = {1/2, 0/0, 0/0}}", module.text(event, "more"))
    assert.equal("more of 1/2 {.pairs = {1/2, 0/0, 0/0}}", tostring(event.more))
    inside = false
    assert.equal("{.pairs = {1/2, 0/0, 0/0}}", module.text(event, "more"))
    assert.equal("{.pairs = {1/2, 0/0, 0/0}}\n", printed "{more}")
  end)

  it("is not asked of what was captured in part, or could not be read", function()
    local asked = 0
    open({ { "struct pair8", function(v) asked = asked + 1 return slash(v) end } }, captures)
    local head = ffi.cast("struct ks_slice *", at "some")
    head.count, head.wanted = 1, 3
    pairs_at(head + 1, 9, 10)
    assert.equal("{9/10, ?} (8 of 24 bytes)", module.text(event, "some"))
    assert.is_truthy(printed({}, "json"):find('"some":["9/10",{"error":"missing"}]', 1, true), written)
    asked = 0
    local r = ffi.cast("struct ks_record *", bytes)
    r.nils = -1ULL
    assert.equal("?EFAULT", module.text(event, "one"))
    assert.equal("?EFAULT\n", printed "{one}")
    assert.equal(0, asked)
    -- Cut anywhere.
    local value = ks.require "ksnoop.value"
    local types, id = C.ks_types(variant), of.by_name.one.type_id
    for there = 0, 7 do
      local text = tostring(value.of(trace, types, id).borrowed(bytes + 512, lease.clock[0], there, 0))
      assert.is_truthy(text:find(("(%d of 8 bytes)"):format(there), 1, true), text)
    end
    assert.equal(0, asked)
  end)

  it("has text that fits into no buffer too small for it", function()
    open({ { "struct pair8", slash }, { "struct more", slash }, { "enum color", tostring } },
      { "pairs=file->f_more->pairs", "more=*file->f_more", "color=file->f_more->color" })
    for i = 0, 300 do
      bytes[40 + i] = i % 7
    end
    local template = C.ks_template(probe, "{pairs|90} {pairs|tree} {more} {color|-9}", core.error)
    local record = ffi.cast("const struct ks_record *", bytes)
    for _, write in ipairs { function(buf, n) return C.ks_template_text(template, record, buf, n) end,
      function(buf, n) return C.ks_json(trace, record, buf, n) end } do
      local whole = core.text(write)
      for cap = 1, #whole do
        local room = ffi.new("char[?]", cap + 1)
        room[cap] = 77
        assert.equal(#whole, tonumber(write(room, cap)))
        assert.equal(whole:sub(1, cap - 1), ffi.string(room, cap - 1))
        assert.equal(77, room[cap])
      end
    end
  end)

  it("gives its function a value that is over when the event is", function()
    local stale
    open({ { "struct pair8", function(v) stale = stale or v return slash(v) end } }, captures)
    pairs_at(at "one", 1, 2)
    assert.equal("1/2", module.text(event, "one"))
    assert.equal(1, stale.a)
    assert.equal("struct pair8 has no member 'c'", (message(function() return stale.c end)))
    lease.tick()
    assert.equal("this event is over: it lasts until its function returns", (message(function() return stale.a end)))
  end)

  it("is made safe for the terminal", function()
    open({ { "struct pair8", function() return "\27[2J\r\n\1f0;1;0;0\2\3\127\255ä" end } }, captures)
    assert.equal("\\x1b[2J\\x0d\\x0a\\x01f0;1;0;0\\x02\\x03\\x7f\\xffä", module.text(event, "one"))
    assert.equal("\\x1b[2J\\x0d\\x0a\\x01f0;1;0;0\\x02\\x03\\x7f\\xffä\n", printed "{one}")
  end)

  it("raises what its function raises, and what that returns wrongly", function()
    local answer
    open({ { "struct pair8", function(v) return answer(v) end } }, captures)
    answer = function() error("not this one", 0) end
    assert.equal("not this one", (message(function() return module.text(event, "one") end)))
    assert.equal("not this one", (message(function() return printed "{one}" end)))
    assert.equal("", written)
    for _, v in ipairs { false, 5, {} } do
      answer = function() return v end
      local text, hint = message(function() return module.text(event, "one") end)
      assert.equal(('the function of ks.format "struct pair8" returned a %s'):format(type(v)), text)
      assert.equal("a string, or nil for the usual way", hint)
    end
    answer = slash
    assert.equal("0/0", module.text(event, "one"))
  end)

  it("is shown by the function that was given last", function()
    open({ { "struct pair8", function() return "first" end }, { "enum color", tostring },
      { "struct  pair8", function() return "second" end } }, captures)
    assert.equal("second", module.text(event, "one"))
  end)

  it("is given before the first text of a trace", function()
    open(pair, captures)
    assert.equal(-1, C.ks_format(trace, "enum color", false, core.error))
    assert.equal("how a type is shown has to be said before the first text", ffi.string(core.error.message))
  end)

  it("has no holes of other traces, nor where BTF would have one", function()
    open({}, captures)
    pairs_at(at "one", 1, 2)
    assert.equal("{.a = 1, .b = 2}", module.text(event, "one"))
    assert.equal("\1f0;1;0;0\2\3 {.a = 1, .b = 2}\n", printed "\1f0;1;0;0\2\3 {one}")
    close()
    open(pair, captures)
    local types, lent = C.ks_types(variant), 0
    local function lend(id, place)
      lent = lent + 1
      return ks.require "ksnoop.value".lend(trace, types, id, bytes + place, 8 - place, false)
    end
    local id = of.by_name.one.type_id
    assert.equal("x0/0y", format.fill(trace, ("x\1f0;%d;0;0\2z\3y"):format(id), false, lend))
    assert.equal("xzy", format.fill(trace, ("x\1f0;%d;1;0\2z\3y"):format(id), false, lend)) -- past the end
    assert.equal(2, lent)
    for _, text in ipairs { "\1", "\1\3", "\1q\2\3", "\1f\2\3", "\1f9;1;0;0\2z\3", "\1f0;1\2z\3" } do
      assert.equal("a" .. text .. "b", format.fill(trace, "a" .. text .. "b", false, lend))
    end
  end)
end)

local folder, clean

local function script(lines, stage)
  return ks.dump(folder, stage or "tree", lines)
end

local function refused(code, lines, expected)
  local r = script(lines)
  assert.equal(expected, r.err)
  assert.equal(code, r.code)
end

-- The trees of a script's texts, without what names the text.
local function trees(lines)
  local r = script(lines)
  assert.equal("", r.err)
  return (r.out:gsub("where: [^\n]*", "where:"):gsub("capture: [^\n]*", "capture:"):gsub("number in", "number =="))
end

-- Reads "1/2" as a struct pair8, "c7" as an enum color, "+5" as a loff_t.
local readers = [[
local ffi = require "ffi"
local asked = {}
ks.format("struct pair8", tostring, function(text)
  asked[#asked + 1] = text
  local a, b = text:match "^(%d+)/(%d+)$"
  return a and ffi.string(ffi.new("int32_t[2]", tonumber(a), tonumber(b)), 8)
end)
ks.format("enum color", tostring, function(text) return tonumber(text:match "^c(%d+)$") end)
ks.format("loff_t", tostring, function(text) return 0LL + tonumber(text) end)
]]

describe("a literal that a script reads", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("is compared as the numbers that it stands for", function()
    local numbers = trees(readers .. [[
ks.probe "vfs_read" { where = "file->f_more->color == 'c7' && file->f_pos == '-5'" }]])
    assert.is_truthy(numbers:find("member %->color : u32 @ %+176\n[^\n]+\n[^\n]+\n +number == : u32 = 7\n"), numbers)
    assert.is_truthy(numbers:find("number == : u64 = 18446744073709551611\n", 1, true), numbers) -- -5
    local bytes = trees(readers .. [[
ks.probe "vfs_read" { where = "file->f_more->pairs[1] != '3/4'" }]])
    assert.is_truthy(bytes:find("unary ! : s32\n  binary == : s32\n    member .[ : u64 @ +0\n", 1, true), bytes)
    assert.is_truthy(bytes:find("number != : u64 = 17179869187", 1, true), bytes) -- 4 << 32 | 3
  end)

  it("stands behind in, in with, in words, in captures and in templates, and is asked for once", function()
    local r = script(readers .. [[
ks.define("is(p, x)", "p == x || p == '9/9'")
ks.probe "vfs_read" {
  with = { one = "1/2", several = { "3/4", "5/6" } },
  where = { "file->f_more->pairs[0] in ('1/2', '3/4') || file->f_more->pairs[1] == $one",
    "file->f_more->pairs[2] in $several", "is(file->f_more->pairs[0], '7/8')" },
  capture = { "hit=file->f_more->pairs[0] == '1/2'" },
  ks.print "{hit} {args} {other=file->f_more->pairs[0] == '10/11'} {first(file->f_more->pairs[0] == '12/13', count)}",
}
io.stderr:write(table.concat(asked, " "), "\n")]])
    assert.equal(0, r.code)
    assert.equal("1/2 3/4 5/6 7/8 9/9 10/11 12/13\n", r.err)
    assert.equal(3, select(2, r.out:gsub("%f[%w]where: ", "")))
    assert.equal(3, select(2, r.out:gsub("%f[%w]capture: file%->f_more%->pairs%[0%] ==[^\n]*\n", "")) +
      select(2, r.out:gsub("%f[%w]capture: first[^\n]*\n", "")))
  end)

  it("stands in aggregations' keys and values, and in what is asked of a call's beginning", function()
    local r = script(readers .. [[
ks.probe "vfs_read" {
  ks.count { by = { "x=file->f_more->pairs[0] == '1/2'", "y=file->f_more->pairs[0] == '3/4'" } },
  ks.sum { "file->f_more->pairs[0] == '5/6'", by = "comm" },
  ks.count { by = { function() return 1 end, "y=file->f_more->pairs[0] == '7/8'" } },
}
ks.call "vfs_read" {
  where = "entry(file->f_more->color) == 'c7' && entry(file->f_more->pairs[0] == '9/9')",
  ks.count { by = "x=entry(file->f_more->pairs[0] == '10/11')" },
}
io.stderr:write(table.concat(asked, " "), "\n")]], "bpf")
    assert.equal("1/2 3/4 5/6 7/8 9/9 10/11\n", r.err)
    assert.equal(0, r.code)
  end)

  it("stands in what a span's ends test and capture, and not in their keys", function()
    local span = [[
ks.span { where = "hit || file->f_pos == '5'",
  open = { "vfs_open", "vfs_read", key = "file", where = { "file->f_more->color == 'c7'",
    "file->f_more->pairs[0] != '1/2'" }, capture = "hit=file->f_more->pairs[0] == '3/4'" },
  close = { "vfs_write", key = "%s", where = "file->f_more->pairs[0] == '5/6'" },
}
io.stderr:write(table.concat(asked, " "), "\n")]]
    local r = script(readers .. span:format "file", "bpf")
    assert.equal("1/2 3/4 5/6\n", r.err)
    assert.equal(0, r.code)
    assert.equal(2, select(2, r.out:gsub("if w%d != 7 goto", ""))) -- once for each place
    r = script(readers .. span:format "(file->f_more->pairs[0] == '7/8')", "bpf")
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("a key has no literals that a function of the script's reads\n", 1, true), r.err)
  end)

  it("leaves nothing of a text behind that was begun before it was told", function()
    local one, two = [[
ks.probe { "vfs_read", "vfs_write" } { where = "file->f_more->color == %s",
  ks.print "{args} {file->f_pos} {x=file->f_more->color == %s}" }]], [[
ks.format("enum color", tostring, function(text) return tonumber(text:match "^c(%d+)$") end)
]]
    local plain, told = script(one:format("7", "0"), "layout"), script(two .. one:format("'c7'", "'c0'"), "layout")
    assert.equal("", plain.err .. told.err)
    assert.is_truthy(plain.out:find "x = int")
    assert.equal(plain.out, told.out)
    -- But for the text and the number of the process.
    local function program(lines)
      return (script(lines, "ir").out:gsub("%s*;[^\n]*", ""):gsub("== %d%d+ goto", "== PID goto"))
    end
    assert.equal(program(one:format("7", "0")), program(two .. one:format("'c7'", "'c0'")))
  end)

  it("may be of a type that is shown by ksnoop, which goes on to read it without a function", function()
    local expected = trees [[ks.probe "vfs_read" { where = "file->f_more->address == 10.0.0.1" }]]
    assert.equal(expected, trees [[
ks.format("__be32", tostring)
ks.probe "vfs_read" { where = "file->f_more->address == 10.0.0.1" }]])
    assert.equal(expected, trees [[
ks.format("__be32", tostring, function(text) return text == "home" and "\10\0\0\1" or nil end)
ks.probe "vfs_read" { where = "file->f_more->address == 'home'" }]])
  end)

  local cases = {
    { "is no such text", 2, readers .. [[
ks.probe "vfs_read" { where = "count > 1 && file->f_more->pairs[0] in ('1/2', 'x')" }]], [[
t.lua:11: 'x' is no struct pair8
    ks.probe "vfs_read" { where = "count > 1 && file->f_more->pairs[0] in ('1/2', 'x')" }
                                                                                  ^^^
]] },
    { "has an order", 2, readers .. [[
ks.probe "vfs_read" { where = "file->f_more->pairs[0] < '1/2'" }]], [[
t.lua:11: '1/2' can only be compared with == and !=
    ks.probe "vfs_read" { where = "file->f_more->pairs[0] < '1/2'" }
                                                          ^
]] },
    { "gives bytes of another size", 2, [[
ks.format("struct pair8", tostring, function() return "abc" end)
ks.probe "vfs_read" { where = "file->f_more->pairs[0] == 'x'" }]], [[
t.lua:2: the second function of ks.format "struct pair8" returned 3 bytes for 'x'
    ks.format("struct pair8", tostring, function() return "abc" end)
hint: the type has 8
]] },
    { "gives a number that is too large", 2, [[
ks.format("enum color", tostring, function() return 2 ^ 32 end)
ks.probe "vfs_read" { where = "file->f_more->color == 'x'" }]], [[
t.lua:2: the second function of ks.format "enum color" returned 4294967296 for 'x'
    ks.format("enum color", tostring, function() return 2 ^ 32 end)
hint: that is no number of 4 bytes
]] },
    { "gives a part of a number", 2, [[
ks.format("enum color", tostring, function() return 0.5 end)
ks.probe "vfs_read" { where = "file->f_more->color == 'x'" }]], [[
t.lua:2: the second function of ks.format "enum color" returned 0.5 for 'x'
    ks.format("enum color", tostring, function() return 0.5 end)
hint: that is no number of 4 bytes
]] },
    { "gives a number for what has none of its size", 2, [[
ks.format("struct pair12", tostring, function() return 1 end)
ks.probe "connected" { where = "pair == 'x'" }]], [[
t.lua:2: the second function of ks.format "struct pair12" returned 1 for 'x'
    ks.format("struct pair12", tostring, function() return 1 end)
hint: that is no number of 12 bytes
]] },
    { "gives something odd", 2, [[
ks.format("enum color", tostring, function() return {} end)
ks.probe "vfs_read" { where = "file->f_more->color == 'x'" }]], [[
t.lua:2: the second function of ks.format "enum color" returned a table for 'x'
    ks.format("enum color", tostring, function() return {} end)
hint: a string of 4 bytes, a number, or nil for what is no such text
]] },
    { "raises", 2, [[
ks.format("enum color", tostring, function(text) error("what is " .. text .. "?") end)
ks.probe "vfs_read" { where = "file->f_more->color == 'x'" }]], [[
t.lua:2: what is x?
]] },
    { "is of more bytes than can be compared", 2, [[
ks.format("struct more", tostring, function() return 1 end)
ks.probe "vfs_read" { where = "*file->f_more == 'x'" }]], [[
t.lua:3: struct more has SIZE bytes, and literals stand for 64 at most
    ks.probe "vfs_read" { where = "*file->f_more == 'x'" }
                                                    ^^^
]] },
  }
  for _, case in ipairs(cases) do
    it("that " .. case[1] .. " is an error", function()
      local r = script(case[3])
      assert.equal(case[4], (r.err:gsub("struct more has %d+", "struct more has SIZE")))
      assert.equal(case[2], r.code)
      assert.equal("", r.out)
    end)
  end
end)

describe("ks.format", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local cases = {
    { "a type that there is not", 3, [[
ks.format("struct pair9", tostring)]], [[
t.lua:2: there is no type 'struct pair9'
    ks.format("struct pair9", tostring)
               ^^^^^^^^^^^^
hint: did you mean struct pair8, struct pair16 or struct pair12?
]] },
    { "a type without its word", 3, [[
ks.format("pair8", tostring)]], [[
t.lua:2: there is no type 'pair8'
    ks.format("pair8", tostring)
               ^^^^^
hint: did you mean struct pair8?
]] },
    { "a member", 2, [[
ks.format("struct pair8.a", tostring)]], [[
t.lua:2: 'struct pair8.a' is no name of a type
    ks.format("struct pair8.a", tostring)
               ^^^^^^^^^^^^^^
hint: such as 'struct in6_addr', 'enum x', kuid_t
]] },
    { "a pattern", 2, [[
ks.format("struct p*", tostring)]], [[
t.lua:2: 'struct p*' is no name of a type
    ks.format("struct p*", tostring)
               ^^^^^^^^^
hint: such as 'struct in6_addr', 'enum x', kuid_t
]] },
    { "a typedef of a pointer", 2, [[
ks.format("compare_fn", tostring)]], [[
t.lua:2: 'compare_fn' is no struct, union or enum, and no integer of up to 64 bits
    ks.format("compare_fn", tostring)
               ^^^^^^^^^^
]] },
    { "a name with a NUL byte", 2, [[
ks.format("loff_t\0", tostring)]], [[
t.lua:2: a type's name has a NUL byte in it
    ks.format("loff_t\0", tostring)
]] },
    { "no name", 2, [[
ks.format(tostring)]], [[
t.lua:2: a type's name is a string, not a function
    ks.format(tostring)
]] },
    { "no function", 2, [[
ks.format("loff_t", "%d")]], [[
t.lua:2: ks.format takes a function that shows a value, not a string
    ks.format("loff_t", "%d")
hint: ks.format("loff_t", function(v) return ... end)
]] },
    { "no second function", 2, [[
ks.format("loff_t", tostring, true)]], [[
t.lua:2: ks.format takes a function that reads a text, not a boolean
    ks.format("loff_t", tostring, true)
]] },
    { "a type behind a probe's table", 2, [[
ks.probe "vfs_read" {}
ks.format("loff_t", tostring)]], [[
t.lua:3: ks.format comes before the probes' tables, and "vfs_read" has its own
    ks.format("loff_t", tostring)
hint: move it up: what a type looks like is settled when a table is read
]] },
  }
  for _, case in ipairs(cases) do
    it("refuses " .. case[1], function() refused(case[2], case[3], case[4]) end)
  end

  it("may stand between a place and its table", function()
    assert.equal("", script([[
local p = ks.probe "vfs_read"
ks.format("loff_t", tostring)
p {}]]).err)
  end)
end)
