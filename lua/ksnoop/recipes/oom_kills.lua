--- Whom does the kernel kill as memory runs out, who asked for it, and in which control group?
-- Model: oomkill (bcc, bpftrace).
-- New: the control group that ran out, its limit and the victim's score.
-- Needs: oom_kill_process. The process beside the time is the one that asked for memory.
--
--   $ ksnoop run oom_kills
--   TIME                PID COMM              VICTIM VICTIM_COMM         SCORE  LIMIT WHERE
--   06:13:25.649707     294 library              294 library              2138   8.0M small
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression that must hold, such as oc->memcg" },
  },
  needs = { { "oom_kill_process", instead = "signals" } },
  build = function(p)
    return ks.probe "oom_kill_process" {
      where = p.filter,
      p.out or ks.print {
        "{time} {pid|7} {comm|-16} {victim=oc->chosen->tgid|7} ",
        "{victim_comm=oc->chosen->comm|-16} {score=oc->chosen_points|8} ",
        "{limit=oc->totalpages * 4K|size|6} ",
        "{where=str(oc->memcg ? oc->memcg->css.cgroup->kn->name : message)}",
        header = true,
      },
    }
  end,
}
