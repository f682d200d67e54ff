# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzzing.
#
#   make fuzz TARGET=netbsd TIME=60   one target, for so many seconds
#   make fuzz-all TIME=60             all of them, one after the other
#   make fuzz-replay                  the seeds, and inputs that once found a defect
#   make damage                       systematic damage to one fixture of each port and form
#   make faults                       the same fixtures, where memory or descriptors run out
# The last three are part of make check; SAN=address,undefined lets them see more.
#
# Seeds come from fixtures ($(FIXTURES)); what is found lies in $(BUILD)/fuzz/found, the corpus in
# $(BUILD)/fuzz/corpus.  fixtures/crashers/TARGET/* are replayed, with any compiler.
FUZZ_TARGETS = netbsd openbsd freebsd dragonfly kernel mmu api
FUZZ_HELPERS = check kernel_elf mutate
TARGET	?= netbsd
TIME	?= 60
FUZZ_BUILD = $(BUILD)/fuzz
FUZZ_FLAGS = -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -print_final_stats=1
FUZZ_MAX_api = 769
FUZZ_MAX_mmu = 32768

FUZZ_OBJ = $(FUZZ_HELPERS:%=$(BUILD)/obj/tests/fuzz/%.o)

# With libFuzzer: a build of its own, since the library is instrumented.
$(BUILD)/bin/fuzz-%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_OBJ) $(LIB_A) $(LIB_LIBS)

$(BUILD)/bin/replay-%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_OBJ) $(BUILD)/obj/tests/fuzz/replay.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $< $(FUZZ_OBJ) $(BUILD)/obj/tests/fuzz/replay.o $(LIB_A) $(LIB_LIBS)

.PHONY: fuzz fuzz-all fuzz-replay fuzz-seeds
fuzz-seeds:
	$(PYTHON) tests/fuzz/seeds.py $(FIXTURES) $(FUZZ_BUILD)

fuzz: fuzz-seeds
	+$(MAKE) BUILD=$(FUZZ_BUILD) CC=clang SAN=address,undefined,fuzzer-no-link $(FUZZ_BUILD)/bin/fuzz-$(TARGET)
	@mkdir -p $(FUZZ_BUILD)/corpus/$(TARGET) $(FUZZ_BUILD)/found fixtures/crashers/$(TARGET)
	$(FUZZ_BUILD)/bin/fuzz-$(TARGET) $(FUZZ_FLAGS) -max_total_time=$(TIME) \
	    -max_len=$(or $(FUZZ_MAX_$(TARGET)),65536) $(wildcard $(FUZZ_BUILD)/dict/$(TARGET):%=-dict=%) \
	    -artifact_prefix=$(FUZZ_BUILD)/found/$(TARGET)- $(FUZZ_BUILD)/corpus/$(TARGET) \
	    $(FUZZ_BUILD)/seeds/$(TARGET) fixtures/crashers/$(TARGET)

fuzz-all:
	+for t in $(FUZZ_TARGETS); do $(MAKE) --no-print-directory fuzz TARGET=$$t || exit 1; done

fuzz-replay: $(FUZZ_TARGETS:%=$(BUILD)/bin/replay-%) fuzz-seeds
	for t in $(FUZZ_TARGETS); do \
		$(RUN) $(BUILD)/bin/replay-$$t $$(find fixtures/crashers/$$t \
		    $(FUZZ_BUILD)/seeds/$$t -type f 2>/dev/null | sort) \
		    2>$(BUILD)/replay-$$t.log || { cat $(BUILD)/replay-$$t.log; exit 1; }; \
		echo "fuzz-replay: $$t: $$(grep -c '^replay ' $(BUILD)/replay-$$t.log) inputs"; \
	done
	@echo "$$(cat $(BUILD)/replay-*.log | grep -c '^replay ') passed, 0 failed, 0 skipped"

check: fuzz-replay damage faults

.PHONY: damage
$(BUILD)/bin/damage: $(BUILD)/obj/tests/fuzz/damage.o $(FUZZ_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(BUILD)/obj/tests/fuzz/damage.o $(FUZZ_OBJ) $(LIB_A) $(LIB_LIBS)

damage: $(BUILD)/bin/damage fixtures
	ASAN_OPTIONS=max_allocation_size_mb=512 $(RUN) $(BUILD)/bin/damage \
	    $$($(PYTHON) tests/fuzz/pick.py $(FIXTURES))

.PHONY: faults
$(BUILD)/bin/faults: $(BUILD)/obj/tests/fuzz/faults.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o $@ $(BUILD)/obj/tests/fuzz/faults.o $(LIB_A) $(LIB_LIBS)

faults: $(BUILD)/bin/faults fixtures
	$(RUN) $(BUILD)/bin/faults $$($(PYTHON) tests/fuzz/pick.py $(FIXTURES))
