# SPDX-License-Identifier: BSD-2-Clause
# kcore-conform: judges a libkvm by fixtures; and the proof that its checks can fail.
# worker.c is a program of its own.
CONFORM_SRC := $(filter-out tests/conform/worker.c,$(sort $(wildcard tests/conform/*.c)))
CONFORM_OBJ = $(CONFORM_SRC:%.c=$(BUILD)/obj/%.o)
CONFORM = $(BUILD)/bin/kcore-conform
CONFORM_FAULTS = $(BUILD)/conform/faults.so
# How a mismatch is explained from the model.
KCORE_WALK ?= env PYTHONPATH=gen $(PYTHON) -m dumpgen walk

$(CONFORM): $(CONFORM_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(CONFORM_OBJ) $(LIB_A) $(LIB_LIBS) -ldl -pthread

# A library with faults, in front of the shared library.
$(CONFORM_FAULTS): $(BUILD)/obj/tests/conform/shim/faults.faults.o $(LIB_SO)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -shared -o $@ $< -Wl,--no-as-needed -L$(BUILD)/lib -lkvm -ldl \
	    '-Wl,-rpath,$$ORIGIN/../lib'
$(BUILD)/obj/%.faults.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

# A library in another process, for what is not linked with the runner: C89, and nothing but libc.
WORKER = $(BUILD)/bin/kcore-worker
WORKER_DLOPEN = $(BUILD)/bin/kcore-worker-dlopen
WORKER_CFLAGS = -std=c89 -pedantic -Wall -Wextra -Werror $(CFLAGS) $(SANFLAGS) -isystem lib
$(WORKER): tests/conform/worker.c lib/kvm.h $(LIB_A) $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(WORKER_CFLAGS) -DWORKER_KCORE $(KC_LDFLAGS) -o $@ $< $(LIB_A) $(LIB_LIBS)
$(WORKER_DLOPEN): tests/conform/worker.c lib/kvm.h $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(WORKER_CFLAGS) -DWORKER_KCORE -DWORKER_DLOPEN $(KC_LDFLAGS) -o $@ $< -ldl

# In the manner of NetBSD's on amd64, behind a worker that knows NetBSD's <kvm.h> only.
CONFORM_NETBSD = $(BUILD)/conform/netbsd-worker
$(CONFORM_NETBSD): tests/conform/worker.c tests/conform/shim/netbsd.c tests/conform/shim/netbsd/kvm.h $(STAMP)
	@mkdir -p $(@D)
	$(CC) -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -Itests/conform/shim/netbsd $(KC_CFLAGS) -c \
	    -o $@.o tests/conform/shim/netbsd.c
	$(CC) $(WORKER_CFLAGS:lib=tests/conform/shim/netbsd) -DWORKER_NETBSD $(KC_LDFLAGS) -o $@ $< $@.o
# The worker compiles with the header of each system.
CONFORM_FLAVORS = $(patsubst %,$(BUILD)/obj/tests/conform/worker.%.o,FREEBSD OPENBSD DRAGONFLY)
$(BUILD)/obj/tests/conform/worker.%.o: tests/conform/worker.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(WORKER_CFLAGS:lib=tests/conform/shim/$(shell echo $* | tr A-Z a-z)) -DWORKER_$* -c -o $@ $<

all: $(CONFORM) $(WORKER) $(WORKER_DLOPEN)

# Fixtures judged at a time.
CONFORM_JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# CONFORM_SET=ports: one fixture of each port and regime, for slow hosts; empty: all, and those
# of machines that really panicked where they were made.
CONFORM_SET ?=
# A minidump's fixture has its version in the name: the newest stands for all.
CONFORM_DIRS = $(if $(CONFORM_SET),$(sort $(shell awk '!/^\#/ { print "$(FIXTURES)/" $$1 "-" $$2 "-" $$3 }' \
    fixtures/PORTS | while read -r d; do if test -d "$$d"; then echo "$$d"; else \
    ls -d "$$d"-*v[0-9] 2>/dev/null | tail -n 1; fi; done)),$(FIXTURES) $(wildcard $(PANIC)))
conform: $(CONFORM) fixtures
	KCORE_WALK='$(KCORE_WALK)' $(RUN) $(CONFORM) -j $(CONFORM_JOBS) --junit $(BUILD)/conform.xml \
	    --expect $$(cat tests/conform/COUNT$(CONFORM_SET:%=.%)) $(CONFORM_DIRS)

conform-selftest: $(CONFORM) $(CONFORM_FAULTS) $(WORKER) $(WORKER_DLOPEN) $(CONFORM_NETBSD) $(CONFORM_FLAVORS) \
    fixtures
	$(PYTHON) tests/conform/selftest $(BUILD) $(FIXTURES)

# Each row of fixtures/DEFECTS.md as a variant of the library.  DEFECTS='netbsd-* *pae*': some;
# DEFECTS_ALL=1: each judged by all fixtures.
DEFECTS	?= *
DEFECTS_ALL ?=
defects: $(CONFORM) $(WORKER_DLOPEN) $(LIB_SO) fixtures
	$(PYTHON) tests/conform/defects.py --build $(BUILD) --fixtures $(FIXTURES) \
	    --only '$(DEFECTS)' $(if $(DEFECTS_ALL),--all) --jobs $(CONFORM_JOBS) \
	    --compile '$(subst ','\'',$(CC) $(KC_CPPFLAGS) $(filter-out -g -O2,$(KC_CFLAGS)) -O1 -fPIC)' \
	    --link '$(CC) $(KC_LDFLAGS) -shared -Wl,--version-script=lib/libkvm.map -o @OUT @OBJ $(LIB_LIBS)'

check: conform conform-selftest
.PHONY: conform-selftest defects
