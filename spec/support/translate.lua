--- Expressions as C, for a compiler that knows nothing of ours: the words expanded, `first` as all
--- that it may stand for, one by one.
local translate = {}

-- The tokens of an expression, without the space between them.
local function tokens(text)
  local list, at = {}, 1
  while at <= #text do
    local token = text:match("^[%a_][%w_]*", at) or text:match("^%d[%w]*", at) or text:match("^%s+", at)
      or text:match("^%->", at) or text:match("^[=!<>]=", at) or text:match("^&&", at)
      or text:match("^||", at) or text:match("^<<", at) or text:match("^>>", at) or text:match("^%p", at)
    if token:find "['\"$~]" or token == "in" then
      error(("no C is known for %s in %s"):format(token, text), 0)
    elseif not token:find "^%s" then
      list[#list + 1] = token
    end
    at = at + #token
  end
  return list
end

-- "f(x, y)" -> "f", { x = 1, y = 2 }
local function head_of(head)
  local name, inside = head:match "^([%w_]+)%((.*)%)$"
  local params, n = {}, 0
  for param in inside:gmatch "[%w_]+" do
    n = n + 1
    params[param] = n
  end
  return name, params
end

--- A table of words from lists of { head, expression }; the latest of a name holds.
function translate.words(...)
  local words = {}
  for _, list in ipairs { ... } do
    for _, word in ipairs(list) do
      local name, params = head_of(word[1])
      words[name] = { params = params, body = tokens(word[2]) }
    end
  end
  return words
end

-- The arguments behind list[at], which is "(": lists of tokens, and where ")" is.
local function arguments(list, at)
  local found, depth, n = { {} }, 0, at
  repeat
    n = n + 1
    local token = list[n]
    if token == "," and depth == 0 then
      found[#found + 1] = {}
    elseif depth > 0 or token ~= ")" then
      table.insert(found[#found], token)
    end
    depth = depth + (token == "(" and 1 or token == ")" and -1 or 0)
  until depth < 0
  return found, n
end

-- A word's tokens with arguments in the places of its parameters.
local function fill(word, args)
  local list = {}
  for n, token in ipairs(word.body) do
    local arg = word.params[token]
    if arg and word.body[n - 1] ~= "->" and word.body[n - 1] ~= "." then
      list[#list + 1] = "("
      for _, t in ipairs(args[arg]) do
        list[#list + 1] = t
      end
      list[#list + 1] = ")"
    else
      list[#list + 1] = token
    end
  end
  return list
end

-- Each of the texts before each of the texts behind.
local function join(before, behind)
  local list = {}
  for _, a in ipairs(before) do
    for _, b in ipairs(behind) do
      list[#list + 1] = a == "" and b or a .. " " .. b
    end
  end
  return list
end

local expand

-- What name(args) may stand for.
local function call(words, name, args)
  local list = {}
  if name == "first" then
    for _, arg in ipairs(args) do
      for _, text in ipairs(expand(words, arg)) do
        list[#list + 1] = "(" .. text .. ")"
      end
    end
  elseif words[name] then
    list = join(join({ "(" }, expand(words, fill(words[name], args))), { ")" })
  else
    list = { name .. "(" }
    for n, arg in ipairs(args) do
      list = join(list, expand(words, arg))
      list = n < #args and join(list, { "," }) or list
    end
    list = join(list, { ")" })
  end
  return list
end

function expand(words, list)
  local texts, n = { "" }, 1
  while list[n] do
    local token = list[n]
    if token:find "^[%a_]" and list[n + 1] == "(" and list[n - 1] ~= "->" and list[n - 1] ~= "." then
      local args, stop = arguments(list, n + 1)
      texts, n = join(texts, call(words, token, args)), stop
    else
      texts = join(texts, { token })
    end
    n = n + 1
  end
  return texts
end

--- All that an expression may stand for, the first choice first. Still the program's own language.
function translate.expand(words, expression)
  return expand(words, tokens(expression))
end

local units = { K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30 }
local times = { ns = 1, us = 1e3, ms = 1e6, s = 1e9, m = 6e10, h = 3.6e12 }

--- What expand gave as C: sizes and durations as numbers; str, errno and the like are the macros of
--- translate.header.
function translate.to_c(text)
  local list = tokens(text)
  for n, token in ipairs(list) do
    local digits, unit = token:match "^(%d+)(%a+)$"
    if units[unit] then
      list[n] = ("%.0f"):format(tonumber(digits) * units[unit])
    elseif times[unit] then
      list[n] = ("%.0fL"):format(tonumber(digits) * times[unit])
    end
  end
  return table.concat(list, " ")
end

--- With one member's name spoilt; nil when there is none.
function translate.spoil(text)
  local before, member, behind = text:match "^(.*%->%s*[%a_][%w_]*)()(.*)$"
  return member and before .. "_zz" .. behind
end

--- What the functions are in C, the built-in values, and what is asserted of types.
translate.header = [[
struct inet_address { unsigned short family; unsigned char bytes[18]; };
static const char *str(const void *p);
static struct inet_address inet_address(unsigned short family, const void *v4, const void *v6);
#define addr(f, v4, v6) ({ _Static_assert(sizeof(v4) == 4, "v4"); _Static_assert(sizeof(v6) == 16, "v6"); \
	inet_address(f, &(v4), &(v6)); })
#define ntohs(x) ((unsigned short)__builtin_bswap16(x))
#define ntohl(x) ((unsigned int)__builtin_bswap32(x))
#define errno(x) ({ __auto_type x_ = (x); (long)x_ < 0 && (long)x_ >= -4095 ? -(int)(long)x_ : 0; })
#define symbol(p) ({ const void *p_ = (const void *)(p); p_; })
#define BUILTINS \
	unsigned int pid, tid, uid, gid, cpu; \
	unsigned long time; \
	unsigned long long cgroup; \
	char comm[16]; \
	const char *func; \
	struct task_struct *current;

#define IS_NUMBER(e, bits, is_signed) _Static_assert(__builtin_classify_type(e) != 5 && sizeof(e) * 8 == bits && \
	((__typeof__(e))-1 < (__typeof__(e))1) == is_signed, "a number")
#define IS_POINTER(e) _Static_assert(__builtin_classify_type(e) == 5, "a pointer")
#define IS_CHARS(e) _Static_assert(sizeof(__typeof__(e)) != 8 && \
	__builtin_types_compatible_p(__typeof__(&(e)[0]), char *), "an array of char")
#define IS_STRING(e) _Static_assert(__builtin_types_compatible_p(__typeof__(e), const char *), "a string")
#define IS_INET(e) _Static_assert(__builtin_types_compatible_p(__typeof__(e), struct inet_address), "an address")
]]

local kinds = { pointer = "POINTER", chars = "CHARS", str = "STRING", inet = "INET" }

--- The assertion that C has the type that a tree has at its root: "s32", "pointer"...
function translate.assertion(type, c)
  local sign, bits = type:match "^([su])(%d+)$"
  if sign then
    return ("IS_NUMBER((%s), %s, %d);"):format(c, bits, sign == "s" and 1 or 0)
  end
  return ("IS_%s((%s));"):format(assert(kinds[type], type), c)
end

return translate
