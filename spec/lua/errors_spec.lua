-- Bad input of every kind: said in words, with file and line and a caret under what is meant, and
-- with the exit code that the manual promises.
local ks = require "spec.support.ks"

local folder, clean

local function script(lines, ...)
  local r = ks.dump(folder, "layout", lines, ...)
  -- Where everybody's modules are.
  r.err = r.err:gsub("\n\tno file '[^']*/ksnoop/[%a/]*nosuch.lua'", "")
  return r
end

local function refused(code, lines, expected)
  local r = script(lines)
  assert.equal(expected, r.err)
  assert.equal(code, r.code)
  assert.equal("", r.out)
end

describe("a script with a mistake", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  -- name, exit code, script from line 2 on, what is said
  local cases = {
    { "in its Lua", 2, [[
x = = 1]], [[
t.lua:2: unexpected symbol near '='
]] },
    { "that Lua meets when it runs", 2, [[
local x
x.y = 1]], [[
t.lua:3: attempt to index local 'x' (a nil value)
]] },
    { "that it raises itself", 2, [[
error "this will not do"]], [[
t.lua:2: this will not do
]] },
    { "that it raises as something odd", 2, [[
error({})]], [[
ksnoop: the script raised a table instead of a message
]] },
    { "in the name of one of ours", 2, [[
ks.prob "vfs_read" {}]], [[
t.lua:2: attempt to call field 'prob' (a nil value)
hint: did you mean probe?
]] },
    { "in an option's name", 2, [[
ks.probe "vfs_read" { wher = "count == 1" }]], [[
t.lua:2: ks.probe has no option 'wher'
    ks.probe "vfs_read" { wher = "count == 1" }
hint: did you mean where?
]] },
    { "in a call's place: a return", 2, [[
ks.call "return:vfs_read" {}]], [[
t.lua:2: a call has its return already
    ks.call "return:vfs_read" {}
             ^^^^^^^
hint: write "vfs_read"
]] },
    { "in a call's place: a tracepoint", 2, [[
ks.call "tp:sched_switch" {}]], [[
t.lua:2: a tracepoint is one moment, not a call
    ks.call "tp:sched_switch" {}
             ^^^^^^^^^^^^^^^
hint: ks.span pairs two of them
]] },
    { "in a call's place: what never returns", 3, [[
ks.call "do_exit" {}]], [[
t.lua:2: do_exit never returns
    ks.call "do_exit" {}
hint: ks.probe "do_exit" sees where it begins
]] },
    { "in a call's options", 2, [[
ks.call "vfs_read" { wher = "1" }]], [[
t.lua:2: ks.call has no option 'wher'
    ks.call "vfs_read" { wher = "1" }
hint: did you mean where?
]] },
    { "in a call without a table", 2, [[
ks.call "vfs_read"]], [[
t.lua:2: ks.call "vfs_read" never got its table
    ks.call "vfs_read"
hint: write ks.call "vfs_read" { ... }, with {} for the default
]] },
    { "in elapsed where no time passes", 2, [[
ks.probe "return:vfs_read" { where = "elapsed > 1ms" }]], [[
t.lua:2: a probe is one moment: 'elapsed' needs a beginning and an end
    ks.probe "return:vfs_read" { where = "elapsed > 1ms" }
                                          ^^^^^^^
hint: use ks.call, which pairs the entry of a function with its return
]] },
    { "in entry() where there is none", 2, [[
ks.probe "vfs_read" { where = "entry(count) > 1" }]], [[
t.lua:2: a probe is one moment: 'entry' needs a beginning and an end
    ks.probe "vfs_read" { where = "entry(count) > 1" }
                                   ^^^^^^^^^^^^
hint: use ks.call, which pairs the entry of a function with its return
]] },
    { "in entry() of the result", 2, [[
ks.call "vfs_read" { where = "entry(retval) > 1" }]], [[
t.lua:2: there is no retval when vfs_read begins
    ks.call "vfs_read" { where = "entry(retval) > 1" }
                                        ^^^^^^
hint: entry(x) is x as it was then; retval stands outside of it
]] },
    { "in entry() of the time", 2, [[
ks.call "vfs_read" { where = "entry(elapsed) > 1" }]], [[
t.lua:2: no time has passed when vfs_read begins
    ks.call "vfs_read" { where = "entry(elapsed) > 1" }
                                        ^^^^^^^
hint: entry(x) is x as it was then; elapsed stands outside of it
]] },
    { "in entry() within itself", 2, [[
ks.call "vfs_read" { where = "entry(entry(count)) > 1" }]], [[
t.lua:2: entry() within entry()
    ks.call "vfs_read" { where = "entry(entry(count)) > 1" }
                                        ^^^^^^^^^^^^
]] },
    { "in entry() of a capture", 2, [[
ks.call "vfs_read" { capture = { "size=count" }, where = "entry(size) > 1" }]], [[
t.lua:2: vfs_read has no argument 'size', and nothing else has that name
    ks.call "vfs_read" { capture = { "size=count" }, where = "entry(size) > 1" }
                                                                    ^^^^
hint: 'size' is captured at the end: write out in entry() what it stands for
]] },
    { "in a part of what entry() keeps", 2, [[
ks.call "vfs_read" { where = "entry(*file).f_flags > 1" }]], [[
t.lua:2: entry() keeps this struct file as a whole, whose parts can't be looked at
    ks.call "vfs_read" { where = "entry(*file).f_flags > 1" }
                                  ^^^^^^^^^^^^
hint: ask for the part: entry(x.y), entry(x[1])
]] },
    { "in entry() of a constant text", 2, [[
ks.call "vfs_read" { capture = { "x=entry('x')" } }]], [[
t.lua:2: entry() keeps values, and this is text
    ks.call "vfs_read" { capture = { "x=entry('x')" } }
                                              ^^^
]] },
    { "in asking a kprobe for an entry", 2, [[
ks.call "kprobe:vfs_read" { where = "elapsed > 1ms" }]], [[
t.lua:2: what was when vfs_read began is not known here: a kretprobe is not paired with the entry
    ks.call "kprobe:vfs_read" { where = "elapsed > 1ms" }
                                         ^^^^^^^
]] },
    { "in capturing both ends under one name", 2, [[
ks.call "vfs_read" { capture = { "file->f_pos", "entry(file->f_pos)" } }]], [[
t.lua:2: 'f_pos' already names file->f_pos
    ks.call "vfs_read" { capture = { "file->f_pos", "entry(file->f_pos)" } }
                                                     ^^^^^^^^^^^^^^^^^^
hint: give it a name of its own: was=entry(file->f_pos)
]] },
    { "in keeping more of a call than fits", 2, [[
ks.call "vfs_read" { capture = { "a=entry(buf(buf, 4096))", "b=entry(buf(pos, 4096))", "elapsed" } }]], [[
t.lua:2: what is kept of a call is 8216 bytes, and 32864 for those that a task can be in at once; at most 32768
    entry(buf(buf, 4096))
    ^^^^^^^^^^^^^^^^^^^^^
hint: entry(x) or x|changes of fewer or shorter values
]] },
    { "in changes where there is no end", 2, [[
ks.probe "vfs_read" { ks.print "{comm} {file|changes}" }]], [[
t.lua:2: a probe is one moment: 'changes' needs a beginning and an end
    ks.probe "vfs_read" { ks.print "{comm} {file|changes}" }
                                                 ^^^^^^^
hint: use ks.call, which pairs the entry of a function with its return
]] },
    { "in changes where a span opens", 2, [[
ks.span { open = { "vfs_read", key = "file", capture = "file|changes" }, close = { "vfs_write", key = "file" } }]], [[
t.lua:2: nothing was before vfs_read, where the span opens
    ks.span { open = { "vfs_read", key = "file", capture = "file|changes" }, close = { "vfs_write", key = "file" } }
                                                                 ^^^^^^^
hint: changes is for where it closes
]] },
    { "in changes of what was passed", 2, [[
ks.call "vfs_read" { capture = { "count|changes" } }]], [[
t.lua:2: this was passed to vfs_read, and a call can't change that
    ks.call "vfs_read" { capture = { "count|changes" } }
                                      ^^^^^
]] },
    { "in changes of the result", 2, [[
ks.call "vfs_read" { ks.print "{retval|changes}" }]], [[
t.lua:2: there is no retval when vfs_read begins
    ks.call "vfs_read" { ks.print "{retval|changes}" }
                                    ^^^^^^
hint: entry(x) is x as it was then; retval stands outside of it
]] },
    { "in changes of a pointer to characters", 2, [[
ks.call "vfs_read" { ks.print "{buf|changes}" }]], [[
t.lua:2: how many characters this char * leads to is not known
    ks.call "vfs_read" { ks.print "{buf|changes}" }
                                    ^^^
hint: str(x) is the text there, buf(x, n) so many bytes
]] },
    { "in changes of a pointer to nothing that is known", 2, [[
ks.call "vfs_read" { capture = { "x=(void *)file|changes" } }]], [[
t.lua:2: what a void * points to can't be read
    ks.call "vfs_read" { capture = { "x=(void *)file|changes" } }
                                        ^^^^^^^^^^^^
hint: a cast says what it points to: *(int *)x
]] },
    { "in changes of more than a record takes twice", 2, [[
ks.call "odd_user" { ks.print "{o=(struct huge *)o|changes}" }]], [[
t.lua:2: struct huge has 20000 bytes, and a record takes two of 8192 at most
    ks.call "odd_user" { ks.print "{o=(struct huge *)o|changes}" }
                                      ^^^^^^^^^^^^^^^^
hint: compare the members that you need: x->y|changes
]] },
    { "in changes of more than a record takes, with the others", 2, [[
ks.call "vfs_read" { capture = { "a=buf(buf, 4096)|changes", "b=buf(pos, 4096)|changes" } }]], [[
t.lua:2: a record of more than 16384 bytes
    ks.call "vfs_read" { capture = { "a=buf(buf, 4096)|changes", "b=buf(pos, 4096)|changes" } }
                                                                    ^^^^^^^^^^^^^^
hint: compare the members that you need: x->y|changes
]] },
    { "in changes of more than is kept of calls that can be in each other", 2, [[
ks.call { "vfs_read", "vfs_write" } { ks.print "{x=buf(buf, 4096)|changes} {file|changes}" }]], [[
t.lua:2: what is kept of a call is 4200 bytes, and 33600 for those that a task can be in at once; at most 32768
    buf(buf, 4096)
    ^^^^^^^^^^^^^^
hint: entry(x) or x|changes of fewer or shorter values
]] },
    { "in changes of what is captured already", 2, [[
ks.call "vfs_read" { capture = { "file", "file|changes" } }]], [[
t.lua:2: 'file' already names file
    ks.call "vfs_read" { capture = { "file", "file|changes" } }
                                              ^^^^
hint: give it a name of its own: name=file|changes
]] },
    { "in changes under a built-in value's name", 2, [[
ks.call "vfs_read" { capture = { "comm|changes" } }]], [[
t.lua:2: 'comm' always names the built-in value
    ks.call "vfs_read" { capture = { "comm|changes" } }
                                      ^^^^
hint: give it a name of its own: name=comm|changes
]] },
    { "in changes as a key", 2, [[
ks.call "vfs_read" { ks.count "file->f_pos|changes" }]], [[
t.lua:2: a key is a number, a pointer, a text or an address, and this is what changed
    ks.call "vfs_read" { ks.count "file->f_pos|changes" }
                                   ^^^^^^^^^^^
hint: entry(x) and x are two keys
]] },
    { "in changes as a value that decides", 2, [[
ks.call "vfs_read" { capture = { "d=file|changes" }, where = "d" }]], [[
t.lua:2: vfs_read has no argument 'd', and nothing else has that name
    ks.call "vfs_read" { capture = { "d=file|changes" }, where = "d" }
                                                                  ^
]] },
    { "in another spec for what changed", 2, [[
ks.call "vfs_read" { capture = { "file|changes" }, ks.print "{file|tree}" }]], [[
t.lua:2: tree is for a value, and this is what changed of one
    ks.call "vfs_read" { capture = { "file|changes" }, ks.print "{file|tree}" }
                                                                       ^^^^
]] },
    { "in an option's name that is like no other", 2, [[
ks.probe "vfs_read" { quickly = true }]], [[
t.lua:2: ks.probe has no option 'quickly'
    ks.probe "vfs_read" { quickly = true }
hint: options are where, capture, with, within, sample, rate, keep, emit
]] },
    { "in ks.print's options", 2, [[
ks.probe "vfs_read" { ks.print { "{pid}", heading = true } }]], [[
t.lua:2: ks.print has no option 'heading'
    ks.probe "vfs_read" { ks.print { "{pid}", heading = true } }
hint: options are header
]] },
    { "in an aggregation's options", 2, [[
ks.hist { "count", stp = 10 }]], [[
t.lua:2: ks.hist has no option 'stp'
    ks.hist { "count", stp = 10 }
hint: did you mean step?
]] },
    { "in an aggregation's options of another kind", 2, [[
ks.sum { "count", error = "1%" }]], [[
t.lua:2: ks.sum has no option 'error'
    ks.sum { "count", error = "1%" }
hint: options are by, over, max, title
]] },
    { "of an aggregation without a value", 2, [[
ks.sum { by = "comm" }]], [[
t.lua:2: ks.sum needs a value
    ks.sum { by = "comm" }
hint: such as ks.sum "retval"
]] },
    { "of an aggregation with two values", 2, [[
ks.sum { "count", "comm" }]], [[
t.lua:2: ks.sum takes one value, not 2
    ks.sum { "count", "comm" }
hint: several keys are by = { "k1", "k2" }
]] },
    { "of an aggregation with its key given twice", 2, [[
ks.count { "comm", by = "pid" }]], [[
t.lua:2: the key of ks.count is given twice, before by and in it
    ks.count { "comm", by = "pid" }
hint: several keys are by = { "k1", "k2" }
]] },
    { "of several keys, one without a name", 2, [[
ks.count { by = { "comm", "count / 1K" } }]], [[
t.lua:2: one of several keys needs a name
    ks.count { by = { "comm", "count / 1K" } }
                               ^^^^^^^^^^
hint: write it as name=count / 1K
]] },
    { "of two keys of one name", 2, [[
ks.count { by = { "prev->comm", "next->comm" } }]], [[
t.lua:2: two keys are called 'comm'
    ks.count { by = { "prev->comm", "next->comm" } }
                                     ^^^^^^^^^^
hint: another name is given as name=next->comm
]] },
    { "in what a key is", 2, [[
ks.count { by = { "comm", 7 } }]], [[
t.lua:2: a key of ks.count is a string or a function, not a number
    ks.count { by = { "comm", 7 } }
]] },
    { "in how an aggregation's value is shown", 2, [[
ks.sum "count|clock"]], [[
t.lua:2: 'clock' is no way to show a number of ks.sum
    ks.sum "count|clock"
hint: behind | come size, dur or x
]] },
    { "in a time slot", 2, [[
ks.count { by = "comm", over = "soon" }]], [[
t.lua:2: over of ks.count takes a time, not soon
    ks.count { by = "comm", over = "soon" }
hint: such as "1s", "100ms", or seconds as a number
]] },
    { "in a number of keys", 2, [[
ks.count { by = "comm", max = 0 }]], [[
t.lua:2: max of ks.count is a number of keys, not 0
    ks.count { by = "comm", max = 0 }
hint: from 1 to 16777216; what finds no room is counted as (other)
]] },
    { "in a histogram's step", 2, [[
ks.hist { "count", step = 0.5 }]], [[
t.lua:2: step of ks.hist is a whole number from 1 on, not 0.5
    ks.hist { "count", step = 0.5 }
hint: such as 10, "4K" or "1ms"
]] },
    { "in a histogram's error", 2, [[
ks.hist { "count", error = "0%" }]], [[
t.lua:2: error of ks.hist is from 0.1% to 50%, not 0%
    ks.hist { "count", error = "0%" }
hint: such as "1%": buckets are then so narrow that their middle is off by no more
]] },
    { "about a histogram's buckets", 2, [[
ks.hist { "count", error = "1%", step = 1 }]], [[
t.lua:2: ks.hist takes step or error, not both
    ks.hist { "count", error = "1%", step = 1 }
hint: step makes buckets of one width, error of one precision
]] },
    { "in the name of an aggregation's key in Lua", 2, [[
ks.probe "vfs_read" { ks.count { by = { function() return 1 end, "size=cuont" } } }]], [[
t.lua:2: vfs_read has no argument 'cuont', and nothing else has that name
    ks.probe "vfs_read" { ks.count { by = { function() return 1 end, "size=cuont" } } }
                                                                           ^^^^^
hint: did you mean count?
]] },
    { "in a row's template", 2, [[
ks.hist("count"):print "{comm} {value.p99}"]], [[
t.lua:2: rows have no 'comm'
    ks.hist("count"):print "{comm} {value.p99}"
                             ^^^^
hint: there is value
]] },
    { "in a figure of a row's template", 2, [[
ks.hist({ "count", by = "comm" }):print "{comm|-16} {value.media}"]], [[
t.lua:2: the value of ks.hist has no .media
    ks.hist({ "count", by = "comm" }):print "{comm|-16} {value.media}"
                                                               ^^^^^
hint: there are count, sum, min, max, avg, p99
]] },
    { "in a width that no row has", 2, [[
ks.count("comm"):print "{comm|-16} {value|1000}"]], [[
t.lua:2: '1000' is no way to show a value of a row
    ks.count("comm"):print "{comm|-16} {value|1000}"
                                        ^^^^^^^^^^
hint: behind | come size, dur, x or a width below 1000
]] },
    { "in how rows are sorted", 2, [[
ks.count("comm"):print { sort = "ky" }]], [[
t.lua:2: print can't be sorted by 'ky'
    ks.count("comm"):print { sort = "ky" }
hint: did you mean key?
]] },
    { "in what is compared", 2, [[
ks.count({ by = { "comm", "pid" } }):print { compare = "com" }]], [[
t.lua:2: compare takes one of the keys' names, not 'com'
    ks.count({ by = { "comm", "pid" } }):print { compare = "com" }
hint: did you mean comm?
]] },
    { "in a form to print in", 2, [[
ks.count("comm"):print { as = "xml" }]], [[
t.lua:2: there is no form 'xml'
    ks.count("comm"):print { as = "xml" }
hint: forms are text, json, csv and folded
]] },
    { "in ks.options", 2, [[
ks.options { duratoin = "5s" }]], [[
t.lua:2: ks.options has no option 'duratoin'
    ks.options { duratoin = "5s" }
hint: did you mean duration?
]] },
    { "in a value of ks.options", 2, [[
ks.options { buffer = "4Q" }]], [[
t.lua:2: '4Q' is no size of a ring buffer
    ks.options { buffer = "4Q" }
hint: such as 64K, 4M or 1G: a power of two
]] },
    { "of ks.options behind a probe", 2, [[
ks.probe "vfs_read" {}
ks.options { pid = 7 }]], [[
t.lua:3: ks.options comes too late: the kernel's types are open already
    ks.options { pid = 7 }
hint: put it in front of probes, ks.define, ks.has, ks.first and ks.const
]] },
    { "in a time of ks.after", 2, [[
ks.after("later", print)]], [[
t.lua:2: ks.after takes a time, not later
    ks.after("later", print)
hint: such as "5s", "100ms", or seconds as a number
]] },
    { "in a function's name", 3, [[
ks.probe "vfs_raed" {}]], [[
t.lua:2: this kernel has no function 'vfs_raed' that BTF describes
    ks.probe "vfs_raed" {}
hint: did you mean vfs_read?
]] },
    { "in a place's kind", 2, [[
ks.probe "retrun:vfs_read" {}]], [[
t.lua:2: 'retrun:' is no kind of place
    ks.probe "retrun:vfs_read" {}
              ^^^^^^^
hint: did you mean return?
]] },
    { "in a timer's frequency: none", 2, [[
ks.probe "profile:" {}]], [[
t.lua:2: profile: without a frequency
    ks.probe "profile:" {}
                      ^
hint: profile:99 takes 99 samples a second on each CPU
]] },
    { "in a timer's frequency: 0", 2, [[
ks.probe "profile:0" {}]], [[
t.lua:2: a timer of 0 Hz never ticks
    ks.probe "profile:0" {}
                      ^
hint: profile:99 takes 99 samples a second on each CPU
]] },
    { "in a timer's frequency: less", 2, [[
ks.probe "profile:-5" {}]], [[
t.lua:2: '-5' is no frequency
    ks.probe "profile:-5" {}
                      ^^
hint: a whole number of samples a second: profile:99
]] },
    { "in a timer's frequency: a word", 2, [[
ks.probe "profile:99hz" {}]], [[
t.lua:2: '99hz' is no frequency
    ks.probe "profile:99hz" {}
                      ^^^^
hint: a whole number of samples a second: profile:99
]] },
    { "in a timer's frequency: too much", 2, [[
ks.probe "profile:100001" {}]], [[
t.lua:2: 100001 samples a second on each CPU are more than 100000
    ks.probe "profile:100001" {}
                      ^^^^^^
hint: the kernel's timers of this kind are no faster
]] },
    { "in a timer's frequency: far too much", 2, [[
ks.probe "profile:99999999999999999999" {}]], [[
t.lua:2: 99999999999999999999 samples a second on each CPU are more than 100000
    ks.probe "profile:99999999999999999999" {}
                      ^^^^^^^^^^^^^^^^^^^^
hint: the kernel's timers of this kind are no faster
]] },
    { "in a call of a timer", 2, [[
ks.call "profile:99" {}]], [[
t.lua:2: a timer's tick is one moment, not a call
    ks.call "profile:99" {}
             ^^^^^^^^^^
hint: ks.probe is for it
]] },
    { "in the return of a timer", 2, [[
ks.probe "return:profile:99" {}]], [[
t.lua:2: a timer has no return
    ks.probe "return:profile:99" {}
              ^^^^^^^
]] },
    { "that takes a timer for a function: an argument", 2, [[
ks.probe "profile:99" { where = "count > 1" }]], [[
t.lua:2: profile:99 has no argument 'count', and nothing else has that name
    ks.probe "profile:99" { where = "count > 1" }
                                     ^^^^^
hint: a timer has no arguments: its samples know the built-in values alone, such as pid, comm, stack and ustack
]] },
    { "that takes a timer for a function: its position", 2, [[
ks.probe "profile:99" { where = "arg(0) > 1" }]], [[
t.lua:2: profile:99 is a timer, without arguments
    ks.probe "profile:99" { where = "arg(0) > 1" }
                                     ^^^^^^
]] },
    { "that takes a timer for a function: a result", 2, [[
ks.probe "profile:99" { where = "retval < 0" }]], [[
t.lua:2: profile:99 is a timer, which returns nothing
    ks.probe "profile:99" { where = "retval < 0" }
                                     ^^^^^^
]] },
    { "that takes a timer for a function: who called", 2, [[
ks.probe "profile:99" { capture = { "caller" } }]], [[
t.lua:2: who called profile:99 is not known here: a timer ticks anywhere in a function
    ks.probe "profile:99" { capture = { "caller" } }
                                         ^^^^^^
hint: stack(1) is the innermost function
]] },
    { "in a span that a timer opens", 2, [[
ks.span { open = { "profile:99" }, close = { "vfs_read" } }]], [[
t.lua:2: profile:99 is a timer, at which nothing begins or ends
    ks.span { open = { "profile:99" }, close = { "vfs_read" } }
]] },
    { "in a span that a timer closes", 2, [[
ks.span { open = { "vfs_read" }, close = { "profile:99" } }]], [[
t.lua:2: profile:99 is a timer, at which nothing begins or ends
    ks.span { open = { "vfs_read" }, close = { "profile:99" } }
]] },
    { "in a timer within a call", 2, [[
ks.probe "profile:99" { within = "vfs_read" }]], [[
t.lua:2: profile:99 interrupts what runs: it can't be said to lie in a call
    ks.probe "profile:99" { within = "vfs_read" }
]] },
    { "in what calls lie within: a timer", 2, [[
ks.probe "vfs_read" { within = "profile:99" }]], [[
t.lua:2: a timer's tick is one moment, not a call
    ks.probe "vfs_read" { within = "profile:99" }
                                    ^^^^^^^^^^
hint: ks.probe is for it
]] },
    { "in how much is kept: 0", 2, [[
ks.probe "vfs_read" { keep = 0, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not 0
    ks.probe "vfs_read" { keep = 0, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: -3", 2, [[
ks.probe "vfs_read" { keep = -3, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not -3
    ks.probe "vfs_read" { keep = -3, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: 1.5", 2, [[
ks.probe "vfs_read" { keep = 1.5, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not 1.5
    ks.probe "vfs_read" { keep = 1.5, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: '64'", 2, [[
ks.probe "vfs_read" { keep = "64", emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not a string
    ks.probe "vfs_read" { keep = "64", emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: 1e12", 2, [[
ks.probe "vfs_read" { keep = 1e12, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not 1000000000000
    ks.probe "vfs_read" { keep = 1e12, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: 0/0", 2, [[
ks.probe "vfs_read" { keep = 0/0, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not nan
    ks.probe "vfs_read" { keep = 0/0, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in how much is kept: true", 2, [[
ks.probe "vfs_read" { keep = true, emit = "count == 1" }]], [[
t.lua:2: keep is how many records of each task are kept, not a boolean
    ks.probe "vfs_read" { keep = true, emit = "count == 1" }
hint: a whole number from 1 on, of records that have 60000 bytes together
]] },
    { "in what is kept without an end", 2, [[
ks.probe "vfs_read" { keep = 64 }]], [[
t.lua:2: records are kept, and nothing says when they go out
    ks.probe "vfs_read" { keep = 64 }
hint: keep = 64, emit = "retval < 0"
]] },
    { "in an end of what is not kept", 2, [[
ks.probe "vfs_read" { emit = "count == 1" }]], [[
t.lua:2: emit says when kept records go out, and none are kept
    ks.probe "vfs_read" { emit = "count == 1" }
hint: keep = 64, emit = "..."
]] },
    { "in when kept records go out: a function", 2, [[
ks.probe "vfs_read" { keep = 64, emit = print }]], [[
t.lua:2: emit is a string, not a function
    ks.probe "vfs_read" { keep = 64, emit = print }
hint: it decides in the kernel
]] },
    { "in when kept records go out: a name", 2, [[
ks.probe "vfs_read" { keep = 64, emit = "cuont == 1" }]], [[
t.lua:2: vfs_read has no argument 'cuont', and nothing else has that name
    ks.probe "vfs_read" { keep = 64, emit = "cuont == 1" }
                                             ^^^^^
hint: did you mean count?
]] },
    { "in when kept records go out: nothing", 2, [[
ks.probe "vfs_read" { keep = 64, emit = "" }]], [[
t.lua:2: an empty expression
    ks.probe "vfs_read" { keep = 64, emit = "" }
                                             ^
]] },
    { "in kept records that are added up", 2, [[
ks.probe "vfs_read" { keep = 64, emit = "count == 1", ks.count {} }]], [[
t.lua:2: an aggregation would add up what goes out alone: it is of no probe with keep
    ks.probe "vfs_read" { keep = 64, emit = "count == 1", ks.count {} }
hint: one more probe at the same place, without keep, adds up all hits
]] },
    { "in kept records that are added up in Lua", 2, [[
ks.probe "vfs_read" { keep = 64, emit = "count == 1", ks.count { by = print } }]], [[
t.lua:2: an aggregation would add up what goes out alone: it is of no probe with keep
    ks.probe "vfs_read" { keep = 64, emit = "count == 1", ks.count { by = print } }
hint: one more probe at the same place, without keep, adds up all hits
]] },
    { "in a span that keeps records", 2, [[
ks.span { open = "vfs_read", close = "return:vfs_read", keep = 5, emit = "retval < 0" }]], [[
t.lua:2: a span keeps no records: it may close in another task
    ks.span { open = "vfs_read", close = "return:vfs_read", keep = 5, emit = "retval < 0" }
]] },
    { "in more than a task can keep", 2, [[
ks.probe "vfs_read" { keep = 93, emit = "count == 1", capture = { "count", "stack" } }]], [[
t.lua:2: 93 records of 648 bytes are 60264 bytes, and a task keeps at most 60000
    ks.probe "vfs_read" { keep = 93, emit = "count == 1", capture = { "count", "stack" } }
                                                                                ^^^^^
hint: keep = 92, or capture less
]] },
    { "in a test of kept records", 2, [[
ks.test(function() ks.probe "vfs_read" { keep = 3, emit = "count == 1" } end, { { "vfs_read" } })]], [[
t.lua:2: event 1: vfs_read keeps records: of these no events are made up
    ks.test(function() ks.probe "vfs_read" { keep = 3, emit = "count == 1" } end, { { "vfs_read" } })
]] },
    { "in the place of a module", 2, [[
ks.probe "mod:ext4" {}]], [[
t.lua:2: after mod: come a module and a function: mod:ext4:ext4_sync_file
    ks.probe "mod:ext4" {}
                  ^^^^
]] },
    { "in a function's name", 2, [[
ks.probe "vfs read" {}]], [[
t.lua:2: ' ' can't be in the name of a function
    ks.probe "vfs read" {}
                 ^
]] },
    { "in a pattern's parameter", 2, [[
ks.probe "vfs_*(struct file *f, int i)" {}]], [[
t.lua:2: a place names one parameter, not several
    ks.probe "vfs_*(struct file *f, int i)" {}
                    ^^^^^^^^^^^^^^^^^^^^^
]] },
    { "in a pattern's type", 2, [[
ks.probe "vfs_*(struct flie *f)" {}]], [[
t.lua:2: this kernel has no type 'struct flie'
    ks.probe "vfs_*(struct flie *f)" {}
                    ^^^^^^^^^^^
hint: did you mean struct file?
]] },
    { "of a pattern that matches nothing", 3, [[
ks.probe "xyz_*" {}]], [[
t.lua:2: no function of this kernel matches 'xyz_*'
    ks.probe "xyz_*" {}
]] },
    { "of a return that a tracepoint has not", 2, [[
ks.probe "return:tp:x" {}]], [[
t.lua:2: a tracepoint has no return
    ks.probe "return:tp:x" {}
              ^^^^^^^
]] },
    { "about the number of arguments", 3, [[
ks.probe "fentry:thirteen" {}]], [[
t.lua:2: thirteen takes more arguments than this kernel's trampolines carry, so that fentry can't be put there
    ks.probe "fentry:thirteen" {}
hint: use the place "thirteen"
]] },
    { "about a function like printf", 3, [[
ks.probe "fentry:variadic" {}]], [[
t.lua:2: variadic takes a variable number of arguments, so that fentry can't be put there
    ks.probe "fentry:variadic" {}
hint: use the place "variadic"
]] },
    { "about a function that never returns", 3, [[
ks.probe "return:do_exit" {}]], [[
t.lua:2: do_exit never returns
    ks.probe "return:do_exit" {}
hint: use the place "do_exit"
]] },
    { "that would hang the machine", 3, [[
ks.probe "_raw_spin_lock" {}]], [[
t.lua:2: _raw_spin_lock can't be traced: ksnoop's own programs need it, and the machine could hang
    ks.probe "_raw_spin_lock" {}
hint: trace a function that calls it instead
]] },
    { "in a name of an expression", 2, [[
ks.probe "vfs_read" { where = "pid == 1 && cuont == 1" }]], [[
t.lua:2: vfs_read has no argument 'cuont', and nothing else has that name
    ks.probe "vfs_read" { where = "pid == 1 && cuont == 1" }
                                               ^^^^^
hint: did you mean count?
]] },
    { "in a member's name", 2, [[
ks.probe "vfs_read" { where = "count && file->f_inod->i_size" }]], [[
t.lua:2: struct file has no member 'f_inod'
    ks.probe "vfs_read" { where = "count && file->f_inod->i_size" }
                                                  ^^^^^^
hint: did you mean f_inode?
]] },
    { "in a list of several lines", 2, [[
ks.probe "vfs_read" {
  capture = { "comm" },
  where = {
    "count > 1",
    "com == 'dd'",
  },
}]], [[
t.lua:6: vfs_read has no argument 'com', and nothing else has that name
    "com == 'dd'",
     ^^^
hint: did you mean comm?
]] },
    { "behind tabs and other alphabets", 2,
      'ks.probe "vfs_read" {\t--[[größer]] where = "comm == \'é\' && x" }',
      "t.lua:2: vfs_read has no argument 'x', and nothing else has that name\n"
        .. '    ks.probe "vfs_read" {\t--[[größer]] where = "comm == \'é\' && x" }\n'
        .. "                         \t                                     ^\n" },
    { "in a text that the script puts together", 2, [[
ks.probe "vfs_read" { where = "cou" .. "t > 1" }]], [[
t.lua:2: vfs_read has no argument 'cout', and nothing else has that name
    cout > 1
    ^^^^
hint: did you mean count, cpu or comm?
]] },
    { "in a template", 2, [[
ks.probe "vfs_read" { ks.print "{count} {pso}" }]], [[
t.lua:2: vfs_read has no argument 'pso', and nothing else has that name
    ks.probe "vfs_read" { ks.print "{count} {pso}" }
                                             ^^^
hint: did you mean pos?
]] },
    { "in a template of several parts", 2, [[
ks.probe "vfs_read" {
  ks.print { "{count} {pid} ",
    "{comm} {pso}" },
}]], [[
t.lua:4: vfs_read has no argument 'pso', and nothing else has that name
    "{comm} {pso}" },
             ^^^
hint: did you mean pos?
]] },
    { "of types: a pointer and a text", 2, [[
ks.probe "vfs_read" { where = "file == comm" }]], [[
t.lua:2: a pointer can't be compared with char[16]
    ks.probe "vfs_read" { where = "file == comm" }
                                           ^^^^
]] },
    { "of types: arithmetic with a pointer", 2, [[
ks.probe "vfs_read" { where = "1 == file * 2" }]], [[
t.lua:2: this operator needs numbers, and this is struct file *
    ks.probe "vfs_read" { where = "1 == file * 2" }
                                        ^^^^
]] },
    { "of types: a text as predicate", 2, [[
ks.probe "vfs_read" { where = "comm" }]], [[
t.lua:2: a predicate is a number or a pointer, and this is char[16]
    ks.probe "vfs_read" { where = "comm" }
                                   ^^^^
]] },
    { "of types: -> where . is meant", 2, [[
ks.probe "vfs_read" { where = "file->f_path->dentry" }]], [[
t.lua:2: -> needs a pointer to a struct, and this is struct path
    ks.probe "vfs_read" { where = "file->f_path->dentry" }
                                   ^^^^^^^^^^^^
hint: members of a struct itself are read with .
]] },
    { "of types: . where -> is meant", 2, [[
ks.probe "vfs_read" { where = "file.f_flags" }]], [[
t.lua:2: . needs a struct, and this is struct file *
    ks.probe "vfs_read" { where = "file.f_flags" }
                                   ^^^^
hint: members behind a pointer are read with ->
]] },
    { "of types: a number followed", 2, [[
ks.probe "vfs_read" { where = "*count" }]], [[
t.lua:2: * needs a pointer, and this is size_t
    ks.probe "vfs_read" { where = "*count" }
                                    ^^^^^
]] },
    { "of types: a plain address followed", 2, [[
ks.probe "pointers" { where = "user(address)->a" }]], [[
t.lua:2: -> needs a pointer to a struct, and this is a plain address
    ks.probe "pointers" { where = "user(address)->a" }
                                        ^^^^^^^
hint: a cast says what it points to: ((struct x *)y)->a
]] },
    { "of types: a struct that no record takes", 2, [[
ks.probe "odd_user" { capture = { "w=*(struct huge *)o" } }]], [[
t.lua:2: struct huge has 20000 bytes, and a record takes 16384 at most
    ks.probe "odd_user" { capture = { "w=*(struct huge *)o" } }
                                         ^^^^^^^^^^^^^^^^^
hint: capture the members that you need
]] },
    { "of types: an array that no record takes", 2, [[
ks.probe "odd_user" { capture = { "((struct huge *)o)->words" } }]], [[
t.lua:2: long unsigned int [2500] has 20000 bytes, and a record takes 16384 at most
    ks.probe "odd_user" { capture = { "((struct huge *)o)->words" } }
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^
hint: capture a slice of it: x[0:n]
]] },
    { "of types: an array without a length, captured", 2, [[
ks.probe "vfs_read" { capture = { "file->f_more->tail" } }]], [[
t.lua:2: s32 [0] has no length of its own
    ks.probe "vfs_read" { capture = { "file->f_more->tail" } }
                                       ^^^^^^^^^^^^^^^^^^
hint: x[:n] captures n elements of it
]] },
    { "of slices: a bound behind the array", 2, [[
ks.probe "vfs_read" { capture = { "file->f_more->numbers[2:7]" } }]], [[
t.lua:2: element 6 of s32 [6], which has 6, from 0 on
    ks.probe "vfs_read" { capture = { "file->f_more->numbers[2:7]" } }
                                                               ^
]] },
    { "of slices: a bound before the array", 2, [[
ks.probe "vfs_read" { capture = { "file->f_label[-1:4]" } }]], [[
t.lua:2: a slice of const char * from 0 on, not from -1
    ks.probe "vfs_read" { capture = { "file->f_label[-1:4]" } }
                                                     ^^
]] },
    { "of slices: nothing in it", 2, [[
ks.probe "vfs_read" { capture = { "file->f_label[4:4]" } }]], [[
t.lua:2: a slice with nothing in it
    ks.probe "vfs_read" { capture = { "file->f_label[4:4]" } }
                                       ^^^^^^^^^^^^^^^^^^
]] },
    { "of slices: more than a record takes, by a computed bound", 2, [[
ks.probe "vfs_read" { capture = { "((struct huge *)file)->words[0:count]" } }]], [[
t.lua:2: 2500 elements of 8 bytes in long unsigned int [2500], and a record takes 16384 bytes at most
    ks.probe "vfs_read" { capture = { "((struct huge *)file)->words[0:count]" } }
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: the bounds can be constants: x[0:1024]
]] },
    { "of types: values that no record takes together", 2, [[
ks.probe "huge_user" { capture = { "a=huge->words[0:1024]", "b=huge->words[0:1025]" } }]], [[
t.lua:2: a record of more than 16384 bytes
    ks.probe "huge_user" { capture = { "a=huge->words[0:1024]", "b=huge->words[0:1025]" } }
                                                                   ^^^^^^^^^^^^^^^^^^^
hint: capture the members that you need, or a slice
]] },
    { "of slices: what a void pointer leads to", 2, [[
ks.probe "sink_void" { capture = { "ptr[0:4]" } }]], [[
t.lua:2: what is in void * has no size
    ks.probe "sink_void" { capture = { "ptr[0:4]" } }
                                        ^^^
hint: a cast says what it points to: ((unsigned char *)x)[0:16]
]] },
    { "of slices: of a number", 2, [[
ks.probe "vfs_read" { capture = { "x=count[0:4]" } }]], [[
t.lua:2: [] needs an array or a pointer, and this is size_t
    ks.probe "vfs_read" { capture = { "x=count[0:4]" } }
                                         ^^^^^
]] },
    { "of slices: a bound that is no number", 2, [[
ks.probe "vfs_read" { capture = { "file->f_label[:file]" } }]], [[
t.lua:2: an index is a number, and this is struct file *
    ks.probe "vfs_read" { capture = { "file->f_label[:file]" } }
                                                      ^^^^
]] },
    { "of slices: no end", 2, [[
ks.probe "vfs_read" { capture = { "file->f_label[2:]" } }]], [[
t.lua:2: ']' where a value should be
    ks.probe "vfs_read" { capture = { "file->f_label[2:]" } }
                                                       ^
]] },
    { "of slices: in a predicate", 2, [[
ks.probe "vfs_read" { where = "file->f_label[0:4]" }]], [[
t.lua:2: a predicate is a number or a pointer, and this is const char [4]
    ks.probe "vfs_read" { where = "file->f_label[0:4]" }
                                   ^^^^^^^^^^^^^^^^^^
]] },
    { "of slices: a part of one", 2, [[
ks.probe "vfs_read" { capture = { "x=file->f_label[0:4][1]" } }]], [[
t.lua:2: [] needs an array or a pointer, and this is const char [4]
    ks.probe "vfs_read" { capture = { "x=file->f_label[0:4][1]" } }
                                         ^^^^^^^^^^^^^^^^^^
]] },
    { "of types: a predicate that is a whole struct", 2, [[
ks.probe "vfs_read" { where = "file->f_path" }]], [[
t.lua:2: a predicate is a number or a pointer, and this is struct path
    ks.probe "vfs_read" { where = "file->f_path" }
                                   ^^^^^^^^^^^^
]] },
    { "of types: a struct that is only declared", 2, [[
ks.probe "odd_user" { where = "hidden->x" }]], [[
t.lua:2: struct opaque *: its members are not in this kernel's BTF
    ks.probe "odd_user" { where = "hidden->x" }
                                   ^^^^^^
]] },
    { "of types: an array without a length", 2, [[
ks.probe "odd_user" { capture = "o->tail" }]], [[
t.lua:2: char [0] has no length of its own
    ks.probe "odd_user" { capture = "o->tail" }
                                     ^^^^^^^
hint: str(x) captures the text in it, buf(x, n) n bytes
]] },
    { "of types: a bit-field that is too far spread", 2, [[
ks.probe "bit_user" { where = "pb->across" }]], [[
t.lua:2: a bit-field of type u64 in more than 8 bytes can't be read
    ks.probe "bit_user" { where = "pb->across" }
                                   ^^^^^^^^^^
]] },
    { "= for ==", 2, [[
ks.probe "vfs_read" { where = "count = 1" }]], [[
t.lua:2: '=' would assign, and expressions have no side effects
    ks.probe "vfs_read" { where = "count = 1" }
                                         ^
hint: to compare, write ==
]] },
    { "a string that does not end", 2, [[
ks.probe "vfs_read" { where = "comm == 'dd" }]], [[
t.lua:2: a string without its closing '
    ks.probe "vfs_read" { where = "comm == 'dd" }
                                           ^^^
]] },
    { "a function of C's library", 2, [[
ks.probe "vfs_read" { where = "count > strlen(buf)" }]], [[
t.lua:2: there is no function 'strlen'
    ks.probe "vfs_read" { where = "count > strlen(buf)" }
                                           ^^^^^^
hint: functions: str, buf, user, ntohs, ntohl, errno, arg, first, ns, us, ms, jiffies, symbol, path, addr, ]] ..
      "entry, stack, ustack, sizeof\n" },
    { "a number of too many digits", 2, [[
ks.probe "vfs_read" { where = "count == 18446744073709551616" }]], [[
t.lua:2: a number of more than 64 bits
    ks.probe "vfs_read" { where = "count == 18446744073709551616" }
                                            ^^^^^^^^^^^^^^^^^^^^
]] },
    { "a number too large by its suffix", 2, [[
ks.probe "vfs_read" { where = "count == 18014398509481984G" }]], [[
t.lua:2: a number of more than 64 bits
    ks.probe "vfs_read" { where = "count == 18014398509481984G" }
                                            ^^^^^^^^^^^^^^^^^^
]] },
    { "a number that is none", 2, [[
ks.probe "vfs_read" { where = "count == 12kb" }]], [[
t.lua:2: '12kb' is no number
    ks.probe "vfs_read" { where = "count == 12kb" }
                                            ^^^^
hint: numbers are 10, 0x1f, 0644, 4K, 2M, 1G; durations 10ns, 5us, 2ms, 1s, 3m, 1h
]] },
    { "a number that is not octal", 2, [[
ks.probe "vfs_read" { where = "count == 0689" }]], [[
t.lua:2: '0689' is no number
    ks.probe "vfs_read" { where = "count == 0689" }
                                            ^^^^
hint: a number that begins with 0 is octal, as in C
]] },
    { "a division by nothing", 2, [[
ks.probe "vfs_read" { where = "count / (1 - 1) == 2" }]], [[
t.lua:2: division by 0
    ks.probe "vfs_read" { where = "count / (1 - 1) == 2" }
                                   ^^^^^^^^^^^^^^^
]] },
    { "a shift past the end", 2, [[
ks.probe "vfs_read" { where = "1 << 32 == count" }]], [[
t.lua:2: a shift past the 32 bits of its type
    ks.probe "vfs_read" { where = "1 << 32 == count" }
                                   ^^^^^^^
]] },
    { "half an expression", 2, [[
ks.probe "vfs_read" { where = "count ==" }]], [[
t.lua:2: the expression ends where a value should be
    ks.probe "vfs_read" { where = "count ==" }
                                           ^
]] },
    { "one expression and a half", 2, [[
ks.probe "vfs_read" { where = "count 1" }]], [[
t.lua:2: '1' where an operator or the end should be
    ks.probe "vfs_read" { where = "count 1" }
                                         ^
]] },
    { "no expression at all", 2, [[
ks.probe "vfs_read" { where = "" }]], [[
t.lua:2: an empty expression
    ks.probe "vfs_read" { where = "" }
                                   ^
]] },
    { "bytes that mean nothing", 2, 'ks.probe "vfs_read" { where = "count @ \1" }', [[
t.lua:2: '@' means nothing here
    ks.probe "vfs_read" { where = "count @ \x01" }
                                         ^
]] },
    { "of types: a struct by value that is too large", 2, [[
ks.probe "connected" { where = "all.words[0] == 1" }]], [[
t.lua:2: struct large has more than 16 bytes and is passed on the stack, where no program can read it
    ks.probe "connected" { where = "all.words[0] == 1" }
                                    ^^^
]] },
    { "of types: a struct that is returned", 2, [[
ks.probe "return:returns_small" { where = "retval.a == 1" }]], [[
t.lua:2: struct pair8 is returned whole, and the kernel lets no program read that
    ks.probe "return:returns_small" { where = "retval.a == 1" }
                                               ^^^^^^
]] },
    { "of types: a cast to what this kernel does not have", 2, [[
ks.probe "vfs_read" { where = "((struct inod *)pos)->i_size" }]], [[
t.lua:2: this kernel has no type 'struct inod'
    ks.probe "vfs_read" { where = "((struct inod *)pos)->i_size" }
                                     ^^^^^^^^^^^
hint: did you mean struct inode?
]] },
    { "of types: a struct by its bare name", 2, [[
ks.probe "vfs_read" { where = "((inode *)pos)->i_size" }]], [[
t.lua:2: this kernel has no type 'inode'
    ks.probe "vfs_read" { where = "((inode *)pos)->i_size" }
                                     ^^^^^
hint: there is struct inode
]] },
    { "of types: words that make no type", 2, [[
ks.probe "vfs_read" { where = "(unsigned _Bool)count" }]], [[
t.lua:2: these words make no type in C
    ks.probe "vfs_read" { where = "(unsigned _Bool)count" }
                                    ^^^^^^^^^^^^^^
]] },
    { "of types: a cast to a struct", 2, [[
ks.probe "vfs_read" { where = "((struct inode)count).i_size" }]], [[
t.lua:2: a cast gives a number or a pointer, not struct inode
    ks.probe "vfs_read" { where = "((struct inode)count).i_size" }
                                   ^^^^^^^^^^^^^^^^^^^^^
]] },
    { "of types: a cast of a text", 2, [[
ks.probe "vfs_read" { where = "(long)comm == 1" }]], [[
t.lua:2: only numbers and pointers can be cast, and this is char[16]
    ks.probe "vfs_read" { where = "(long)comm == 1" }
                                         ^^^^
]] },
    { "of types: a value in parentheses before another", 2, [[
ks.probe "vfs_read" { where = "(count) 1" }]], [[
t.lua:2: this kernel has no type 'count'
    ks.probe "vfs_read" { where = "(count) 1" }
                                    ^^^^^
hint: is an operator missing behind (count)?
]] },
    { "of types: the size of a bit-field", 2, [[
ks.probe "bit_user" { where = "sizeof b->low == 1" }]], [[
t.lua:2: a bit-field has no size in bytes
    ks.probe "bit_user" { where = "sizeof b->low == 1" }
                                          ^^^^^^
]] },
    { "of types: the size of nothing there", 2, [[
ks.probe "vfs_read" { where = "sizeof(nosuch)" }]], [[
t.lua:2: vfs_read has no argument 'nosuch', and nothing else has that name
    ks.probe "vfs_read" { where = "sizeof(nosuch)" }
                                         ^^^^^^^^
]] },
    { "of types: an element past the end", 2, [[
ks.probe "vfs_read" { where = "file->f_tag[8] == 1" }]], [[
t.lua:2: element 8 of char [8], which has 8, from 0 on
    ks.probe "vfs_read" { where = "file->f_tag[8] == 1" }
                                               ^
]] },
    { "of types: an element before the start", 2, [[
ks.probe "vfs_read" { where = "file->f_tag[-1] == 1" }]], [[
t.lua:2: element -1 of char [8], which has 8, from 0 on
    ks.probe "vfs_read" { where = "file->f_tag[-1] == 1" }
                                               ^^
]] },
    { "of types: an element of a number", 2, [[
ks.probe "vfs_read" { where = "count[1]" }]], [[
t.lua:2: [] needs an array or a pointer, and this is size_t
    ks.probe "vfs_read" { where = "count[1]" }
                                   ^^^^^
]] },
    { "of types: a second index where BTF has one", 2, [[
ks.probe "odd_user" { where = "o->matrix[1][2]" }]], [[
t.lua:2: [] needs an array or a pointer, and this is int
    ks.probe "odd_user" { where = "o->matrix[1][2]" }
                                   ^^^^^^^^^^^^
hint: this kernel's BTF tells an array of arrays as one: a[i][j] is a[i * columns + j]
]] },
    { "of types: an index that is no number", 2, [[
ks.probe "vfs_read" { where = "file->f_tag[file]" }]], [[
t.lua:2: an index is a number, and this is struct file *
    ks.probe "vfs_read" { where = "file->f_tag[file]" }
                                               ^^^^
]] },
    { "of types: a computed element of a register", 2, [[
ks.probe "connected" { where = "pair.inner.tag[pair.last]" }]], [[
t.lua:2: an element that is passed in a register needs a constant index
    ks.probe "connected" { where = "pair.inner.tag[pair.last]" }
                                    ^^^^^^^^^^^^^^^^^^^^^^^^^
]] },
    { "of types: a character of a name", 2, [[
ks.probe "vfs_read" { where = "comm[0] == 100" }]], [[
t.lua:2: single characters of this char[16] can't be read
    ks.probe "vfs_read" { where = "comm[0] == 100" }
                                   ^^^^
]] },
    { "of types: the address of a value", 2, [[
ks.probe "vfs_read" { where = "&count == 0" }]], [[
t.lua:2: & needs something in memory, and this size_t is a value
    ks.probe "vfs_read" { where = "&count == 0" }
                                    ^^^^^
]] },
    { "of types: the address of a bit-field", 2, [[
ks.probe "bit_user" { where = "&b->low == 0" }]], [[
t.lua:2: a bit-field has no address
    ks.probe "bit_user" { where = "&b->low == 0" }
                                    ^^^^^^
]] },
    { "of types: what nothing says the size of", 2, [[
ks.probe "odd_user" { where = "hidden + 1 == 0" }]], [[
t.lua:2: how far struct opaque * moves is not known
    ks.probe "odd_user" { where = "hidden + 1 == 0" }
                                   ^^^^^^
]] },
    { "of types: the distance of unlike pointers", 2, [[
ks.probe "vfs_read" { where = "pos - buf == 1" }]], [[
t.lua:2: only pointers to the same type have a distance, and the first is loff_t *
    ks.probe "vfs_read" { where = "pos - buf == 1" }
                                   ^^^^^^^^^
hint: (char *)p - (char *)q counts bytes
]] },
    { "of types: a pointer below a number", 2, [[
ks.probe "vfs_read" { where = "file < 5" }]], [[
t.lua:2: a pointer and a number can only be compared with == and !=
    ks.probe "vfs_read" { where = "file < 5" }
                                   ^^^^^^^^
hint: (unsigned long)p is the pointer as a number
]] },
    { "of types: what a void pointer points to", 2, [[
ks.probe "vfs_read" { where = "*(void *)pos" }]], [[
t.lua:2: what a void * points to can't be read
    ks.probe "vfs_read" { where = "*(void *)pos" }
                                    ^^^^^^^^^^^
hint: a cast says what it points to: *(int *)x
]] },
    { "of types: an array as a predicate", 2, [[
ks.probe "odd_user" { where = "o->numbers" }]], [[
t.lua:2: a predicate is a number or a pointer, and this is int [4]
    ks.probe "odd_user" { where = "o->numbers" }
                                   ^^^^^^^^^^
]] },
    { "of types: a character and a text", 2, [[
ks.probe "vfs_read" { where = "*buf == 'a'" }]], [[
t.lua:2: char is no string
    ks.probe "vfs_read" { where = "*buf == 'a'" }
                                   ^^^^
hint: a character is a number: 97 is 'a'
]] },
    { "of types: a text and a number", 2, [[
ks.probe "vfs_read" { where = "comm == 5" }]], [[
t.lua:2: this operator needs numbers, and this is char[16]
    ks.probe "vfs_read" { where = "comm == 5" }
                                   ^^^^
]] },
    { "of types: two char arrays", 2, [[
ks.probe "connected" { where = "task->comm == comm" }]], [[
t.lua:2: a string can only be compared with 'text'
    ks.probe "connected" { where = "task->comm == comm" }
                                    ^^^^^^^^^^^^^^^^^^
]] },
    { "of types: texts in an order", 2, [[
ks.probe "vfs_read" { where = "comm < 'dd'" }]], [[
t.lua:2: strings can only be compared with == and !=
    ks.probe "vfs_read" { where = "comm < 'dd'" }
                                        ^
]] },
    { "of types: a pattern without quotes", 2, [[
ks.probe "vfs_read" { where = "comm ~ dd*" }]], [[
t.lua:2: the expression ends where a value should be
    ks.probe "vfs_read" { where = "comm ~ dd*" }
                                             ^
hint: a pattern stands in quotes: 'a*'
]] },
    { "of types: a pattern and a number", 2, [[
ks.probe "vfs_read" { where = "count ~ '1*'" }]], [[
t.lua:2: size_t is no string
    ks.probe "vfs_read" { where = "count ~ '1*'" }
                                   ^^^^^
]] },
    { "of types: ~ of a text", 2, [[
ks.probe "vfs_read" { where = "~'a*' == comm" }]], [[
t.lua:2: this operator needs a number, and this is text
    ks.probe "vfs_read" { where = "~'a*' == comm" }
                                    ^^^^
hint: a pattern is matched by x ~ 'a*'
]] },
    { "of types: a choice of unlike things", 2, [[
ks.probe "vfs_read" { where = "count ? file : count" }]], [[
t.lua:2: ?: chooses between numbers or between pointers, and this is struct file *
    ks.probe "vfs_read" { where = "count ? file : count" }
                                           ^^^^
]] },
    { "of types: a choice of user and kernel memory", 2, [[
ks.probe "vfs_read" { where = "count ? file : user(file)" }]], [[
t.lua:2: ?: chooses between a pointer to user memory and one to the kernel's
    ks.probe "vfs_read" { where = "count ? file : user(file)" }
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^
]] },
    { "a word that should be a text", 2, [[
ks.probe "vfs_read" { where = "comm == dd" }]], [[
t.lua:2: vfs_read has no argument 'dd', and nothing else has that name
    ks.probe "vfs_read" { where = "comm == dd" }
                                           ^^
hint: a text stands in quotes: 'dd'
]] },
    { "a duration beside a number", 2, [[
ks.probe "vfs_read" { where = "count > 2ms" }]], [[
t.lua:2: a duration is compared with a number that may count anything
    ks.probe "vfs_read" { where = "count > 2ms" }
                                   ^^^^^^^^^^^
hint: ns(x), us(x), ms(x), jiffies(x) say what x counts
]] },
    { "a duration beside nanoseconds counted twice", 2, [[
ks.probe "vfs_read" { where = "us(time) > 1s" }]], [[
t.lua:2: this counts nanoseconds already
    ks.probe "vfs_read" { where = "us(time) > 1s" }
                                      ^^^^
]] },
    { "a jiffy of unknown length", 2, [[
ks.probe "vfs_read" { where = "jiffies(count) > 1s" }]], [[
t.lua:2: how long a jiffy is on this kernel is not known
    ks.probe "vfs_read" { where = "jiffies(count) > 1s" }
                                   ^^^^^^^^^^^^^^
]] },
    { "an errno of what has no sign", 2, [[
ks.probe "vfs_read" { where = "errno(count)" }]], [[
t.lua:2: size_t can't say that it failed
    ks.probe "vfs_read" { where = "errno(count)" }
                                         ^^^^^
hint: errors are negative numbers, and this has no sign; errno((long)x) takes it for one that has
]] },
    { "an argument that is not there", 2, [[
ks.probe "vfs_read" { where = "arg(cuont)" }]], [[
t.lua:2: vfs_read has no argument 'cuont'
    ks.probe "vfs_read" { where = "arg(cuont)" }
                                       ^^^^^
hint: did you mean count?
]] },
    { "an argument too far", 2, [[
ks.probe "vfs_read" { where = "arg(4)" }]], [[
t.lua:2: vfs_read has 4 arguments, counted from 0
    ks.probe "vfs_read" { where = "arg(4)" }
                                       ^
]] },
    { "an argument of no such type", 2, [[
ks.probe "vfs_read" { where = "arg(struct inode *)->i_size" }]], [[
t.lua:2: vfs_read has no argument of type struct inode *
    ks.probe "vfs_read" { where = "arg(struct inode *)->i_size" }
                                       ^^^^^^^^^^^^^^
]] },
    { "an argument at a kretprobe", 2, [[
ks.probe "return:kprobe:vfs_write" { where = "count == 1" }]], [[
t.lua:2: the argument 'count' of vfs_write is not known here: a kretprobe sees registers that have changed by then
    ks.probe "return:kprobe:vfs_write" { where = "count == 1" }
                                                  ^^^^^
hint: use the place "return:vfs_write"
]] },
    { "an argument by its type at a kretprobe", 2, [[
ks.probe "return:kprobe:vfs_write" { where = "arg(size_t) == 1" }]], [[
t.lua:2: the arguments of vfs_write are not known here: a kretprobe sees registers that have changed by then
    ks.probe "return:kprobe:vfs_write" { where = "arg(size_t) == 1" }
                                                      ^^^^^^
hint: use the place "return:vfs_write"
]] },
    { "a name that no argument has, at a kretprobe", 2, [[
ks.probe "return:kprobe:vfs_write" { where = "cout == 1" }]], [[
t.lua:2: vfs_write has no argument 'cout', and nothing else has that name
    ks.probe "return:kprobe:vfs_write" { where = "cout == 1" }
                                                  ^^^^
hint: did you mean cpu or comm?
]] },
    { "an argument at the return of a function that fexit can't have", 2, [[
ks.probe "return:thirteen" { where = "a1 == 1" }]], [[
t.lua:2: the argument 'a1' of thirteen is not known here: thirteen takes more arguments than this kernel's ]]
      .. [[trampolines carry, and a kretprobe sees registers that have changed by then
    ks.probe "return:thirteen" { where = "a1 == 1" }
                                          ^^
hint: they are known when it begins: "thirteen"
]] },
    { "an argument at the return of a pattern's functions", 2, [[
ks.probe "return:inode_*" { where = "flags == 1" }]], [[
t.lua:2: the argument 'flags' of inode_sync is not known here: a kretprobe sees registers that have changed by then
    ks.probe "return:inode_*" { where = "flags == 1" }
                                         ^^^^^
hint: they are known when it begins: "inode_sync"
]] },
    { "an argument of a system call of which there is only BTF", 3, [[
ks.probe "sys:openat" { where = "dfd == 1" }]], [[
t.lua:2: the arguments of openat are not known here: tracefs has their names and types; with --btf only that file ]]
      .. [[is looked at
    ks.probe "sys:openat" { where = "dfd == 1" }
                                     ^^^
hint: --tracefs FOLDER is a copy of that kernel's tracefs
]] },
    { "an argument of a system call by its number", 3, [[
ks.probe "sys:openat" { where = "arg(0) == 1" }]], [[
t.lua:2: the arguments of openat are not known here: tracefs has their names and types; with --btf only that file ]]
      .. [[is looked at
    ks.probe "sys:openat" { where = "arg(0) == 1" }
                                         ^
hint: --tracefs FOLDER is a copy of that kernel's tracefs
]] },
    { "a pattern for modules of which there is no BTF", 3, [[
ks.probe "mod:nosuch:inode_*" {}]], [[
t.lua:2: no function of this kernel matches 'mod:nosuch:inode_*'
    ks.probe "mod:nosuch:inode_*" {}
]] },
    { "a record of which there is only BTF", 3, [[
ks.probe "tp:sched:sched_switch" {}]], [[
t.lua:2: tracefs has the records of tracepoints; with --btf only that file is looked at
    ks.probe "tp:sched:sched_switch" {}
hint: --tracefs FOLDER is a copy of that kernel's tracefs
]] },
    { "nothing that first could choose", 2, [[
ks.probe "vfs_read" { where = "first(nosuch, file->nosuch)" }]], [[
t.lua:2: vfs_read has no argument 'nosuch', and nothing else has that name
    ks.probe "vfs_read" { where = "first(nosuch, file->nosuch)" }
                                         ^^^^^^
hint: nothing that first names is there; this is about the first
]] },
    { "unlike things for first", 2, [[
ks.probe "vfs_read" { where = "first(count, file)" }]], [[
t.lua:2: all that first chooses from must be of one kind, and this is struct file *
    ks.probe "vfs_read" { where = "first(count, file)" }
                                                ^^^^
hint: what it chooses here is size_t
]] },
    { "one argument too few", 2, [[
ks.probe "vfs_read" { where = "str()" }]], [[
t.lua:2: str takes a pointer and, if wanted, a number of bytes
    ks.probe "vfs_read" { where = "str()" }
                                   ^^^^^
]] },
    { "one argument too many", 2, [[
ks.probe "vfs_read" { where = "user(buf, 1)" }]], [[
t.lua:2: user takes one pointer
    ks.probe "vfs_read" { where = "user(buf, 1)" }
                                   ^^^^^^^^^^^^
]] },
    { "a function's misspelt name", 2, [[
ks.probe "vfs_read" { where = "strr(buf) == 'x'" }]], [[
t.lua:2: there is no function 'strr'
    ks.probe "vfs_read" { where = "strr(buf) == 'x'" }
                                   ^^^^
hint: did you mean str?
]] },
    { "too long a string", 2, [[
ks.probe "vfs_read" { capture = "str(buf, 5000)" }]], [[
t.lua:2: str takes 1 to 4096 bytes, as a constant
    ks.probe "vfs_read" { capture = "str(buf, 5000)" }
                                              ^^^^
]] },
    { "a computed length", 2, [[
ks.probe "vfs_read" { capture = "buf(buf, count)" }]], [[
t.lua:2: buf takes 1 to 4096 bytes, as a constant
    ks.probe "vfs_read" { capture = "buf(buf, count)" }
                                              ^^^^^
]] },
    { "an address family without addresses", 2, [[
ks.probe "vfs_read" { capture = "a=addr(count, count, count)" }]], [[
t.lua:2: an IPv4 address is 4 bytes in memory, and this is size_t
    ks.probe "vfs_read" { capture = "a=addr(count, count, count)" }
                                                   ^^^^^
]] },
    { "a pattern of too many stars", 2, [[
ks.probe "vfs_read" { where = "comm ~ 'a*b*c*d*e*'" }]], [[
t.lua:2: 5 stars in a pattern; the kernel's half matches at most 4
    ks.probe "vfs_read" { where = "comm ~ 'a*b*c*d*e*'" }
                                          ^^^^^^^^^^^^
hint: a function in where has no such limit: function(e) return e.x:find 'pattern' end
]] },
    { "a pattern of too long parts", 2, [[
ks.probe "vfs_read" { where = "comm ~ '*xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" }]], [[
t.lua:2: 33 bytes between the stars of a pattern; the kernel's half matches at most 32
    ks.probe "vfs_read" { where = "comm ~ '*xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" }
                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: a function in where has no such limit: function(e) return e.x:find 'pattern' end
]] },
    { "too long a text for a pattern", 2, [[
ks.probe "vfs_read" { where = "str(buf, 200) ~ 'a*'" }]], [[
t.lua:2: 200 bytes of text; the kernel's half matches at most 128
    ks.probe "vfs_read" { where = "str(buf, 200) ~ 'a*'" }
                                       ^^^
hint: a function in where has no such limit: function(e) return e.x:find 'pattern' end
]] },
    { "a list without parentheses", 2, [[
ks.probe "vfs_read" { where = "count in 5" }]], [[
t.lua:2: '5' where a list in parentheses should be
    ks.probe "vfs_read" { where = "count in 5" }
                                            ^
]] },
    { "a type in a list", 2, [[
ks.probe "vfs_read" { where = "count in (u32)" }]], [[
t.lua:2: a type where a value should be
    ks.probe "vfs_read" { where = "count in (u32)" }
                                             ^^^
]] },
    { "one name for two constants", 2, [[
ks.probe "vfs_read" { where = "count == SLOW" }]], [[
t.lua:2: 'SLOW' is 1 in enum speed and 5 in enum elsewhere
    ks.probe "vfs_read" { where = "count == SLOW" }
                                            ^^^^
hint: compare it with a value of the enum that you mean, or cast it: (enum x)SLOW
]] },
    { "one name for two constants, beside another enum", 2, [[
ks.probe "enums" { where = "c == SLOW" }]], [[
t.lua:2: 'SLOW' is 1 in enum speed and 5 in enum elsewhere
    ks.probe "enums" { where = "c == SLOW" }
                                     ^^^^
hint: compare it with a value of the enum that you mean, or cast it: (enum x)SLOW
]] },
    { "an assignment that computes", 2, [[
ks.probe "vfs_read" { where = "count += 1" }]], [[
t.lua:2: '+=' would assign, and expressions have no side effects
    ks.probe "vfs_read" { where = "count += 1" }
                                         ^^
]] },
    { "an operator that counts", 2, [[
ks.probe "vfs_read" { where = "count++ > 1" }]], [[
t.lua:2: '++' would change a value, and expressions have no side effects
    ks.probe "vfs_read" { where = "count++ > 1" }
                                        ^^
hint: with a space between, + + is two operators
]] },
    { "Lua's word for !=", 2, [[
ks.probe "vfs_read" { where = "count ~= 1" }]], [[
t.lua:2: '~=' would assign, and expressions have no side effects
    ks.probe "vfs_read" { where = "count ~= 1" }
                                         ^^
hint: to compare, write !=
]] },
    { "Lua's word for &&", 2, [[
ks.probe "vfs_read" { where = "count and pos" }]], [[
t.lua:2: 'and' where an operator or the end should be
    ks.probe "vfs_read" { where = "count and pos" }
                                         ^^^
hint: 'and' is && in C
]] },
    { "Lua's word for !", 2, [[
ks.probe "vfs_read" { where = "not count" }]], [[
t.lua:2: 'count' where an operator or the end should be
    ks.probe "vfs_read" { where = "not count" }
                                       ^^^^^
hint: 'not' is ! in C
]] },
    { "a suffix of C's numbers", 2, [[
ks.probe "vfs_read" { where = "count == 10UL" }]], [[
t.lua:2: '10UL' is no number
    ks.probe "vfs_read" { where = "count == 10UL" }
                                            ^^^^
hint: without U and L a number has the type that fits it; a cast such as (unsigned long)10 gives another
]] },
    { "a fraction", 2, [[
ks.probe "vfs_read" { where = "ns(count) > 1.5ms" }]], [[
t.lua:2: '5ms' where a member's name should be
    ks.probe "vfs_read" { where = "ns(count) > 1.5ms" }
                                                 ^^^
hint: there are no fractions: 1500us, not 1.5ms
]] },
    { "a string in Lua's quotes that does not end", 2, [[
ks.probe "vfs_read" { where = 'comm == "dd' }]], [[
t.lua:2: a string without its closing "
    ks.probe "vfs_read" { where = 'comm == "dd' }
                                           ^^^
hint: inside a Lua string, write text as 'text'
]] },
    { "an index that does not end", 2, [[
ks.probe "vfs_read" { where = "file->f_tag[1 == 2" }]], [[
t.lua:2: the expression ends where ']' should be
    ks.probe "vfs_read" { where = "file->f_tag[1 == 2" }
                                                     ^
]] },
    { "a member without a name", 2, [[
ks.probe "vfs_read" { where = "file-> == 2" }]], [[
t.lua:2: '==' where a member's name should be
    ks.probe "vfs_read" { where = "file-> == 2" }
                                          ^^
]] },
    { "retval before there is one", 2, [[
ks.probe "vfs_read" { where = "retval < 0" }]], [[
t.lua:2: there is no retval when vfs_read begins
    ks.probe "vfs_read" { where = "retval < 0" }
                                   ^^^^^^
hint: use the place "return:vfs_read"
]] },
    { "retval where there is none", 2, [[
ks.probe "return:sink_void" { where = "retval < 0" }]], [[
t.lua:2: sink_void returns nothing
    ks.probe "return:sink_void" { where = "retval < 0" }
                                           ^^^^^^
]] },
    { "C's word for retval", 2, [[
ks.probe "return:vfs_read" { where = "return < 0" }]], [[
t.lua:2: vfs_read has no argument 'return', and nothing else has that name
    ks.probe "return:vfs_read" { where = "return < 0" }
                                          ^^^^^^
hint: the return value is retval
]] },
    { "a number as a tree", 2, [[
ks.probe "vfs_read" { ks.print "{count|tree}" }]], [[
t.lua:2: tree is for structs, arrays and bytes, and this is size_t
    ks.probe "vfs_read" { ks.print "{count|tree}" }
                                           ^^^^
]] },
    { "a struct as a number", 2, [[
ks.probe "vfs_read" { capture = "*file|size", ks.print "{file}" }]], [[
t.lua:2: size is for numbers, and this is struct file
    ks.probe "vfs_read" { capture = "*file|size", ks.print "{file}" }
                                           ^^^^
]] },
    { "a way to show that there is not", 2, [[
ks.probe "vfs_read" { ks.print "{count|sise}" }]], [[
t.lua:2: 'sise' is no way to show a value
    ks.probe "vfs_read" { ks.print "{count|sise}" }
                                           ^^^^
hint: after | come x, size, dur, clock, sym, tree, full, changes, fold, names such as O_* or a width; ]]
      .. [[C's | belongs in parentheses here
]] },
    { "an address that is none", 2, [[
ks.probe "everything" { where = "file->f_more->address == 10.0.0.256" }]], [[
t.lua:2: '10.0.0.256' is no IPv4 address
    ks.probe "everything" { where = "file->f_more->address == 10.0.0.256" }
                                                              ^^^^^^^^^^
]] },
    { "an address with too many bits", 2, [[
ks.probe "everything" { where = "file->f_more->address == '10.0.0.0/33'" }]], [[
t.lua:2: behind / stands how many bits of the address count, 0 to 32
    ks.probe "everything" { where = "file->f_more->address == '10.0.0.0/33'" }
                                                              ^^^^^^^^^^^^^
]] },
    { "an address in a prefix", 2, [[
ks.probe "everything" { where = "file->f_more->address in (1.2.3.4, 10.0.0.1/8)" }]], [[
t.lua:2: 10.0.0.1/8 has bits set that do not count, behind the first 8
    ks.probe "everything" { where = "file->f_more->address in (1.2.3.4, 10.0.0.1/8)" }
                                                                        ^^^^^^^^^^
hint: without /8 it is that one address
]] },
    { "an address beside a plain number", 2, [[
ks.probe "everything" { where = "f == 10.0.0.1" }]], [[
t.lua:2: only an address is compared with an address, and this is u32
    ks.probe "everything" { where = "f == 10.0.0.1" }
                                     ^
hint: a number that holds one is (__be32)x
]] },
    { "an address beside a text", 2, [[
ks.probe "vfs_read" { where = "comm == 10.0.0.1" }]], [[
t.lua:2: only an address is compared with an address, and this is char[16]
    ks.probe "vfs_read" { where = "comm == 10.0.0.1" }
                                   ^^^^
hint: a text stands in quotes: '10.0.0.1'
]] },
    { "an order of addresses", 2, [[
ks.probe "everything" { where = "file->f_more->address < 10.0.0.1" }]], [[
t.lua:2: '10.0.0.1' can only be compared with == and !=
    ks.probe "everything" { where = "file->f_more->address < 10.0.0.1" }
                                                           ^
]] },
    { "two addresses of sockets", 2, [[
ks.define("a(m)", "addr(m->family, m->address, m->address6)")
ks.probe "everything" { where = "addr(2, file->f_more->address, file->f_more->address6) == 5" }]], [[
t.lua:3: an address is compared by == and != with an address
    ks.probe "everything" { where = "addr(2, file->f_more->address, file->f_more->address6) == 5" }
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: as in == 10.0.0.0/8, == 'fe80::/10' and laddr(sk) == raddr(sk)
]] },
    { "an order of two addresses", 2, [[
ks.define("a(m)", "addr(m->family, m->address, m->address6)")
ks.probe "everything" { where = "a(file->f_more) < a(file->f_more)" }]], [[
t.lua:3: an address is compared by == and != with an address
    ks.probe "everything" { where = "a(file->f_more) < a(file->f_more)" }
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: as in == 10.0.0.0/8, == 'fe80::/10' and laddr(sk) == raddr(sk)
]] },
    { "names that no constant has", 2, [[
ks.probe "vfs_read" { ks.print "{count|SIGK*|8} {count|SOKC_*}" }]], [[
t.lua:2: no constant of this kernel matches 'SOKC_*'
    ks.probe "vfs_read" { ks.print "{count|SIGK*|8} {count|SOKC_*}" }
                                                           ^^^^^^
hint: did you mean SOCK_*, LOCK_* or SOL_*?
]] },
    { "names for what is no number", 2, [[
ks.probe "vfs_read" { ks.print "{comm|SIG*}" }]], [[
t.lua:2: SIG* has names for numbers, and this is char[16]
    ks.probe "vfs_read" { ks.print "{comm|SIG*}" }
                                          ^^^^
]] },
    { "a symbol of what has none", 2, [[
ks.probe "vfs_read" { capture = { "comm|sym" } }]], [[
t.lua:2: sym has names for numbers and pointers, and this is char[16]
    ks.probe "vfs_read" { capture = { "comm|sym" } }
                                            ^^^
]] },
    { "a brace too few", 2, [[
ks.probe "vfs_read" { ks.print "{count {pid}" }]], [[
t.lua:2: '{' means nothing here
    ks.probe "vfs_read" { ks.print "{count {pid}" }
                                           ^
]] },
    { "a brace too many", 2, [[
ks.probe "vfs_read" { ks.print "{count}}" }]], [[
t.lua:2: a } without its {
    ks.probe "vfs_read" { ks.print "{count}}" }
                                           ^
hint: a brace itself is written }}
]] },
    { "a capture without a name", 2, [[
ks.probe "vfs_read" { capture = { "count + 1" } }]], [[
t.lua:2: this capture needs a name
    ks.probe "vfs_read" { capture = { "count + 1" } }
                                       ^^^^^^^^^
hint: write it as name=count + 1
]] },
    { "a name for two captures", 2, [[
ks.probe "vfs_read" { capture = { "x=count", "x=pos" } }]], [[
t.lua:2: 'x' already names count
    ks.probe "vfs_read" { capture = { "x=count", "x=pos" } }
                                                    ^^^
]] },
    { "a built-in's name for a capture", 2, [[
ks.probe "vfs_read" { capture = { "pid=count" } }]], [[
t.lua:2: 'pid' always names the built-in value
    ks.probe "vfs_read" { capture = { "pid=count" } }
                                       ^^^
]] },
    { "a hole in a list", 2, [[
ks.probe "vfs_read" { capture = { "x=count", undefined, "y=pos" } }]], [[
t.lua:2: entry 2 of capture is nil
    ks.probe "vfs_read" { capture = { "x=count", undefined, "y=pos" } }
hint: a name that was never set? false is skipped, nil is not
]] },
    { "a number for a predicate", 2, [[
ks.probe "vfs_read" { where = 12 }]], [[
t.lua:2: where is a string or a function, not a number
    ks.probe "vfs_read" { where = 12 }
]] },
    { "a number for a sink", 2, [[
ks.probe "vfs_read" { 12 }]], [[
t.lua:2: a sink is a function or made by ks.print, ks.count and the like, not a number
    ks.probe "vfs_read" { 12 }
]] },
    { "a number for a place", 2, [[
ks.probe(12) {}]], [[
t.lua:2: a place is a string, not a number
    ks.probe(12) {}
]] },
    { "a string for a probe's table", 2, [[
ks.probe "vfs_read" "count"]], [[
t.lua:2: ks.probe "vfs_read" needs a table behind it, not a string
    ks.probe "vfs_read" "count"
]] },
    { "a probe that never gets its table", 2, [[
ks.probe "vfs_write" {}
local p = ks.probe "vfs_read"]], [[
t.lua:3: ks.probe "vfs_read" never got its table
    local p = ks.probe "vfs_read"
hint: write ks.probe "vfs_read" { ... }, with {} for the default
]] },
    { "no probe", 2, [[
print "hello"]], [[
ksnoop: the script defines no probe
hint: one is: ks.probe "vfs_read" {}
]] },
    { "a time that is none", 2, [[
ks.every("5 s", print)]], [[
t.lua:2: ks.every takes a time, not 5 s
    ks.every("5 s", print)
hint: such as "5s", "100ms", or seconds as a number
]] },
    { "a module that is not there", 2, [[
require "nosuch"]], [[
t.lua:2: module 'nosuch' not found:
	no field package.preload['nosuch']
	no file 'nosuch.lua'
]] },
    { "terminal codes in what it raises", 2, [[
error "\27[31m\7"]], [[
t.lua:2: \x1b[31m\x07
]] },
  }

  for _, case in ipairs(cases) do
    it(case[1] .. " is told so", function()
      if case[1] == "no probe" then -- what it printed stays
        local r = script(case[3])
        assert.same({ 2, "hello\n", case[4] }, { r.code, r.out, r.err })
        return
      end
      refused(case[2], case[3], case[4])
    end)
  end

  it("in what tracefs says of a system call is told so, and of one that it does not know", function()
    local tracefs = ks.root .. "/spec/fixtures/tracefs"
    local r = script([[ks.probe "sys:openat" { where = "dfdd == 1" }]], "--tracefs", tracefs)
    assert.equal([[
t.lua:2: openat has no argument 'dfdd', and nothing else has that name
    ks.probe "sys:openat" { where = "dfdd == 1" }
                                     ^^^^
hint: did you mean dfd?
]], r.err)
    r = script([[ks.probe "sys:unlisted" { where = "a == 1" }]], "--tracefs", tracefs)
    assert.equal("t.lua:2: the arguments of unlisted are not known here: tracefs has their names and types; can't read "
      .. tracefs .. [[
/events/syscalls/sys_enter_unlisted/format: No such file or directory (ENOENT)
    ks.probe "sys:unlisted" { where = "a == 1" }
                                       ^
]], r.err)
  end)

  it("in captures that stand for more and more captures is told so at once", function()
    local r = script([[ks.probe "vfs_read" { capture = (function()
      local list = { "a0=count + 1" }
      for i = 1, 40 do
        list[i + 1] = ("a%d=a%d + a%d"):format(i, i - 1, i - 1)
      end
      return list
    end)() }]])
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("captures within captures: more than 4096 operations", 1, true), r.err)
  end)

  it("in what it nests is told so at any depth", function()
    for _, depth in ipairs { 100, 1000, 4000 } do
      local r = script(('ks.probe "vfs_read" { where = ("("):rep(%d) .. "1" .. (")"):rep(%d) }')
        :format(depth, depth))
      assert.equal(2, r.code)
      assert.is_truthy(r.err:find "t.lua:2: nested more than 100 deep"
        or r.err:find "t.lua:2: an expression of 8001 bytes; at most 4096 are taken", r.err)
      r = script(('ks.probe "vfs_read" { where = ("-"):rep(%d) .. "1" }'):format(depth + 1))
      assert.equal(2, r.code)
    end
    assert.equal(0, script('ks.probe "vfs_read" { where = ("("):rep(98) .. "1" .. (")"):rep(98) }')
      .code)
  end)

  it("that no register or stack would hold is told so", function()
    local r = script([[
local deep = "1"
for i = 1, 70 do deep = ("*(unsigned long *)user(buf + %d) * (%s)"):format(i * 1000, deep) end
ks.probe "vfs_read" { where = deep }]], "--dump", "bpf")
    assert.equal(2, r.code)
    assert.equal("t.lua:4: this needs more than the 512 bytes of stack that BPF has\n"
      .. '    ks.probe "vfs_read" { where = deep }\n', r.err)
  end)

  it("of too many probes or captures is told so", function()
    local r = script 'for _ = 1, 257 do ks.probe "vfs_read" {} end'
    assert.same({ 2, "t.lua:2: more than 256 probes" }, { r.code, r.err:match "^[^\n]*" })
    r = script [[
local c = {}
for i = 1, 200 do c[i] = ("c%d=count + %d"):format(i, i) end
ks.probe "vfs_read" { capture = c }]]
    assert.same({ 2, "t.lua:4: more than 128 captures" }, { r.code, r.err:match "^[^\n]*" })
    r = script [[
local c = {}
for i = 1, 5 do c[i] = ("c%d=str(buf, 4096)"):format(i) end
ks.probe "vfs_read" { capture = c }]]
    assert.same({ 2, "t.lua:4: a record of more than 16384 bytes" },
      { r.code, r.err:match "^[^\n]*" })
  end)
end)

describe("the command line", function()
  local cases = {
    { {}, "what to trace?", "ksnoop --help shows what there is" },
    { { "inof" }, "there is no command or function 'inof'", "did you mean info?" },
    { { "--foramt", "json", "x.lua" }, "there is no option --foramt", "did you mean --format?" },
    { { "--formt", "json", "x.lua" }, "there is no option --formt", "did you mean --format, --sort or --force?" },
    { { "--zzzzzzzz" }, "there is no option --zzzzzzzz", "ksnoop help options shows the options" },
    { { "--no", "x.lua" }, "--no could be several options", "--no-governor, --no-hits" },
    { { "x.lua", "--max-p=3", "--max" }, "--max could be several options",
      "--max-probes, --max-errors, --max-lua-mem" },
    { { "-qx" }, "there is no option -x", "ksnoop help options shows the options" },
    { { "-F", "json" }, "there is no option -F", "did you mean -f, --format?" },
    { { "-Q" }, "there is no option -Q", "did you mean -q, --quiet?" },
    { { "-q", "-p" }, "-p needs a value", "ksnoop help options shows the options" },
    { { "-qp" }, "-p needs a value", "ksnoop help options shows the options" },
    { { "run", "slow", "-xq" }, "what is '-xq'?",
      "ksnoop help options shows the options; a parameter is written as name=value" },
    { { "-q", "run", "slow", "min=1ms", "-qx" }, "what is '-qx'?",
      "ksnoop help options shows the options; a parameter is written as name=value" },
    { { "--color", "alwyas", "x.lua" }, "--color is auto, always or never, not 'alwyas'", "did you mean always?" },
    { { "-f", "cvs", "x.lua" }, "there is no format 'cvs'", "did you mean csv?" },
    { { "chekc", "x.lua" }, "there is no command or function 'chekc'", "did you mean check?" },
    { { "doctor", "x" }, "what is 'x'?", "ksnoop doctor takes no words" },
    { { "-x" }, "there is no option -x", "ksnoop help options shows the options" },
    { { "--quiet=1" }, "--quiet takes no value", "ksnoop help options shows the options" },
    { { "--btf" }, "--btf needs a value", "ksnoop help options shows the options" },
    { { "-f", "jsn", "x.lua" }, "there is no format 'jsn'", "did you mean json?" },
    { { "-f", "yaml", "x.lua" }, "there is no format 'yaml'", "formats are text, json and csv" },
    { { "--dump", "bfp", "x.lua" }, "there is no stage 'bfp'", "did you mean bpf?" },
    { { "--dump", "everything", "x.lua" }, "there is no stage 'everything'",
      "stages are tokens, tree, layout, ir, bpf, log" },
    { { "--tracefs", "/", "x.lua" }, "--tracefs goes with --btf",
      "the running kernel's own tracefs is found where it is mounted" },
    { { "-D", "5x", "x.lua" }, "'5x' is no duration", "such as 5s, 100ms or 2m" },
    { { "-D", "0s", "x.lua" }, "'0s' is no duration", "such as 5s, 100ms or 2m" },
    { { "-D", "-1s", "x.lua" }, "'-1s' is no duration", "such as 5s, 100ms or 2m" },
    { { "--buffer", "4Q", "x.lua" }, "'4Q' is no size of a ring buffer",
      "such as 64K, 4M or 1G: a power of two" },
    { { "-p", "abc", "x.lua" }, "--pid takes a number from 1 on, not 'abc'",
      "ksnoop --help shows what there is" },
    { { "-p", "0", "x.lua" }, "--pid takes a number from 1 on, not '0'",
      "ksnoop --help shows what there is" },
    { { "-n", "-3", "x.lua" }, "--count takes a number from 1 on, not '-3'",
      "ksnoop --help shows what there is" },
    { { "-p", "99999999999", "x.lua" }, "--pid takes a number from 1 on, not '99999999999'",
      "ksnoop --help shows what there is" },
    { { "x.lua", "--qiet" }, "what is '--qiet'?",
      "ksnoop help options shows the options; a parameter is written as name=value" },
  }

  for _, case in ipairs(cases) do
    it("of `ksnoop " .. table.concat(case[1], " ") .. "` is refused", function()
      local r = ks.run(unpack(case[1]))
      assert.equal(("ksnoop: %s\nhint: %s\n"):format(case[2], case[3]), r.err)
      assert.equal(2, r.code)
      assert.equal("", r.out)
    end)
  end

  it("names a script that can't be read", function()
    local r = ks.run "/nowhere/at/all.lua"
    assert.equal("ksnoop: can't read the script: /nowhere/at/all.lua: No such file or directory\n",
      r.err)
    assert.equal(2, r.code)
  end)

  it("names a BTF file that is not there", function()
    local dir, done = ks.folder()
    local path = ks.write(dir .. "/t.lua", 'require "ksnoop".probe "vfs_read" {}\n')
    local r = ks.run("--btf", "/nowhere/btf", path)
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find("no BTF in /nowhere/btf: No such file or directory (ENOENT)", 1,
      true), r.err)
    r = ks.run("--btf", path, path)
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find(path .. ": this is no BTF", 1, true), r.err)
    r = ks.run("--btf", ks.btf(), "--buffer", "5000", "--dump", "bpf", path)
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("5000 bytes", 1, true), r.err)
    assert.is_truthy(r.err:find("power of two", 1, true), r.err)
    done()
  end)
end)
