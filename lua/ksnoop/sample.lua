--- The options `sample` and `rate`: which of a probe's hits are looked at, when not all are.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"
local unit = require "ksnoop.unit"

local C = core.C
local sample = {}

local MOST = 2 ^ 31 - 1
local FASTEST = 1e6 -- hits a second: the least time between two is a microsecond
local forms = {
  sample = 'one in so many, "1/100": N of 1/N is a whole number from 1 to 2147483647',
  rate = 'so many in a time on each CPU, "1000/s", "5/m", "10/100ms": at most 1000000 a second',
}

-- Raises; pos, len: which part of the text it is about.
local function wrong(at, option, text, pos, len, message)
  errors.raise(at, { message = message, text = text, pos = pos - 1, len = len,
    hint = ("%s is %s"):format(option, forms[option]) })
end

-- "a/b" as two words, and where they begin.
local function halves(at, option, v)
  if type(v) ~= "string" then
    errors.raise(at, { message = ("%s is a string, not a %s"):format(option, type(v)),
      hint = ("%s is %s"):format(option, forms[option]) })
  end
  local text = schema.text(at, option, v)
  local from, first, slash, between, second = text:match "^%s*()([^/%s]*)%s*()/%s*()([^/%s]*)%s*$"
  if not slash then
    wrong(at, option, text, 1, #text, ("'%s' has not the form of a %s"):format(core.safe(text),
      option == "sample" and "share" or "rate"))
  end
  return text, first, from, second, between
end

-- One of the words, which has to be a whole number from 1 on.
local function whole(at, option, text, word, pos, most)
  local n = word:match "^%d+$" and tonumber(word)
  if not n or n < 1 or n > most then
    wrong(at, option, text, pos, math.max(#word, 1), word == "" and "a number is missing here"
      or n and n > most and ("%s is too many"):format(word)
      or ("'%s' is no whole number from 1 on"):format(core.safe(word)))
  end
  return n
end

local function share(at, v)
  local text, first, from, second, between = halves(at, "sample", v)
  if whole(at, "sample", text, first, from, MOST) ~= 1 then
    wrong(at, "sample", text, from, #first, ("%s in so many can't be drawn"):format(first))
  end
  return whole(at, "sample", text, second, between, MOST)
end

-- The ns between two, and the time that they may come before theirs: a tenth of what was said.
local function spacing(at, v)
  local text, first, from, second, between = halves(at, "rate", v)
  local n = whole(at, "rate", text, first, from, MOST)
  local seconds = unit.duration(second:match "^%d" and second or "1" .. second)
  if not second:match "%a" or not seconds or seconds <= 0 or seconds > 86400 then
    wrong(at, "rate", text, between, math.max(#second, 1),
      ("'%s' is no time of up to a day"):format(core.safe(second)))
  elseif n / seconds > FASTEST then
    wrong(at, "rate", text, from, #text:match("^(.-)%s*$", from), "so many are all of them")
  end
  local interval = math.ceil(seconds * 1e9 / n)
  return interval, math.max(0, math.floor(seconds * 1e8) - interval)
end

--- Adds what the script says to a probe that has no captures yet.
--- @param probe cdata struct ks_probe
--- @param t table the probe's, with sample and rate
function sample.add(probe, t, at)
  if t.sample == nil and t.rate == nil then
    return false
  end
  local one_in = t.sample ~= nil and share(at, t.sample) or 0
  local interval, burst = 0, 0
  if t.rate ~= nil then
    interval, burst = spacing(at, t.rate)
  end
  if C.ks_sample(probe, one_in, interval, burst, core.error) < 0 then
    errors.raise_core(at, core.error)
  end
  return true
end

return sample
