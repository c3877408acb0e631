--- doc/ksnoop.schema.json: what is printed fits it, and what does not fit is found.
local ks = require "spec.support.ks"

local function check(def, text)
  local r = ks.shell("spec/support/check_json.py " .. def, text)
  return r.code, r.out, r.err
end

describe("the schema of -f json", function()
  it("is what info prints of every function", function()
    local r = ks.run("-f", "json", "--btf", ks.btf "kernel", "info", "*")
    assert.equal(0, r.code)
    local code, out, err = check("info", r.out)
    assert.same({ 0, "" }, { code, err })
    assert.is_true(tonumber(out:match "object=(%d+)") >= 20, out)
  end)

  it("is what explain prints, also of what is not there", function()
    local r = ks.run("-f", "json", "--btf", ks.btf "kernel", "explain", "vfs_read", "no_such")
    local code, out, err = check("explain", r.out)
    assert.same({ 0, "object=2\n", "" }, { code, out, err })
  end)

  it("is what the doctor prints", function() -- with types of a file it tries nothing here
    local r = ks.run("-f", "json", "--btf", ks.btf "kernel", "doctor")
    assert.is_truthy(r.out:find('"name":"fentry","state":"unknown"', 1, true), r.out)
    assert.same({ 0, "doctor=1\n", "" }, { check("doctor", r.out) })
  end)

  it("is what type prints of every type, and of members", function()
    local r = ks.run("-f", "json", "--btf", ks.btf "kernel", "type", "*", "bits.middle", "file.f_inode->i_mtime")
    assert.equal(0, r.code)
    local code, out, err = check("type", r.out)
    assert.same({ 0, "" }, { code, err })
    assert.is_true(select(2, out:gsub("=%d+", "")) >= 40, out) -- counted by what "type" says
    for _, line in ipairs {
      [[{"name":"x","module":null,"kind":"struct","type":"struct x","offset":0,"size":4}]],
      [[{"name":"x","module":null,"kind":"int","type":"int","offset":0,"size":4,"members":[],"bits":3}]],
      [[{"name":"x","module":null,"kind":"struct","type":"struct x","offset":0,"size":4,"members":[{"name":"a"}]}]],
    } do
      assert.equal(1, (check("type", line .. "\n")))
    end
  end)

  local header = [[{"type":"header","version":1,"kernel":"6.1","time":18446744073709551615,"probes":["a"]}]]
  local event = [[{"type":"event","probe":"a","time":1,"cpu":0,"pid":1,"tid":1,"comm":"x","args":%s}]]
  local loss = [[{"type":"loss","probe":"a","lost":1,"total":9223372036854775807,"cause":"ring_full"}]]
  local c = [["hits":null,"recursion":0,"suppressed":0,"self":0,"sampled":0,"filtered":null,"faults":0,]]
    .. [["unmatched":0,"matched":1,"lost":0,"delivered":1,"rejected":0,"undecodable":0,"cut_by_exit":0]]
  local summary = [[{"type":"summary","probes":{"a":{]] .. c .. [[,"nils":0}}}]]

  for _, value in ipairs {
    '"0xffff888003a5c000"', "-9223372036854775808", "18446744073709551615", "true", '{"error":"EFAULT"}',
    '{"a":1,"b":{"error":"EFAULT"},"c":[1,2,{"d":[]}]}', "340282366920938463463374607431768211455", "1.5",
    '{"error":1,"other":2}', -- a struct may have such a member
    '{"f_pos":[0,512],"a.b[3]":["x","y"]}', '{"error":[0,1]}', "{}", -- what changed
  } do
    it("takes the value " .. value, function()
      local code, out, err = check("", ("%s\n%s\n%s\n%s\n"):format(header, event:format('{"v":' .. value .. "}"), loss,
        summary))
      assert.same({ 0, "event=1 header=1 loss=1 summary=1\n", "" }, { code, out, err })
    end)
  end

  for what, line in pairs {
    ["a counter that is missing"] = [[{"type":"summary","probes":{"a":{]] .. c .. "}}}",
    ["a value that is nothing"] = event:format '{"v":null}',
    ["a key that is there twice"] = event:format '{"v":1,"v":2}',
    ["a number beyond 128 bits"] = event:format '{"v":340282366920938463463374607431768211456}',
    ["bytes that are no UTF-8"] = event:format '{"v":"\255"}',
    ["a number that is none"] = event:format '{"v":NaN}',
    ["an unknown type"] = [[{"type":"evnt"}]],
    ["a loss for no reason"] = loss:gsub("ring_full", "bad_luck"),
  } do
    it("does not take " .. what, function()
      local code, _, err = check("", line .. "\n")
      assert.equal(1, code)
      assert.are_not.equal("", err)
    end)
  end
end)
