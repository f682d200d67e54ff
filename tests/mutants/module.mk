# SPDX-License-Identifier: BSD-2-Clause
# MUTANTS=all: every one.  ONLY='lib/format bitmap': files whose path has one of these words.
# Which test reaches which line is found once, in some minutes, and kept in $(BUILD)/mutants;
# after a change only what the change touches is asked again.
MUTANTS	?= 200
SEED	?= 1
ONLY	?=
MUTANT_JOBS ?= 2

mutants: fixtures $(BUILD)/bin/unit $(UNIT_KERNEL_FILES) $(CONFORM)
	PYTHONDONTWRITEBYTECODE=1 nice $(PYTHON) tests/mutants/mutants.py --count $(MUTANTS) \
	    --seed $(SEED) --only '$(ONLY)' --jobs $(MUTANT_JOBS) --build $(BUILD)/mutants \
	    --fixtures $(FIXTURES) $(wildcard $(PANIC)) --out $(BUILD)/mutants.patch \
	    --compile '$(subst ','\'',$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS))' \
	    --unit '$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o @OUT $(UNIT_OBJ) @LIB $(CUNIT_LIBS) $(LIB_LIBS)' \
	    --conform '$(CC) $(KC_LDFLAGS) -o @OUT $(CONFORM_OBJ) @LIB $(LIB_LIBS) -ldl -pthread' \
	    --suites $(UNIT_SUITES)
