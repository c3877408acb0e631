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

BUILD   ?= build
# main.c is the program's alone; all else is the library as well.
CORE    := $(filter-out core/main.c,$(wildcard core/*.c))
MODULES := $(wildcard lua/ksnoop/*.lua)
OBJECTS := $(CORE:core/%.c=$(BUILD)/core/%.o)
LUAOBJS := $(MODULES:lua/ksnoop/%.lua=$(BUILD)/lua/%.o)
GUEST   := $(patsubst spec/kernel/workload/%.c,$(BUILD)/guest/%,$(wildcard spec/kernel/workload/*.c))
UNITS   := $(patsubst spec/core/%.c,$(BUILD)/unit/%,$(wildcard spec/core/*.c))
FIXTURES:= $(patsubst spec/fixtures/%.c,$(BUILD)/fixtures/%.btf,$(wildcard spec/fixtures/*.c))

all: $(BUILD)/ksnoop $(BUILD)/native.so ## the program and the rock's native half (default)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s'|'

# --- building ---------------------------------------------------------------------------------

$(BUILD)/core/%.o: core/%.c Makefile | $(BUILD)/core
	$(CC) $(CFLAGS) -I$(LUA_INC) -MMD -MP -c -o $@ $<

# Lua modules become bytecode inside the program; `require` finds them by symbol.
$(BUILD)/lua/init.o: NAME = ksnoop
$(BUILD)/lua/%.o: NAME = ksnoop.$*
$(BUILD)/lua/%.o: lua/ksnoop/%.lua Makefile | $(BUILD)/lua
	$(LUAJIT) -bg -n $(NAME) $< $@

$(BUILD)/ksnoop: $(OBJECTS) $(BUILD)/core/main.o $(LUAOBJS)
	$(CC) $(CFLAGS) -Wl,-E -o $@ $^ -lluajit-5.1 $(LIBS)

$(BUILD)/native.so: $(OBJECTS)
	$(CC) $(CFLAGS) -shared -o $@ $^ $(LIBS)

$(BUILD)/core $(BUILD)/lua $(BUILD)/guest $(BUILD)/unit $(BUILD)/fixtures:
	mkdir -p $@

-include $(wildcard $(BUILD)/core/*.d)

cdef: ## extract lua/ksnoop/cdef.lua from core/ksnoop.h
	@{ echo '-- Extracted from core/ksnoop.h by `make cdef`; change it there.'; echo 'return [['; \
	   sed -n '/ks:cdef begin/,/ks:cdef end/{/ks:cdef/d;s@//.*@@;s/[ \t]*$$//;/^$$/d;p}' core/ksnoop.h; \
	   echo ']]'; } > lua/ksnoop/cdef.lua

# --- what tests need --------------------------------------------------------------------------

# Programs with known behaviour, run inside the virtual machine.
$(BUILD)/guest/%: spec/kernel/workload/%.c Makefile | $(BUILD)/guest
	$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE $(WARN) -static -o $@ $< -lpthread

$(BUILD)/unit/%: spec/core/%.c $(OBJECTS) | $(BUILD)/unit
	$(CC) $(CFLAGS) -Icore -o $@ $< $(OBJECTS) $(LIBS)

# BTF of small C files, so that most tests need no kernel's.
$(BUILD)/fixtures/%.btf: spec/fixtures/%.c Makefile | $(BUILD)/fixtures
	$(CC) -O0 -g -c -o $(@:.btf=.o) $<
	pahole --btf_encode_detached $@ $(@:.btf=.o)

.PHONY: all help cdef deps install uninstall rock asan lint check test demo clean format
