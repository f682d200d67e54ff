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
# A worker that says what leaked.
CONFORM_LEAK = $(BUILD)/conform/leak-worker
$(CONFORM_LEAK): tests/conform/worker.c lib/kvm.h $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(WORKER_CFLAGS) -fsanitize=address -DWORKER_KCORE -DWORKER_DLOPEN $(KC_LDFLAGS) -o $@ $< -ldl

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

# Libraries that are not ours, in the manner of each BSD's, behind a worker that knows that
# system's <kvm.h> only.
STANDINS = netbsd openbsd freebsd dragonfly
CONFORM_STANDINS = $(STANDINS:%=$(BUILD)/conform/%-worker) $(BUILD)/conform/kcore-standin.so
STANDIN_CFLAGS = -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 $(KC_CFLAGS) -fPIC -c
$(STANDINS:%=$(BUILD)/conform/%-worker): $(BUILD)/conform/%-worker: tests/conform/worker.c \
    tests/conform/shim/%.c tests/conform/shim/handle.c tests/conform/shim/%/kvm.h \
    $(BUILD)/conform/amd64.o $(STAMP)
	@mkdir -p $(@D)
	$(CC) -Itests/conform/shim/$* $(STANDIN_CFLAGS) -o $@.o tests/conform/shim/$*.c
	$(CC) -Itests/conform/shim/$* $(STANDIN_CFLAGS) -o $@.h.o tests/conform/shim/handle.c
	$(CC) $(WORKER_CFLAGS:lib=tests/conform/shim/$*) -DWORKER_$(shell echo $* | tr a-z A-Z) \
	    $(KC_LDFLAGS) -o $@ $< $@.o $@.h.o $(BUILD)/conform/amd64.o
$(BUILD)/conform/amd64.o: tests/conform/shim/amd64.c tests/conform/shim/amd64.h $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(STANDIN_CFLAGS) -o $@ $<
# NetBSD's again, with some of what only kcore's has.
$(BUILD)/conform/kcore-standin.so: tests/conform/shim/kcore.c tests/conform/shim/netbsd.c \
    tests/conform/shim/handle.c $(BUILD)/conform/amd64.o lib/kvm.h
	$(CC) -Ilib $(STANDIN_CFLAGS) -o $@.n.o tests/conform/shim/netbsd.c
	$(CC) -Ilib $(STANDIN_CFLAGS) -o $@.h.o tests/conform/shim/handle.c
	$(CC) -Ilib $(STANDIN_CFLAGS) -o $@.k.o $<
	$(CC) $(KC_LDFLAGS) -shared -o $@ $@.k.o $@.n.o $@.h.o $(BUILD)/conform/amd64.o

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

conform-selftest: $(CONFORM) $(CONFORM_FAULTS) $(WORKER) $(WORKER_DLOPEN) $(CONFORM_STANDINS) $(CONFORM_LEAK) \
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

check: conform conform-selftest $(if $(CROSS),,defects)
.PHONY: conform-selftest defects

# One archive for those who have a libkvm, and neither Python nor QEMU: fixtures, runner, worker.
DIST = kcore-conform-$(LIB_VERSION)
DIST_DIR = $(BUILD)/dist/$(DIST)
DIST_TAR = $(BUILD)/$(DIST).tar.xz
DIST_FIXTURES = $(FIXTURES) $(wildcard $(PANIC))
# The guide as it is true in the archive, which has neither the model nor stand-ins nor the museum.
DIST_GUIDE = -e 's,dist/README.md,README.md,g' -e 's,tests/conform/worker.c,src/worker.c,g' \
	  -e 's,build/fixtures,fixtures,g' -e 's,\$$ kcore-conform,$$ ./kcore-conform,' \
	  -e 's,`ci/samples`,`ci`,' -e '/^On a system without Python/,/^$$/d' -e '/where Python is:/s/where Python is/where Python and the repository are/' \
	  -e '/^`make conform-selftest` proves/,$$d'
dist-fixtures: fixtures
	rm -rf $(DIST_DIR)
	mkdir -p $(DIST_DIR)/src/kcore $(DIST_DIR)/ci
	cp tests/conform/*.[ch] tests/conform/dist/unfold.c $(DIST_DIR)/src
	cp lib/kvm.h $(DIST_DIR)/src/kcore
	cp ci/samples/* $(DIST_DIR)/ci
	cp LICENSE tests/conform/dist/README.md $(DIST_DIR)
	sed $(DIST_GUIDE) tests/conform/README.md >$(DIST_DIR)/GUIDE.md
	cp fixtures/README.md $(DIST_DIR)/FIXTURES.md
	sed 's,@OBJS@,$(patsubst tests/conform/%.c,src/%.o,$(CONFORM_SRC)),' tests/conform/dist/Makefile \
	    >$(DIST_DIR)/Makefile
	$(PYTHON) tests/conform/dist/fold.py $(DIST_DIR)/fixtures.fold $(DIST_FIXTURES)
	tar -C $(BUILD)/dist --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - $(DIST) | \
	    xz -T1 -9 >$(DIST_TAR).new
	mv $(DIST_TAR).new $(DIST_TAR)
	rm -rf $(DIST_DIR)
	@ls -l $(DIST_TAR)

# As a porter would use it, with a few of the fixtures.
DIST_SOME = netbsd-amd64-4level netbsd-amd64-4level-device freebsd-amd64-4level-device-zst \
	  freebsd-riscv-sv39 netbsd-i386-pae
dist-check: $(LIB_A) $(LIB_SO) fixtures
	+$(MAKE) dist-fixtures DIST_TAR=$(BUILD)/dist-check.tar.xz DIST_FIXTURES='$(DIST_SOME:%=$(FIXTURES)/%)'
	$(PYTHON) tests/conform/dist/check $(BUILD)/dist-check.tar.xz $(LIB_SO) $(FIXTURES) $(BUILD)/lib
.PHONY: dist-fixtures dist-check
