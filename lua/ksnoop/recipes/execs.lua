--- Which programs are started, with what arguments, and which starts fail?
-- Model: execsnoop (bcc, bpftrace).
-- New: failed starts with their error in the same list; of a script what really ran; the
-- arguments as the new program has them. Eight of them, 64 bytes each; of 32-bit programs none.
-- Needs: tp:sched_process_exec, sys:execve and sys:execveat.
--
--   $ ksnoop run execs 'filter=current->real_parent->comm == "sh"'
--   TIME             PARENT     PID COMM               RESULT FILE ARG1 ARG2 ARG3 ARG4 ARG5 ARG6 ARG7 ARG8
--   06:11:43.674695     151     154 echo                    0 /bin/echo one two three
--   06:11:43.780310     151     155 sh                -ENOENT /tmp/not_there
--   06:11:43.903171     151     157 script                  0 /tmp/script /tmp/script four
local ks = require "ksnoop"

-- A program finds its arguments on its stack: how many, then where each is.
local columns = "{time} {parent=current->real_parent->tgid|7} {pid|7} {comm|-16} {result|8} "
  .. "{file}"
local starts = { "result=0", "file=str(bprm->filename)" }
for i = 1, 8 do
  starts[#starts + 1] = ("arg%d=str(argument(%d), 64)"):format(i, i)
end

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of the task that must hold, such as uid == 0" },
  },
  build = function(p)
    -- What is not there is the empty text that the last one's end is.
    ks.define("argument(n)", "(char __user *)(bprm->argc > n ? user((unsigned long *)"
      .. "p->mm->start_stack)[n + 1] : p->mm->arg_end - 1)")
    return ks.probe "tp:sched_process_exec" {
      capture = starts,
      where = p.filter,
      p.out or ks.print { columns, " {arg1} {arg2} {arg3} {arg4} {arg5} {arg6} {arg7} {arg8}",
        header = true },
    }, ks.call { "sys:execve", "sys:execveat" } {
      capture = { "result=retval", "file=str(filename)" },
      where = { "errno(retval)", p.filter },
      p.out or ks.print(columns),
    }
  end,
}
