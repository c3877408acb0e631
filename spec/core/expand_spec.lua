--- Words and $names in trees: what stands for them, where it points to, and what is refused.
local ks = require "spec.support.ks"

-- Each line is a command of spec/core/expand.c, with ; for its tabs.
local function run(commands)
  local r = ks.shell(ks.build "unit/expand", (commands:gsub(" *; *", "\t")) .. "\n")
  assert.equal("", r.err)
  assert.equal(0, r.code)
  return r.out
end

-- name, commands, what they print: token@position+length(what is below)
local cases = {
  { "stands for a tree, so it needs no parentheses", [[
define ; sum(x, y) ; x + y
expand ; sum(a, b) * 2]], [[
*@0+13(+@0+9(a@4+1, b@7+1), 2@12+1)
]] },
  { "keeps its arguments where they were written, and its body where it was called", [[
define ; tcp(sk) ; sk->icsk.inet
expand ; 1 + tcp(a->b)]], [[
+@0+13(1@0+1, inet@4+9(icsk@4+9(b@8+4(a@8+1))))
]] },
  { "takes what its parameters stand for as it is, also under their own names", [[
define ; sub(x, y) ; x - y
expand ; sub(y, x)
expand ; sub(sub(1, 2), sub(3, 4))]], [[
-@0+9(y@4+1, x@7+1)
-@0+25(-@4+9(1@8+1, 2@11+1), -@15+9(3@19+1, 4@22+1))
]] },
  { "has names of its own: arguments, members and functions", [[
define ; f(x) ; x->x + count + x(1)
expand ; f(a)]], [[
+@0+4(+@0+4(x@0+4(a@2+1), count@0+4), x@0+4(1@0+4))
]] },
  { "can have no parameters", [[
define ; limit() ; 4096
expand ; limit()]], [[
4096@0+7
]] },
  { "is called with parentheses; without, the name is another", [[
define ; op(x) ; x
expand ; op + x]], [[
+@0+6(op@0+2, x@5+1)
]] },
  { "may use those made before it", [[
define ; a(x) ; x + 1
define ; b(x) ; a(x) * 2
expand ; b(y)]], [[
*@0+4(+@0+4(y@2+1, 1@0+4), 2@0+4)
]] },
  { "does not see itself or those made after it", [[
define ; a(x) ; b(x) + a(x)
define ; b(x) ; 1
expand ; a(y)]], [[
+@0+4(b@0+4(y@2+1), a@0+4(y@2+1))
]] },
  { "that is made again counts from then on", [[
define ; a(x) ; 1
define ; b(x) ; a(x)
define ; a(x) ; 2 + a(x)
expand ; a(y) + b(y)]], [[
+@0+11(+@0+4(2@0+4, 1@0+4), 1@7+4)
]] },
  { "may stand in arguments of functions that are none", [[
define ; a(x) ; x + 1
expand ; str(p, a(3)) == 'x']], [[
==@0+19(str@0+12(p@4+1, +@7+4(3@9+1, 1@7+4)), x@16+3)
]] },
  { "takes the number of arguments that it has parameters", [[
define ; f(x, y) ; x + y
expand ; 1 + f(a)
expand ; f(a, b, c)
define ; g() ; 1
expand ; g(1)
define ; h(x) ; f(x)
expand ; h(1) ]], [[
4+4 f takes 2 arguments, not 1
hint: f(x, y) is x + y
0+10 f takes 2 arguments, not 3
hint: f(x, y) is x + y
0+4 g takes 0 arguments, not 1
hint: g() is 1
0+4 in h(x): f takes 2 arguments, not 1
hint: f(x, y) is x + y
]] },
  { "that is nearly the name of one is said to be none", [[
define ; laddr(sk) ; sk
expand ; 1 + ladr(sk)
expand ; quite_another(sk)]], [[
4+4 there is no function 'ladr'
hint: did you mean laddr?
quite_another@0+17(sk@14+2)
]] },
  { "has a head in a form of its own", [[
define ; f ; 1
define ; ; 1
define ; 1(x) ; 1
define ; f(x ; 1
define ; f(x, ) ; 1
define ; f(x y) ; 1
define ; f(1) ; 1
define ; f(x)(y) ; 1
define ; f(x, y, x) ; 1
define ; f(x) = 1 ; 1]], [[
1+1 the word ends where '(' should be
hint: a word is made like this: "name(x, y)"
0+1 the word ends where the word's name should be
hint: a word is made like this: "name(x, y)"
0+1 '1' where the word's name should be
hint: a word is made like this: "name(x, y)"
3+1 the word ends where ',' or ')' should be
hint: a word is made like this: "name(x, y)"
5+1 ')' where a parameter's name should be
hint: a word is made like this: "name(x, y)"
4+1 'y' where ',' or ')' should be
hint: a word is made like this: "name(x, y)"
2+1 '1' where a parameter's name should be
hint: a word is made like this: "name(x, y)"
4+1 '(' where the end should be
hint: a word is made like this: "name(x, y)"
8+1 two parameters are called 'x'
5+1 '=' would assign, and expressions have no side effects
hint: to compare, write ==
]] },
  { "has a body that can be read", [[
define ; f(x) ; x +
define ; f(x) ;
define ; f(x) ; x $]], [[
8+1 the expression ends where a value should be
5+1 an empty expression
7+1 '$' means nothing here
]] },
  { "can't have a name that is built in", [[
define ; str(x) ; 1
define ; sizeof(x) ; 1
define ; pid(x) ; 1
define ; retval() ; 1]], [[
0+3 'str' always names what is built in
0+6 'sizeof' always names what is built in
0+3 'pid' always names what is built in
0+6 'retval' always names what is built in
]] },
  { "stands for no more than is good", [[
define ; a(x) ; x + x + x + x + x + x + x + x
define ; b(x) ; a(a(x))
define ; c(x) ; b(b(x))
expand ; 1 + c(1)]], [[
4+4 in c(x): this stands for more than 4096 operations
hint: c(x) is b(b(x))
]] },
  { "of $name is a constant", [[
with ; min ; 4096
define ; big(x) ; x >= $min
expand ; big(count) && $min]], [[
&&@0+18(>=@0+10(count@4+5, 4096@0+10), 4096@14+4)
]] },
  { "of $name that is a list stands behind in alone", [[
with ; pids ; (1, 'x', (2 + 3))
with ; none ; ()
with ; one ; (7,)
with ; value ; (7)
in ; pid ; $pids
in ; pid ; $none
in ; pid ; $one
in ; pid ; $value
expand ; $value
expand ; pid == $pids
expand ; $one]], [[
@0+8(pid@0+3, @0+5(1@0+5, x@0+5, +@0+5(2@0+5, 3@0+5)))
@0+8(pid@0+3, @0+5)
@0+7(pid@0+3, @0+4(7@0+4))
@0+9(pid@0+3, @0+6(7@0+6))
7@0+6
7+5 $pids is a list, which only 'in' takes
0+4 $one is a list, which only 'in' takes
]] },
  { "of $name that is not known is an error", [[
expand ; 1 + $min
with ; mni ; 1
expand ; 1 + $min
in ; 1 ; $m]], [[
4+4 there is no $min
hint: with = { min = ... } gives it a value
4+4 there is no $min
hint: did you mean $mni?
0+2 there is no $m
hint: with = { m = ... } gives it a value
]] },
  { "of $name has a name and a value that can be read", [[
with ; 1x ; 1
with ; a b ; 1
with ; ; 1
with ; x ;
with ; x ; (1, 2
with ; x ; (,)
with ; x ; (1, +)]], [[
0+0 '1x' is no name for a parameter
hint: a name is made of letters, digits and _
0+0 'a b' is no name for a parameter
hint: a name is made of letters, digits and _
0+0 '' is no name for a parameter
hint: a name is made of letters, digits and _
0+1 an empty expression
2+1 ',' where ')' should be
1+1 an empty expression
5+1 the expression ends where a value should be
]] },
}

describe("a word", function()
  for _, case in ipairs(cases) do
    it(case[1], function() assert.equal(case[3], run(case[2])) end)
  end

  it("can't take the name of any function", function()
    local functions, n = ks.read "core/check_call.c":match " functions%[%] = (%b{})", 0
    for name in functions:gmatch '{"(%l+)",' do
      assert.equal(("0+%d '%s' always names what is built in\n"):format(#name, name),
        run(("define ; %s(x) ; 1"):format(name)))
      n = n + 1
    end
    assert.is_true(n > 10)
  end)
end)
