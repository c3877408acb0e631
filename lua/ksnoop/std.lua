--- The words that every script has: lines that a script could write itself. Where kernels differ,
--- first() takes what this one has; the alternatives are those of 5.10 to 7.2.
return {
  -- struct sock: both ends, whatever the family
  { "laddr(sk)", "addr(sk->__sk_common.skc_family, sk->__sk_common.skc_rcv_saddr,"
    .. " sk->__sk_common.skc_v6_rcv_saddr)" },
  { "raddr(sk)", "addr(sk->__sk_common.skc_family, sk->__sk_common.skc_daddr,"
    .. " sk->__sk_common.skc_v6_daddr)" },
  -- A socket that closes has given its port back, and still has it in the packets' order. Those
  -- that are less than a whole one have a number.
  { "lport(sk)", "sk->__sk_common.skc_num || sk->__sk_common.skc_family != AF_INET"
    .. " && sk->__sk_common.skc_family != AF_INET6 ? sk->__sk_common.skc_num"
    .. " : ntohs(((struct inet_sock *)sk)->inet_sport)" },
  { "rport(sk)", "ntohs(sk->__sk_common.skc_dport)" },

  -- struct request, struct bio: the disk's name; what is done, of which the low byte says it
  -- (REQ_OP_BITS in include/linux/blk_types.h)
  { "disk(x)", "first(x->q->disk->disk_name, x->rq_disk->disk_name,"
    .. " x->bi_bdev->bd_disk->disk_name, x->bi_disk->disk_name)" },
  { "op(x)", "first((enum req_op)(x->cmd_flags & 0xff), (enum req_opf)(x->cmd_flags & 0xff),"
    .. " (enum req_op)(x->bi_opf & 0xff), (enum req_opf)(x->bi_opf & 0xff))" },

  -- struct file, struct dentry: the last part of the path
  { "name(x)", "str(first(x->f_path.dentry->d_name.name, x->d_name.name))" },

  -- struct task_struct: TASK_RUNNING and the like
  { "state(t)", "first(t->__state, t->state)" },

  -- an inode's mode: what kind of file is it?
  { "S_ISREG(mode)", "(mode & S_IFMT) == S_IFREG" },
  { "S_ISDIR(mode)", "(mode & S_IFMT) == S_IFDIR" },
  { "S_ISLNK(mode)", "(mode & S_IFMT) == S_IFLNK" },
  { "S_ISCHR(mode)", "(mode & S_IFMT) == S_IFCHR" },
  { "S_ISBLK(mode)", "(mode & S_IFMT) == S_IFBLK" },
  { "S_ISFIFO(mode)", "(mode & S_IFMT) == S_IFIFO" },
  { "S_ISSOCK(mode)", "(mode & S_IFMT) == S_IFSOCK" },
}
