--- Which caches does the slab allocator serve most? (one call in 100 is looked at)
local ks = require "ksnoop"

ks.probe(ks.first { "kmem_cache_alloc_noprof", "kmem_cache_alloc" }) {
  sample = "1/100",
  ks.sum { "s->object_size|size", by = "str(s->name)" },
}
