--- The expressions of spec/fixtures/questions.lua one by one, and what the program makes of them.
local questions = {}

questions.list = dofile "spec/fixtures/questions.lua"

--- The words that all questions may use: { { head, expression }, ... }; the library's are there anyway.
function questions.words()
  local list = {}
  for _, question in ipairs(questions.list) do
    for _, word in ipairs(question.define or {}) do
      list[#list + 1] = word
    end
  end
  return list
end

--- "name=expression|spec": the name or nil, and the expression. Questions have no bitwise or.
function questions.split(text)
  local name, rest = text:match "^(%w+)=([^=].*)$"
  return name, (((rest or text):gsub("||", "\0"):gsub("|.*", ""):gsub("%z", "||")))
end

-- What is asked of a probe in each role, as the program's text and its role there.
local roles = {
  { "where", function(text) return "where", text end },
  { "capture", function(text) return "capture", text end },
  { "by", function(text) return "capture", text end },
  { "key", function(text) return "capture", "it=" .. text end },
  { "value", function(text) return "capture", "it=" .. text end },
  { "print", function(text) return "print", "{" .. text .. "}" end },
}

-- The texts of a use in one role; of a template, what stands in its braces.
local function texts_of(use, role)
  if role ~= "print" then
    return use[role] or {}
  end
  local list = {}
  for part in (use.print or ""):gmatch "{(.-)}" do
    list[#list + 1] = part
  end
  return list
end

-- The first so many captures of a use, as texts for the program.
local function captures(use, count)
  local list = {}
  for n = 1, count do
    list[n] = { role = "capture", text = use.capture[n] }
  end
  return list
end

local function each_use(f)
  for _, question in ipairs(questions.list) do
    for _, use in ipairs(question) do
      f(use)
    end
  end
end

--- Every expression at every place where it is asked; of a pattern, at the places like it.
--- { places = { one } or any =, texts = for compile.lua, role =, expression =, before = captures that it sees }
function questions.expressions()
  local list = {}
  each_use(function(use)
    for _, place in ipairs(use.like or use.places or { false }) do
      for _, role in ipairs(roles) do
        for n, text in ipairs(texts_of(use, role[1])) do
          local before = captures(use, role[1] == "capture" and n - 1 or #(use.capture or {}))
          local texts = { unpack(before) }
          local as, program_text = role[2](text)
          texts[#texts + 1] = { role = as, text = program_text }
          local _, expression = questions.split(text)
          list[#list + 1] = { places = place and { place }, any = use.any, texts = texts, role = role[1],
            before = before, expression = role[1] == "where" and text or expression }
        end
      end
    end
  end)
  return list
end

--- The uses as a script has them: one probe in all places, with all texts.
function questions.uses()
  local list = {}
  each_use(function(use)
    local item = { places = use.places, any = use.any, pattern = use.like and true,
      texts = captures(use, #(use.capture or {})) }
    for _, role in ipairs(roles) do
      local texts = role[1] == "print" and { use.print } or role[1] ~= "capture" and use[role[1]] or {}
      for n, text in ipairs(texts) do
        local as, program_text = role[2](text)
        if role[1] == "print" then
          program_text = text
        elseif role[1] == "key" or role[1] == "value" then
          program_text = ("%s%d=%s"):format(role[1], n, text)
        end
        item.texts[#item.texts + 1] = { role = as, text = program_text }
      end
    end
    list[#list + 1] = item
  end)
  return list
end

-- --- asking the program ---------------------------------------------------------------------------

-- A list of strings, numbers and such lists as Lua's text.
local function source(v)
  if type(v) ~= "table" then
    return type(v) == "string" and ("%q"):format(v):gsub("\\\n", "\\n") or tostring(v)
  end
  local entries = {}
  for key, value in pairs(v) do
    entries[#entries + 1] = ("[%s]=%s"):format(source(key), source(value))
  end
  return "{" .. table.concat(entries, ",") .. "}"
end

--- A script that has compile.lua compile a list; how: what that takes, but for the words.
function questions.script(list, how)
  local plain = {}
  for n, item in ipairs(list) do
    plain[n] = { places = item.places, any = item.any, texts = item.texts, pattern = item.pattern }
  end
  how.define = questions.words()
  return ('dofile "spec/support/compile.lua" (%s,\n%s)\n'):format(source(plain), source(how))
end

--- Reads what that printed into the items: .ok, and .said, their trees or the message. Returns how
--- many of them ran, on how many points, and why others did not: a list of { item =, said = }.
function questions.read(list, out)
  local running, points, failures, into = 0, 0, {}, nil
  for line in out:gmatch "([^\n]*)\n" do
    local what, n = line:match "^@(%a+) (%d+)$"
    n = tonumber(n)
    if what == "ok" or what == "refused" then
      into = list[n]
      into.ok, into.said = what == "ok", ""
    elseif what == "running" then
      running, into = running + n, nil
    elseif what == "points" then
      points = points + n
    elseif what == "not" then
      into = { said = "", item = list[n] }
      failures[#failures + 1] = into
    elseif into then
      into.said = into.said .. line .. "\n"
    end
  end
  return running, points, failures
end

--- "tp:x: expression", for messages.
function questions.title(item)
  local texts = {}
  for n, text in ipairs(item.texts) do
    texts[n] = text.text
  end
  return ("%s: %s"):format(table.concat(item.places or item.any, ", "), table.concat(texts, "; "))
end

return questions
