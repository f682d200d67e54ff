# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzzing; tests/fuzz/README.md says more.
#
#   make fuzz TARGET=netbsd TIME=60   one target, for so many seconds; libFuzzer's statistics
#   make fuzz-all TIME=60             all of them, two at once
#   make fuzz-afl TARGET=netbsd TIME=60   the same entry point, by AFL++
#   make fuzz-corpus                  merges what was found into tests/fuzz/corpus
#   make fuzz-report                  what the corpora reach of each file of lib/, and what never
#   make fuzz-reach                   fails for a line of header decoders that no seed reaches
#   make dist-fuzz                    seeds, dictionaries, mutator and worker, for any libkvm
#   make fuzz-replay                  the seeds, and inputs that once found a defect
#   make damage                       systematic damage to one fixture of each port and form
#   make faults                       the same fixtures, where memory, reads or descriptors fail
#   make saving                       kcore save and convert, where each system call fails
#   make limits                       the limits that README states
# Those from fuzz-replay on are part of make check; SAN=address,undefined lets them see more.
#
# Seeds come from fixtures ($(FIXTURES)); what is found lies in $(BUILD)/fuzz/found, the corpus in
# $(BUILD)/fuzz/corpus.  fixtures/crashers/TARGET/* are replayed, with any compiler.
FUZZ_TARGETS = header netbsd openbsd freebsd dragonfly kernel mmu raw api convert variables
FUZZ_HELPERS = check kernel_elf
TARGET	?= netbsd
TIME	?= 60
FUZZ_BUILD = $(BUILD)/fuzz
# Bytes of an input: headers, and a few tables.
FUZZ_MAX = $(or $(FUZZ_MAX_$1),24576)
FUZZ_MAX_header = 1024
FUZZ_MAX_netbsd = 28672
FUZZ_MAX_api = 769
FUZZ_MAX_mmu = 17408
# In builds of their own: the library is instrumented, and has small caches.
FUZZ_MAKE = $(MAKE) --no-print-directory CPPFLAGS=-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
FUZZ_LIBFUZZER = $(FUZZ_MAKE) BUILD=$(FUZZ_BUILD) CC=clang SAN=address,undefined,fuzzer-no-link

FUZZ_OBJ = $(FUZZ_HELPERS:%=$(BUILD)/obj/tests/fuzz/%.o)
# What a target needs besides the library.
FUZZ_OBJ_convert = $(patsubst %,$(BUILD)/obj/tools/%.o,elfnotes kernelmatch registers)
$(BUILD)/bin/fuzz-convert $(BUILD)/bin/replay-convert: $(FUZZ_OBJ_convert)
FUZZ_OBJS = $(BUILD)/obj/tests/fuzz/$1.o $(FUZZ_OBJ_$1) $(FUZZ_OBJ)

# LIB_FUZZING_ENGINE as OSS-Fuzz has it: what supplies main.
LIB_FUZZING_ENGINE ?= -fsanitize=fuzzer
FUZZ_MUTATE = $(BUILD)/obj/tests/fuzz/mutate.o
$(BUILD)/bin/fuzz-%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) $(FUZZ_MUTATE) $(LIB_A)
	@mkdir -p $(@D)
	$(FUZZ_LINK) $(KC_LDFLAGS) -o $@ $(call FUZZ_OBJS,$*) $(FUZZ_MUTATE) $(LIB_A) \
	    $(LIB_FUZZING_ENGINE) $(LIB_LIBS)
FUZZ_LINK ?= $(CC)

# Where containers have numbers, as the model says; of the forms that headers have, one each.
FUZZ_FIELDS = $(BUILD)/obj/tests/fuzz/fields.h
FUZZ_FORMS := $(foreach f,$(sort $(wildcard fixtures/*.toml)),$(if $(strip $(foreach \
	word,-bad- -raw -edges -entries -leaves segments,$(findstring $(word),$f))),,$f))
$(FUZZ_FIELDS): tests/fuzz/fields.py $(wildcard gen/dumpgen/*.py gen/dumpgen/*/*.py) $(FUZZ_FORMS)
	@mkdir -p $(@D)
	$(PYTHON) tests/fuzz/fields.py $(FUZZ_FORMS) >$@.new
	mv $@.new $@
$(FUZZ_MUTATE): $(FUZZ_FIELDS)
$(FUZZ_MUTATE): KC_CPPFLAGS += -I$(dir $(FUZZ_FIELDS))

$(BUILD)/bin/replay-%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) $(BUILD)/obj/tests/fuzz/replay.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(call FUZZ_OBJS,$*) $(BUILD)/obj/tests/fuzz/replay.o $(LIB_A) $(LIB_LIBS)

.PHONY: fuzz fuzz-all fuzz-targets fuzz-seeds fuzz-corpus fuzz-cov fuzz-report fuzz-reach fuzz-afl fuzz-replay fuzz-max
fuzz-targets: $(FUZZ_TARGETS:%=$(BUILD)/bin/fuzz-%)

# Kernels with debug information, small enough for an input: tests/unit makes them.
FUZZ_KERNELS = $(BUILD)/obj/tests/unit/kernel
FUZZ_DEBUG = amd64 amd64-nodebug amd64-ctf dragonfly powerpc powerpc-ctf powerpc64 powerpc64-ctf \
	aarch64 aarch64-ctf mips mips-ctf
fuzz-seeds: $(FUZZ_DEBUG:%=$(FUZZ_KERNELS)/freebsd-%) $(FUZZ_KERNELS)/linked/made
	$(PYTHON) tests/fuzz/seeds.py $(FIXTURES) $(FUZZ_BUILD) $(FUZZ_KERNELS)

fuzz-max:
	@echo $(call FUZZ_MAX,$(TARGET))

fuzz: fuzz-seeds
	+$(FUZZ_LIBFUZZER) $(FUZZ_BUILD)/bin/fuzz-$(TARGET)
	tests/fuzz/run $(TARGET) $(TIME) $(call FUZZ_MAX,$(TARGET)) $(FUZZ_BUILD)

fuzz-all: fuzz-seeds
	+$(FUZZ_LIBFUZZER) fuzz-targets
	+$(MAKE) --no-print-directory -k -j2 $(FUZZ_TARGETS:%=fuzz-run-%)
fuzz-run-%:
	@tests/fuzz/run $* $(TIME) $(call FUZZ_MAX,$*) $(FUZZ_BUILD)

# Small once packed; the others' inputs are memory that cannot be packed, and are cut from fixtures.
FUZZ_COMMITTED = header kernel mmu raw api
fuzz-corpus:
	for t in $(FUZZ_TARGETS); do \
		rm -rf $(FUZZ_BUILD)/merged/$$t; mkdir -p $(FUZZ_BUILD)/merged/$$t; \
		$(FUZZ_BUILD)/bin/fuzz-$$t -merge=1 -timeout=10 $(FUZZ_BUILD)/merged/$$t \
		    $(FUZZ_BUILD)/seeds/$$t $(FUZZ_BUILD)/corpus/$$t 2>$(FUZZ_BUILD)/log/merge-$$t || exit 1; \
		case " $(FUZZ_COMMITTED) " in *" $$t "*) tar -C $(FUZZ_BUILD)/merged --sort=name --mtime=@0 \
		    --owner=0 --group=0 --mode=go=rX,u+rw -cJf tests/fuzz/corpus/$$t.tar.xz $$t || exit 1;; esac; \
		echo "$$t: $$(ls $(FUZZ_BUILD)/merged/$$t | wc -l) inputs, $$(du -sk $(FUZZ_BUILD)/merged/$$t | cut -f1) KiB"; \
	done

# llvm-profdata and llvm-cov read what clang's own coverage wrote.  It tells static functions apart by
# the name of their file, without its folder: of netbsd/i386.c and openbsd/i386.c one would be lost.
FUZZ_NAMED = -Xclang -main-file-name -Xclang $$<
fuzz-report: fuzz-cov
	$(PYTHON) tests/fuzz/report.py $(FUZZ_BUILD) $(FUZZ_TARGETS)

# By the inputs that are committed alone: what must stay true.
fuzz-reach: fuzz-cov
	$(PYTHON) tests/fuzz/reach.py $(FUZZ_BUILD) $(FUZZ_TARGETS)

fuzz-cov: fuzz-seeds
	+$(FUZZ_MAKE) BUILD=$(FUZZ_BUILD)/cov CC=clang OPT=-O1 \
	    CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping $(FUZZ_NAMED)' \
	    LDFLAGS=-fprofile-instr-generate $(FUZZ_TARGETS:%=$(FUZZ_BUILD)/cov/bin/replay-%)

# AFL++ in persistent mode, by the entry point of libFuzzer.
FUZZ_AFL = $(FUZZ_BUILD)/afl
fuzz-afl: fuzz-seeds $(BUILD)/fuzz/mutator.so
	+$(FUZZ_MAKE) BUILD=$(FUZZ_AFL) CC=afl-clang-fast $(FUZZ_AFL)/bin/fuzz-$(TARGET)
	@mkdir -p $(FUZZ_BUILD)/found
	AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 \
	AFL_CUSTOM_MUTATOR_LIBRARY=$(FUZZ_BUILD)/mutator.so AFL_AUTORESUME=1 \
	    afl-fuzz -V $(TIME) -g 1 -G $(call FUZZ_MAX,$(TARGET)) -i $(FUZZ_BUILD)/seeds/$(TARGET) \
	    -o $(FUZZ_BUILD)/found/afl-$(TARGET) \
	    $(wildcard $(FUZZ_BUILD)/dict/$(TARGET):%=-x %) -- $(FUZZ_AFL)/bin/fuzz-$(TARGET)
	@grep -E '^(execs_done|execs_per_sec|edges_found|saved_crashes|saved_hangs)' \
	    $(FUZZ_BUILD)/found/afl-$(TARGET)/default/fuzzer_stats
	@! grep -qE '^saved_crashes +: [1-9]' $(FUZZ_BUILD)/found/afl-$(TARGET)/default/fuzzer_stats

# The mutator alone, for AFL++ and any program.
$(BUILD)/fuzz/mutator.so: tests/fuzz/afl_mutator.c tests/fuzz/mutate.c tests/fuzz/mutate.h $(FUZZ_FIELDS)
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) -O2 -I$(dir $(FUZZ_FIELDS)) -fPIC -shared -o $@ tests/fuzz/afl_mutator.c \
	    tests/fuzz/mutate.c

# For any libkvm.
DIST_FUZZ = $(BUILD)/libkvm-fuzz
.PHONY: dist-fuzz
dist-fuzz: fuzz-seeds $(FUZZ_FIELDS)
	rm -rf $(DIST_FUZZ)
	mkdir -p $(DIST_FUZZ)
	$(PYTHON) tests/fuzz/seeds.py --dist $(FIXTURES) $(DIST_FUZZ)
	cp tests/fuzz/dist/* tests/conform/worker.c tests/fuzz/mutate.c tests/fuzz/mutate.h \
	    tests/fuzz/afl_mutator.c $(FUZZ_FIELDS) LICENSE $(DIST_FUZZ)
	tar -C $(BUILD) -czf $(DIST_FUZZ).tar.gz libkvm-fuzz
	@echo "$(DIST_FUZZ).tar.gz: $$(find $(DIST_FUZZ)/seeds -type f | wc -l) seeds," \
	    "$$(ls $(DIST_FUZZ)/kernels | wc -l) kernels, $$(du -sk $(DIST_FUZZ).tar.gz | cut -f1) KiB"

fuzz-replay: $(FUZZ_TARGETS:%=$(BUILD)/bin/replay-%) fuzz-seeds
	for t in $(FUZZ_TARGETS); do \
		$(RUN) $(BUILD)/bin/replay-$$t $$(find fixtures/crashers/$$t \
		    $(FUZZ_BUILD)/seeds/$$t -type f 2>/dev/null | sort) \
		    2>$(BUILD)/replay-$$t.log || { cat $(BUILD)/replay-$$t.log; exit 1; }; \
		echo "fuzz-replay: $$t: $$(grep -c '^replay ' $(BUILD)/replay-$$t.log) inputs"; \
	done
	@echo "$$(cat $(BUILD)/replay-*.log | grep -c '^replay ') passed, 0 failed, 0 skipped"

check: fuzz-replay damage faults saving limits

.PHONY: damage
$(BUILD)/bin/damage: $(BUILD)/obj/tests/fuzz/damage.o $(FUZZ_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(BUILD)/obj/tests/fuzz/damage.o $(FUZZ_OBJ) $(LIB_A) $(LIB_LIBS)

damage: $(BUILD)/bin/damage fixtures
	ASAN_OPTIONS=max_allocation_size_mb=512 $(RUN) $(BUILD)/bin/damage \
	    $$($(PYTHON) tests/fuzz/pick.py $(FIXTURES))

.PHONY: faults
FAULTS_OBJ = $(BUILD)/obj/tests/fuzz/faults.o $(BUILD)/obj/tests/unit/allocations.o
$(BUILD)/obj/tests/fuzz/faults.o: KC_CPPFLAGS += -Itests/unit
$(BUILD)/bin/faults: $(FAULTS_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(ALLOC_WRAP) $(READ_WRAP) -o $@ $(FAULTS_OBJ) $(LIB_A) $(LIB_LIBS)
READ_WRAP = -Wl,--wrap=pread,--wrap=pread64,--wrap=read,--wrap=mmap,--wrap=mmap64

faults: $(BUILD)/bin/faults fixtures
	$(RUN) $(BUILD)/bin/faults $(BUILD) $$($(PYTHON) tests/fuzz/pick.py $(FIXTURES))

# What kcore writes, where the system fails it.
SAVED = openbsd-sh-sh-device openbsd-sparc64-sun4u-device netbsd-sparc-srmmu-device \
	  freebsd-amd64-4level-device freebsd-amd64-4level-device-zst dragonfly-x86_64-4level-device \
	  netbsd-vax-linear-device netbsd-sun2-sun2-device netbsd-vax-linear freebsd-i386-pae-v2
SAVING_WRAP = -Wl,--wrap=pread,--wrap=pread64,--wrap=pwrite,--wrap=pwrite64,--wrap=ftruncate \
	  -Wl,--wrap=ftruncate64,--wrap=fsync,--wrap=close,--wrap=rename,--wrap=mkstemp,--wrap=mkstemp64
$(BUILD)/obj/tests/fuzz/kcore.o: tools/kcore.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -Wno-missing-prototypes -Dmain=kcore_main -MMD -MP -c -o $@ $<
SAVING_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,tests/fuzz/saving.c tests/fuzz/kcore.c \
	  $(filter-out tools/kcore.c,$(sort $(wildcard tools/*.c))))
$(BUILD)/bin/saving: $(SAVING_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(SAVING_WRAP) -o $@ $(SAVING_OBJ) $(LIB_A) $(LIB_LIBS)
saving: $(BUILD)/bin/saving fixtures
	$(RUN) $(BUILD)/bin/saving $(BUILD) $(SAVED:%=$(FIXTURES)/%)
.PHONY: saving

# The limits that README states.
$(BUILD)/bin/limits: $(BUILD)/obj/tests/fuzz/limits.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(ALLOC_WRAP) -Wl,--wrap=free -o $@ $(BUILD)/obj/tests/fuzz/limits.o $(LIB_A) $(LIB_LIBS)
$(BUILD)/obj/tests/fuzz/limits.o: KC_CPPFLAGS += -D_DEFAULT_SOURCE
limits: $(BUILD)/bin/limits
	$(RUN) $(BUILD)/bin/limits $(BUILD)
.PHONY: limits
