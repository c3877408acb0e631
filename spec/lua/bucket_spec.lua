--- Buckets of histograms: which one a value is in, what one holds, and percentiles.
local ks = require "spec.support.ks"

describe("buckets", function()
  local ffi = require "ffi"
  local bucket, store = ks.require "ksnoop.bucket", ks.require "ksnoop.store"

  local forms = { log2 = bucket.log2(), ["step 10"] = bucket.linear(10), ["step 4096"] = bucket.linear(4096) }
  for _, s in ipairs { 0, 1, 6, 9 } do
    forms["2^" .. s .. " parts"] = bucket.log_linear(s)
  end

  -- Whole numbers of every size, those next to powers of two above all.
  local function some_number()
    local n = 2 ^ math.random(0, 52) + math.random(-2, 2)
    return math.random(4) == 1 and -n or math.random(3) == 1 and math.random(0, 5000) or n
  end

  for name, form in pairs(forms) do
    it("of " .. name .. " hold their values, one behind the other, in 10,000 cases", function()
      math.randomseed(3)
      for _ = 1, 10000 do
        local v = some_number()
        local b = form.of(v)
        local low, high = form.bounds(b)
        local next_low = form.bounds(b + 1)
        if not (low <= v and v < high and next_low == high and form.of(ffi.cast("int64_t", v)) == b
            and (v < 0 or form.of(ffi.cast("uint64_t", v)) == b)
            and form.of(v + 1) == (high == v + 1 and b + 1 or b)) then
          error(("%.0f in %.0f"):format(v, b))
        end
      end
    end)
  end

  it("are those that the kernel's half counts in", function()
    local function numbers(form, ...)
      local list = { ... }
      for i, v in ipairs(list) do
        list[i] = form.of(v)
      end
      return list
    end
    assert.same({ -1, -1, 0, 0, 1, 2, 2, 3, 63, 64, 63 },
      numbers(bucket.log2(), -5, -5LL, 0, 0ULL, 1, 2, 3, 4, 2 ^ 62, 18446744073709551615ULL, 9223372036854775807LL))
    assert.same({ -2, -1, -1, 0, 0, 1, -1, -9223372036855 },
      numbers(bucket.linear(10), -11, -10, -1, 0, 9, 10, -1LL, -92233720368541LL))
    assert.same({ -1, 0, 3, 4, 7, 8, 8, 9, 12, 12, 251 },
      numbers(bucket.log_linear(2), -1, 0, 3, 4, 7, 8, 9, 10, 16, 19, 18446744073709551615ULL))
    assert.is_nil(bucket.linear(1).of(9223372036854775807LL)) -- no such number of a bucket
    assert.is_nil(bucket.log2().of(0 / 0))
  end)

  it("are told apart next to powers of two past what a double holds", function()
    for k = 54, 63 do
      local power = bit.lshift(1ULL, k)
      assert.equal(k, bucket.log2().of(power - 1))
      assert.equal(k + 1, bucket.log2().of(power))
      for s = 0, 9 do
        local form = bucket.log_linear(s)
        assert.equal(form.of(power), form.of(power - 1) + 1)
      end
    end
  end)

  it("have as many parts as an error needs", function()
    for percent, s in pairs { [50] = 0, [25] = 1, [10] = 3, [1] = 6, [0.1] = 9 } do
      assert.equal(s, bucket.sub_bits(percent / 100), percent)
    end
    math.randomseed(4)
    local form = bucket.log_linear(6)
    for _ = 1, 10000 do
      local v = math.random(1, 2 ^ 40)
      local low, high = form.bounds(form.of(v))
      assert(math.abs((low + high - 1) / 2 - v) <= v * 0.01)
    end
  end)

  it("give the power of two that they lie in", function()
    math.randomseed(5)
    for s = 0, 9 do
      local form = bucket.log_linear(s)
      for _ = 1, 1000 do
        local v = some_number()
        assert.equal(bucket.log2().of(v), form.coarse(form.of(v)))
      end
    end
  end)

  it("give percentiles: exact ones of small numbers, else the end of a bucket, in 10,000 cases", function()
    math.randomseed(6)
    for case = 1, 10000 do
      local form = bucket.log_linear(4)
      local s, values = store.new("hist", 1, nil, form), {}
      for i = 1, math.random(1, 30) do
        values[i] = math.random(0, case % 2 == 0 and 15 or 100000)
        s:add("x", values[i])
      end
      table.sort(values)
      local h, percent = s:get "x", math.random(1, 100)
      local exact = values[math.ceil(#values * percent / 100)]
      local low, high = form.bounds(form.of(exact))
      assert.equal(high - 1, h:p(percent))
      assert.is_true(case % 2 == 1 or h:p(percent) == exact)
      assert.is_true(low <= exact and h.min <= values[1] and h.max >= values[#values])
    end
    local none = store.new("hist", 1, nil, bucket.log2())
    assert.is_nil(none:get "x")
  end)
end)
