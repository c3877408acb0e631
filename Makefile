# ksnoop: `make` builds build/ksnoop, `make demo` shows it at work, `make test` runs every test.
# All targets: make help

CC      ?= gcc
PREFIX  ?= /usr/local
LUAJIT  ?= luajit
LUA_INC ?= /usr/include/luajit-2.1

WARN    := -Wall -Wextra -Wshadow -Wvla -Werror
CFLAGS  ?= -O2 -g
override CFLAGS += -std=gnu11 -D_GNU_SOURCE -fPIC -fvisibility=hidden $(WARN) $(SANITIZE)
LIBS    := -lbpf -lelf -lz
# The program has its libraries inside, gcc's too, but for the C library: one file, to be copied to a machine
# that has none of them. -E shows scripts' FFI what is in it, Lua's own C API too; not what is in the others.
INSIDE  := -Wl,-E -Wl,--exclude-libs,libbpf.a:libelf.a:libz.a -Wl,--gc-sections \
	-Wl,-Bstatic -lluajit-5.1 $(LIBS) -Wl,-Bdynamic -lm -ldl -static-libgcc

BUILD   ?= build
# These are the program's alone; all else is the library as well.
PROGRAM := core/main.c core/help.c core/watchdog.c core/heap.c core/interrupt.c core/libbpf_part.c
CORE    := $(filter-out $(PROGRAM),$(wildcard core/*.c))
MODULES := $(wildcard lua/ksnoop/*.lua)
OBJECTS := $(CORE:core/%.c=$(BUILD)/core/%.o)
LUAOBJS := $(MODULES:lua/ksnoop/%.lua=$(BUILD)/lua/%.o)
GUEST   := $(patsubst spec/kernel/workload/%.c,$(BUILD)/guest/%,$(wildcard spec/kernel/workload/*.c)) \
	$(BUILD)/guest/traces $(BUILD)/guest/broken.so
UNITS   := $(patsubst spec/core/%.c,$(BUILD)/unit/%,$(wildcard spec/core/*.c))
BENCH   := $(patsubst spec/bench/%.c,$(BUILD)/bench/%,$(wildcard spec/bench/*.c)) \
	$(patsubst spec/bench/clang/%.c,$(BUILD)/bench/%.o,$(wildcard spec/bench/clang/*.bpf.c))
FIXTURES:= $(patsubst spec/fixtures/%.c,$(BUILD)/fixtures/%.btf,$(wildcard spec/fixtures/*.c))

MAN     := $(patsubst doc/%.scd,$(BUILD)/doc/%,$(wildcard doc/*.scd))
EXAMPLES:= $(wildcard examples/*.lua)
RECIPES := $(wildcard lua/ksnoop/recipes/*.lua)
C_FILES := $(wildcard core/*.[ch] bpf/*.h spec/*/*.[ch] spec/kernel/*/*.[ch] spec/bench/clang/*.[ch])

all: $(BUILD)/ksnoop $(BUILD)/native.so ## the program and the rock's native half (default)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- what Debian has to offer -----------------------------------------------------------------

PACKAGES := gcc libc6-dev make git libbpf-dev libelf-dev zlib1g-dev libluajit-5.1-dev luajit
# For the man pages, the tests and lint.
PACKAGES += scdoc lua-busted luarocks dwarves bpftool jq python3-jsonschema
PACKAGES += lua-check clang-format cppcheck
# For the fuzzer: spec/fuzz/README.md.
PACKAGES += clang libclang-rt-14-dev llvm
# For virtual machines: spec/vm/README.md.
PACKAGES += qemu-system-x86 busybox-static cpio xz-utils
# For the benchmark: spec/bench/README.md.
PACKAGES += clang valgrind

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
APT  := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get

deps: ## install the Debian 12 packages that are missing, for building and testing
	@there=$$(dpkg-query -W -f '=$${db:Status-Status} $${Package} \n' $(PACKAGES) 2>/dev/null); \
	for p in $(PACKAGES); do \
		case "$$there" in *"=installed $$p "*) ;; *) missing="$$missing $$p" ;; esac; \
	done; \
	[ -z "$$missing" ] || { echo "installing:$$missing"; $(APT) update -q && \
		$(APT) install -q -y --no-install-recommends $$missing; }

# --- building ---------------------------------------------------------------------------------

# Lua's errors pass through no function of the library: a debugger finds what it needs without these tables.
$(OBJECTS): override CFLAGS += -fno-asynchronous-unwind-tables
$(BUILD)/core/%.o: core/%.c Makefile | $(BUILD)/core
	$(CC) $(CFLAGS) -I$(LUA_INC) -MMD -MP -c -o $@ $<

# Lua modules become bytecode inside the program; `require` finds them by symbol.
$(BUILD)/lua/init.o: NAME = ksnoop
$(BUILD)/lua/%.o: NAME = ksnoop.$*
$(BUILD)/lua/%.o: lua/ksnoop/%.lua Makefile | $(BUILD)/lua
	$(LUAJIT) -bg -n $(NAME) $< $@

$(BUILD)/ksnoop: $(OBJECTS) $(PROGRAM:core/%.c=$(BUILD)/core/%.o) $(LUAOBJS)
	$(CC) $(CFLAGS) -o $@ $^ $(INSIDE)

$(BUILD)/native.so: $(OBJECTS)
	$(CC) $(CFLAGS) -shared -o $@ $^ $(LIBS)

$(BUILD)/core $(BUILD)/lua $(BUILD)/guest $(BUILD)/unit $(BUILD)/fixtures $(BUILD)/doc $(BUILD)/bench $(BUILD)/differential:
	mkdir -p $@

-include $(wildcard $(BUILD)/core/*.d)

CDEF := lua/ksnoop/cdef.lua
cdef: ## extract lua/ksnoop/cdef.lua from core/ksnoop.h
	@{ echo '-- Extracted from core/ksnoop.h by `make cdef`; change it there.'; echo 'return [['; \
	   sed -n '/ks:cdef begin/,/ks:cdef end/{/ks:cdef/d;s@//.*@@;s/[ \t]*$$//;/^$$/d;p}' core/ksnoop.h; \
	   echo ']]'; } > $(CDEF)

# The heads of the recipes are where their page comes from, and a machine is where the heads' samples do.
LIBRARY := LUA_PATH='./?.lua;;' $(LUAJIT) -e
library: ## doc/library.md, of what stands at the head of each recipe
	$(LIBRARY) 'io.write(require "spec.support.library".page())' >doc/library.md

library-samples: all guest ## new samples at the heads of the recipes: what they print on KERNEL
	rm -rf $(BUILD)/samples && mkdir -p $(BUILD)/samples
	cd $(BUILD)/samples && $(CURDIR)/spec/vm/run -k $(KERNEL) --get /tmp/library -- \
		busted spec/kernel/library_spec.lua || true
	$(LIBRARY) 'require "spec.support.library".refresh "$(BUILD)/samples/library"'
	@$(MAKE) --no-print-directory library

manual-samples: all guest ## new samples in ksnoop-examples(7): what its scripts print on KERNEL
	rm -rf $(BUILD)/samples && mkdir -p $(BUILD)/samples
	cd $(BUILD)/samples && $(CURDIR)/spec/vm/run -k $(KERNEL) --get /tmp/scripts -- \
		busted spec/kernel/scripts_spec.lua || true
	$(LIBRARY) 'require "spec.support.manual".refresh "$(BUILD)/samples/scripts"'

# --- what tests need --------------------------------------------------------------------------

# Programs with known behaviour, run inside the virtual machine.
# These look into the core.
WITH_CORE := $(addprefix $(BUILD)/guest/,chains many places)
$(WITH_CORE): $(BUILD)/guest/%: spec/kernel/workload/%.c $(OBJECTS) | $(BUILD)/guest
	$(CC) $(CFLAGS) -Icore -o $@ $< $(OBJECTS) $(LIBS)

# Makes programs by the hundred and has the kernel load them; which ones it rejects is seen on their
# way out of libbpf.
$(BUILD)/guest/traces: $(wildcard spec/kernel/traces/*.[ch]) $(OBJECTS) | $(BUILD)/guest
	$(CC) $(CFLAGS) -Icore -Wl,--wrap=bpf_prog_load,--wrap=bpf_link_create \
		-Wl,--wrap=bpf_raw_tracepoint_open -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/guest/broken.so: spec/kernel/preload/broken.c Makefile | $(BUILD)/guest
	$(CC) $(CFLAGS) -shared -o $@ $< -ldl

$(BUILD)/guest/%: spec/kernel/workload/%.c Makefile | $(BUILD)/guest
	$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE $(WARN) -static -o $@ $< -lpthread

# What both halves of the differential test share, and gcc's answers for it.
ENGINES := spec/support/engines.c spec/support/coverage.c
$(BUILD)/unit/run: spec/core/run.c $(ENGINES) $(ENGINES:.c=.h) $(OBJECTS) | $(BUILD)/unit
	$(CC) $(CFLAGS) -Icore -o $@ $< $(ENGINES) $(OBJECTS) $(LIBS)

$(BUILD)/guest/differential: spec/kernel/workload/differential.c $(ENGINES) $(ENGINES:.c=.h) $(OBJECTS) | $(BUILD)/guest
	$(CC) $(CFLAGS) -Icore -o $@ $< $(ENGINES) $(OBJECTS) $(LIBS)

$(BUILD)/differential/lines: spec/support/answers.lua spec/support/expressions.lua \
		spec/support/oracle.c spec/fixtures/kernel.c | $(BUILD)/differential
	$(LUAJIT) spec/support/answers.lua $(abspath $(BUILD))/differential

$(BUILD)/guest/differential.lines: $(BUILD)/differential/lines | $(BUILD)/guest
	cp $(BUILD)/differential/image $(BUILD)/guest/differential.image
	cp $< $@

$(BUILD)/guest/differential.btf: $(BUILD)/fixtures/kernel.btf | $(BUILD)/guest
	cp $< $@

DUMPS := $(addprefix spec/support/,dump_model.c dump_cast.c libbpf_dump.c)
$(BUILD)/unit/dump: spec/core/dump.c $(DUMPS) $(wildcard spec/support/*dump*.h) $(OBJECTS) | $(BUILD)/unit
	$(CC) $(CFLAGS) -Icore -Ispec/support -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/unit/reorder: LDFLAGS := -Wl,--wrap=malloc -Wl,--wrap=realloc
$(BUILD)/unit/%: spec/core/%.c $(OBJECTS) | $(BUILD)/unit
	$(CC) $(CFLAGS) -Icore $(LDFLAGS) -o $@ $< $(OBJECTS) $(LIBS)

# The fuzzers' harnesses without the fuzzer: try files.
REPLAYS := $(addprefix $(BUILD)/unit/fuzz_,replay btf values records)
REPLAY  := $(addprefix spec/fuzz/,replay.c flaws.c program.c sources.c)
$(BUILD)/unit/fuzz_replay: spec/fuzz/compile.c
$(BUILD)/unit/fuzz_replay: LDFLAGS := -Wl,--wrap=encode
$(BUILD)/unit/fuzz_btf: spec/fuzz/btf.c
$(BUILD)/unit/fuzz_values: spec/fuzz/values.c spec/fuzz/json.c
$(BUILD)/unit/fuzz_records: spec/fuzz/records.c spec/fuzz/json.c
$(REPLAYS): $(REPLAY) $(wildcard spec/fuzz/*.h) $(OBJECTS) | $(BUILD)/unit
	$(CC) $(CFLAGS) -Icore $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(LIBS)

# The benchmark: its programs for the kernel, and what loads them.
$(BUILD)/bench/%.bpf.o: spec/bench/clang/%.bpf.c spec/bench/clang/kernel.h Makefile | $(BUILD)/bench
	clang -O2 -g -target bpf -mcpu=v3 -Wall -Werror -c -o $@ $<

$(BUILD)/bench/decode: spec/bench/decode.c spec/support/libbpf_dump.c spec/support/libbpf_dump.h $(OBJECTS) | $(BUILD)/bench
	$(CC) $(CFLAGS) -Icore -Ispec/support -o $@ $(filter %.c %.o,$^) $(LIBS)

$(BUILD)/bench/first $(BUILD)/bench/took: spec/bench/milliseconds.h
$(BUILD)/bench/%: spec/bench/%.c $(OBJECTS) | $(BUILD)/bench
	$(CC) $(CFLAGS) -Icore -o $@ $< $(OBJECTS) $(LIBS)

$(BUILD)/unit/passing: spec/fixtures/passing.c
$(BUILD)/unit/show $(BUILD)/unit/changes: spec/fixtures/values.c

# BTF of small C files, so that most tests need no kernel's.
$(BUILD)/fixtures/%.btf: spec/fixtures/%.c Makefile | $(BUILD)/fixtures
	$(CC) -O0 -g -c -o $(@:.btf=.o) $<
	pahole $(PAHOLE) --btf_encode_detached $@ $(@:.btf=.o)
$(BUILD)/fixtures/values.btf: PAHOLE = --btf_gen_floats
$(BUILD)/fixtures/older.btf: spec/fixtures/kernel.c

# --- installing -------------------------------------------------------------------------------

# With man pages where scdoc is there to make them.
MAN_MADE := $(if $(shell command -v scdoc),$(MAN))
SHARE    := $(DESTDIR)$(PREFIX)/share
BASH     := bash-completion/completions/ksnoop
ZSH      := zsh/site-functions/_ksnoop
FISH     := fish/vendor_completions.d/ksnoop.fish
man-path  = $(SHARE)/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

$(BUILD)/doc/%: doc/%.scd | $(BUILD)/doc
	scdoc < $< > $@.part
	mv $@.part $@

install: $(BUILD)/ksnoop $(MAN_MADE) ## to $(DESTDIR)$(PREFIX); PREFIX is /usr/local
	install -s -D -m 755 $(BUILD)/ksnoop $(DESTDIR)$(PREFIX)/bin/ksnoop
	$(foreach m,$(MAN_MADE),install -D -m 644 $(m) $(call man-path,$(m)) &&) true
	$(foreach e,$(EXAMPLES),install -D -m 644 $(e) $(SHARE)/ksnoop/$(e) &&) true
	$(foreach r,$(RECIPES),install -D -m 644 $(r) $(SHARE)/ksnoop/recipes/$(notdir $(r)) &&) true
	install -D -m 644 doc/ksnoop.schema.json $(SHARE)/ksnoop/ksnoop.schema.json
	install -D -m 644 doc/completion/ksnoop.bash $(SHARE)/$(BASH)
	install -D -m 644 doc/completion/_ksnoop $(SHARE)/$(ZSH)
	install -D -m 644 doc/completion/ksnoop.fish $(SHARE)/$(FISH)

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/ksnoop $(foreach m,$(MAN),$(call man-path,$(m))) \
		$(EXAMPLES:%=$(SHARE)/ksnoop/%) $(RECIPES:lua/ksnoop/%=$(SHARE)/ksnoop/%) \
		$(SHARE)/ksnoop/ksnoop.schema.json $(SHARE)/$(BASH) $(SHARE)/$(ZSH) $(SHARE)/$(FISH)
	@rmdir --ignore-fail-on-non-empty $(SHARE)/ksnoop/examples $(SHARE)/ksnoop/recipes $(SHARE)/ksnoop \
		2>/dev/null || true

rock: ## the module for a stock luajit, into TREE (luarocks' own)
	luarocks --lua-version=5.1 $(if $(TREE),--tree=$(TREE)) make --deps-mode none \
		rockspec/ksnoop-scm-1.rockspec

# --- checking ---------------------------------------------------------------------------------

# The specs test the program $KSNOOP, and the programs of spec/core below $KSNOOP_BUILD.
export KSNOOP ?= $(abspath $(BUILD)/ksnoop)
export KSNOOP_BUILD = $(BUILD)
TALLY     := spec/support/tally
# Newest first, which take longest.
KERNELS   := 7.2 6.12 6.1 5.10
TESTABLE  := $(UNITS) $(REPLAYS) $(FIXTURES) $(BUILD)/bench/compile $(BUILD)/bench/names \
	$(BUILD)/differential/lines

# LIBBPF_OPTS as cppcheck understands it; memleak: it does not see what KS_FREE and its like
# free at the end of a block (make asan does look for leaks).
CPPCHECK := cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr \
	--suppress=memleak --error-exitcode=1 -Icore \
	'-DLIBBPF_OPTS(TYPE, NAME, ...)=struct TYPE NAME = {.sz = sizeof(struct TYPE), __VA_ARGS__}'

lint: ## luacheck, clang-format, cppcheck; is cdef.lua what the header says?
	@status=0; \
	luacheck -q --no-color $(wildcard lua examples spec) .luacheckrc || status=1; \
	clang-format --dry-run -Werror $(C_FILES) || status=1; \
	$(CPPCHECK) core || status=1; \
	$(MAKE) --no-print-directory -s cdef CDEF=/dev/stdout | diff -u $(CDEF) - || \
		{ echo '$(CDEF) is not what core/ksnoop.h says: make cdef'; status=1; }; \
	exit $$status

format: ## clang-format the C files
	clang-format -i $(C_FILES)

check: all $(TESTABLE) ## lint and every test that needs no virtual machine
	$(TALLY) lint host

# A machine idles a quarter of its time (grace periods, sleepers): three parts keep two processors busy. The longest
# come first, so that all end together.
test: deps ## everything: check, then the specs on four kernels, bench-check; ends with "N passed, N failed"
	@$(MAKE) --no-print-directory -j2 all guest $(TESTABLE) $(BENCH)
	@$(TALLY) -j3 lint $(KERNELS) vm 'fuzz=make -s -j2 fuzz' host 'bench=spec/bench/run --tally' '$(MUTANTS)'

MUTANTS := mutants=luajit /usr/bin/busted -o spec/support/tally_output.lua spec/core/mutants.lua
mutants: $(TESTABLE) ## does the differential test find faults that are put into core/?
	$(TALLY) '$(MUTANTS)'

guest: $(GUEST) $(BUILD)/guest/differential.lines $(BUILD)/guest/differential.btf

test-all-functions: all guest ## a program for every function that there is, on each of $(KERNELS)
	for k in $(KERNELS); do \
		spec/vm/run -k $$k --timeout 7200 -- build/guest/traces functions 1 0 || exit 1; \
	done

# The same specs with a program that watches its memory and its arithmetic, and that says at its
# end what was not freed: by then the Lua state is closed, and with it what Lua's objects held.
# Of the module for a stock luajit there is no such build: it would need the sanitizer preloaded.
asan: all $(TESTABLE) ## the tests of check with AddressSanitizer and UBSan, in build/asan
	@$(MAKE) --no-print-directory BUILD=build/asan KSNOOP=$(abspath build/asan/ksnoop) \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' \
		asan-run

asan-run: $(BUILD)/ksnoop $(TESTABLE)
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 $(TALLY) host

# The fuzzers and what they find: spec/fuzz/README.md. Two builds by clang: one that looks for faults,
# and of the compiler one that counts the lines that were reached.
SECONDS    = 60
FUZZERS    = compile btf values records
FUZZ      := $(BUILD)/fuzz
FUZZ_CORE := $(patsubst core/%.c,%.o,$(CORE))
FUZZ_CC    = clang -O1 -g -std=gnu11 -D_GNU_SOURCE -iquote core -MMD -MP
FUZZ_SEES := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_ENV   = FUZZ_BTF=$(BUILD)/fixtures/kernel.btf
COVERS    := -fprofile-instr-generate -fcoverage-mapping
COVERED   := $(addprefix core/,lex.c parse.c $(notdir $(wildcard core/check*.c)) fold.c lower.c memory.c)

$(FUZZ)/sees/%.o: core/%.c Makefile | $(FUZZ)/sees
	$(FUZZ_CC) $(FUZZ_SEES) -c -o $@ $<
$(FUZZ)/sees/fuzz_%.o: spec/fuzz/%.c Makefile | $(FUZZ)/sees
	$(FUZZ_CC) $(FUZZ_SEES) -c -o $@ $<
$(FUZZ)/covers/%.o: core/%.c Makefile | $(FUZZ)/covers
	$(FUZZ_CC) $(COVERS) -c -o $@ $<
$(FUZZ)/covers/fuzz_%.o: spec/fuzz/%.c Makefile | $(FUZZ)/covers
	$(FUZZ_CC) $(COVERS) -c -o $@ $<
$(FUZZ)/compile: $(addprefix $(FUZZ)/sees/,$(FUZZ_CORE) fuzz_compile.o fuzz_program.o fuzz_sources.o)
	clang -fsanitize=fuzzer,address,undefined -Wl,--wrap=encode -o $@ $^ $(LIBS)
$(FUZZ)/btf $(FUZZ)/values $(FUZZ)/records: $(FUZZ)/%: $(addprefix $(FUZZ)/sees/,$(FUZZ_CORE) fuzz_json.o fuzz_%.o)
	clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)
$(FUZZ)/cover: $(addprefix $(FUZZ)/covers/,$(FUZZ_CORE) $(addprefix fuzz_,compile.o program.o sources.o replay.o flaws.o))
	clang $(COVERS) -Wl,--wrap=encode -o $@ $^ $(LIBS)
$(FUZZ)/sees $(FUZZ)/covers:
	mkdir -p $@
-include $(wildcard $(FUZZ)/*/*.d)

$(FUZZ)/seeds: spec/fuzz/seeds.lua spec/fuzz/seeds.txt spec/fuzz/compile.c $(wildcard spec/golden/*.txt bpf/listings/*.txt)
	rm -rf $@ && mkdir -p $@
	$(LUAJIT) $< $@

FUZZ_NEEDS = $(addprefix $(FUZZ)/,$(FUZZERS) seeds) $(FIXTURES)
fuzz: $(FUZZ_NEEDS) ## libFuzzer on each of FUZZERS="compile btf values records", SECONDS=60 long
	$(FUZZ_ENV) spec/fuzz/run $(FUZZ) $(SECONDS) $(FUZZERS)

fuzz-corpus: $(FUZZ_NEEDS) ## keep of what fuzz found what reaches most
	$(FUZZ_ENV) spec/fuzz/run $(FUZZ) keep $(FUZZERS)

fuzz-coverage: $(FUZZ)/cover $(FIXTURES) ## the share of the front end's lines that the corpus reaches
	$(FUZZ_ENV) LLVM_PROFILE_FILE=$(FUZZ)/cover.raw $(FUZZ)/cover \
		$(wildcard spec/fuzz/corpus/* spec/fuzz/regressions/*) >/dev/null
	llvm-profdata merge -o $(FUZZ)/cover.data $(FUZZ)/cover.raw
	llvm-cov report $(FUZZ)/cover -instr-profile=$(FUZZ)/cover.data $(COVERED) | spec/fuzz/coverage

# What make demo shows: an example at work while the workload runs, on a stock Debian kernel in a
# virtual machine; with HERE=1 on the running kernel instead.
KERNEL   ?= 6.1
EXAMPLE  ?= examples/opens.lua
WORKLOAD ?= cat /etc/passwd /etc/nothing >/dev/null 2>&1; ls / >/dev/null
demo: deps ## install, build, and trace on a real kernel; HERE=1: on the running one
	@$(MAKE) --no-print-directory -s -j2 all
	$(if $(HERE),build/ksnoop,spec/vm/run -k $(KERNEL) -- ksnoop) -c '$(WORKLOAD)' $(EXAMPLE)

bench: deps ## all that is measured, beside other tracers, as doc/performance.md: an hour; spec/bench
	@$(MAKE) --no-print-directory -s all $(BENCH) $(FIXTURES)
	@spec/bench/tables $(if $(RAW),--raw $(RAW))

bench-check: deps ## has a row become dearer than spec/bench/ratios.txt says?
	@$(MAKE) --no-print-directory -s all $(BENCH)
	@spec/bench/run --check

clean: ## remove build/
	rm -rf build

.PHONY: all help cdef deps library library-samples manual-samples install uninstall rock lint format check test mutants guest asan asan-run test-all-functions fuzz fuzz-corpus fuzz-coverage demo bench bench-check clean
