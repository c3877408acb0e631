--- What differs between two values: spec/core/changes.c has them.
local ks = require "spec.support.ks"

describe("what differs between two values", function()
  it("is each member with its way, its old and its new value, in the usual form", function()
    local r = ks.shell(("%s known %s"):format(ks.build "unit/changes", ks.btf "values"))
    assert.same({ 0, "" }, { r.code, r.err })
    assert.equal([[
(unchanged)
{}
s->c 'x' -> '\'', s->b false -> true, s->i -7 -> 7, s->u 1500 -> 1448, s->ul 9223372036854775808 -> 0, ]]
      .. [[s->u128 0 -> 340282366920938463463374607431768211455, s->d 0.5 -> 1e+100, s->color RED -> BLUE, ]]
      .. [[s->sign 0 -> MINUS, s->small 0 -> 77
{"c":[120,39],"b":[false,true],"i":[-7,7],"u":[1500,1448],"ul":[9223372036854775808,0],]]
      .. [["u128":[0,340282366920938463463374607431768211455],"d":[0.5,1e+100],"color":[0,5],"sign":[0,-1],]]
      .. [["small":[0,77]}
b 31 -> 30, flag false -> true, big 7 -> 78187493530, sign MINUS -> PLUS
{"b":[31,30],"flag":[false,true],"big":[7,78187493530],"sign":[-1,1]}
a.numbers[1] 2 -> 0, a.bytes[7] 0 -> 255, a.pairs[1].b 4 -> 5, a.pairs[5].a 0 -> 6, a.colors[0] RED -> 9, ]]
      .. [[a.names[8] 116 -> 84, a.matrix[5] 0 -> 1, a.either[0].i 0 -> 3, a.either[0].pair.b 0 -> 4
{"numbers[1]":[2,0],"bytes[7]":[0,255],"pairs[1].b":[4,5],"pairs[5].a":[0,6],"colors[0]":[0,9],]]
      .. [["names[8]":[116,84],"matrix[5]":[0,1],"either[0].i":[0,3],"either[0].pair.b":[0,4]}
dev->name "eth0" -> "\"\x1b[m", dev->full "abcd" -> "abc", dev->bytes[0] 0 -> 98, dev->last 'y' -> 'z'
{"name":["eth0","\"\u001b[m"],"full":["abcd","abc"],"bytes[0]":[0,98],"last":[121,122]}
n->y 0 -> 2, n->i 0 -> 256, n->named.z 3 -> 0, n->pair.b 0 -> -1, n->either.pair.b 0 -> 1, n->unnamed.y 0 -> 1
{"y":[0,2],"i":[0,256],"named.z":[3,0],"pair.b":[0,-1],"either.pair.b":[0,1],"unnamed.y":[0,1]}
p->p 0xffff888012345678 -> 0x0, p->text 0x0 -> -ENOENT, p->functions[1] 0x0 -> 0x10
{"p":["0xffff888012345678","0x0"],"text":["0x0","0xfffffffffffffffe"],"functions[1]":["0x0","0x10"]}
(unchanged)
{}
]], r.out)
  end)

  -- Whichever bits differ; an independent reader of BTF says which members these are. Texts in buffers
  -- of any size, and bytes of which none is behind: `make asan` sees that.
  it("is exactly what has bits that differ", function()
    local pairs_, members = 0, 0
    for _, fixture in ipairs { "values", "meanings" } do
      for seed = 1, 3 do
        local r = ks.shell(("%s random %s %d 1 | python3 spec/support/changes.py %s"):format(
          ks.build "unit/changes", ks.btf(fixture), seed, ks.btf(fixture)))
        assert.same({ 0, "wrong 0\n" }, { r.code, r.err }, r.out)
        local n, m = r.out:match "^pairs (%d+), members (%d+), wrong 0\n$"
        pairs_, members = pairs_ + n, members + m
      end
    end
    assert.is_true(pairs_ > 1000 and members > 1800, pairs_ .. " " .. members)
  end)
end)
