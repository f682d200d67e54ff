# SPDX-License-Identifier: BSD-2-Clause
# Which lines and branches of the library the unit tests, the fixtures, the dumps of the kernels
# that panicked (where make panic made them), and faults (allocations that fail) reach.  Tests
# run as always; only the library is compiled for gcov, unoptimised: what is counted is what is
# written.  emu/ask reads the fixtures itself, and runs nothing of the library.
# build/coverage.txt is the table, build/coverage.html every line; tests/coverage/UNCOVERED says
# why a line is reached by none.
GCOV	?= gcov
COVERAGE_DIR = $(BUILD)/coverage
COVERAGE_SELF ?=

ifneq ($(COVERAGE_SELF),)
# The suites have threads: without atomic counts they lose some, and what gcov infers is negative.
$(LIB_OBJ): KC_CFLAGS += --coverage -fprofile-update=atomic -O0
KC_LDFLAGS += --coverage
endif

# GCOV_PREFIX: each suite's counts in a folder of its own.
coverage: fixtures
	+$(MAKE) BUILD=$(COVERAGE_DIR) COVERAGE_SELF=1 CC=gcc FIXTURES=$(FIXTURES) PANIC=$(PANIC) \
	    coverage-run
	$(PYTHON) tests/coverage/report.py --gcov $(GCOV) --objects $(COVERAGE_DIR)/obj \
	    --reasons tests/coverage/UNCOVERED --html $(BUILD)/coverage.html \
	    --text $(BUILD)/coverage.txt $(COVERAGE_DIR)/counts
.PHONY: coverage coverage-run
COVERAGE_SUITES = unit fixtures guests faults

COVERAGE_COUNTS = env GCOV_PREFIX=$(abspath $(BUILD)/counts/$(1))
coverage-run: $(BUILD)/bin/unit unit-kernels $(CONFORM) $(BUILD)/bin/faults
	rm -rf $(BUILD)/counts
	mkdir -p $(COVERAGE_SUITES:%=$(BUILD)/counts/%)
	$(call COVERAGE_COUNTS,unit) $(BUILD)/bin/unit tests/unit/COUNT >$(BUILD)/unit.log 2>&1 || \
	    { tail $(BUILD)/unit.log; exit 1; }
	$(call COVERAGE_COUNTS,fixtures) $(CONFORM) -j $(CONFORM_JOBS) $(FIXTURES) \
	    >$(BUILD)/fixtures.log 2>&1 || { tail $(BUILD)/fixtures.log; exit 1; }
	! [ -d $(PANIC) ] || $(call COVERAGE_COUNTS,guests) $(CONFORM) -j $(CONFORM_JOBS) $(PANIC) \
	    >$(BUILD)/guests.log 2>&1 || { tail $(BUILD)/guests.log; exit 1; }
	$(call COVERAGE_COUNTS,faults) $(BUILD)/bin/faults $(BUILD) \
	    $$($(PYTHON) tests/fuzz/pick.py $(FIXTURES)) \
	    >$(BUILD)/faults.log 2>&1 || { tail $(BUILD)/faults.log; exit 1; }
