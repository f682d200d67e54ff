# SPDX-License-Identifier: BSD-2-Clause
# MUTANTS=all: every one.  ONLY='lib/format bitmap': files whose path has one of these words.
# Which test reaches which line is found once, in some minutes, and kept in $(BUILD)/mutants;
# after a change only what the change touches is asked again.
MUTANTS	?= 200
SEED	?= 1
ONLY	?=
MUTANT_JOBS ?= 2

mutants: fixtures $(BUILD)/bin/unit unit-kernels $(CONFORM)
	PYTHONDONTWRITEBYTECODE=1 nice $(PYTHON) tests/mutants/mutants.py --count $(MUTANTS) \
	    --seed $(SEED) --only '$(ONLY)' --jobs $(MUTANT_JOBS) --build $(BUILD)/mutants \
	    --fixtures $(FIXTURES) $(wildcard $(PANIC)) --out $(BUILD)/mutants.patch \
	    --compile '$(subst ','\'',$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS))' \
	    --unit '$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o @OUT $(UNIT_OBJ) @LIB $(CUNIT_LIBS) $(LIB_LIBS)' \
	    --conform '$(CC) $(KC_LDFLAGS) -o @OUT $(CONFORM_OBJ) @LIB $(LIB_LIBS) -ldl -pthread' \
	    --suites $(UNIT_SUITES)

# All that reads images of FreeBSD and DragonFly, and what only their API has.
FREEBSD_READERS = format/bitmap format/minidump format/elfcore format/kerneldump port/minidump \
	  port/elfcore port/other port/raw port/freebsd port/dragonfly mmu/array mmu/displaced \
	  mmu/freebsdhpt mmu/pteg mmu/pages mmu/powerpc64radix mmu/tsb mmu/virtual api/device api/kernel api/pages \
	  api/percpu api/stats api/swap api/vnet image/compressed symbol/ctf symbol/dwarf symbol/layout
mutants-freebsd: ONLY = $(FREEBSD_READERS)
mutants-freebsd: mutants

# The same for the other two witnesses.  mutants-gen: the model's page tables, judged by library,
# machine and guests.  mutants-guests: the kernels that panic, judged by QEMU and library.
# mutants-panic: masks, shifts and constants of lib/mmu, judged by those kernels' dumps alone.
MUTANTS_RUN = PYTHONDONTWRITEBYTECODE=1 nice $(PYTHON) tests/mutants/$(1) --count $(MUTANTS) \
	    --seed $(SEED) --only '$(ONLY)' --jobs $(MUTANT_JOBS) --build $(BUILD)/$@ \
	    --out $(BUILD)/$@.patch

mutants-gen: fixtures $(CONFORM)
	$(call MUTANTS_RUN,model.py) --fixtures $(FIXTURES) --conform $(CONFORM) \
	    $(addprefix --panic ,$(wildcard $(PANIC)))

mutants-guests: $(KCORE) $(CONFORM)
	$(call MUTANTS_RUN,guests.py) --bin $(BUILD)/bin

mutants-panic: $(CONFORM)
	$(call MUTANTS_RUN,panic.py) --fixtures $(PANIC) \
	    --compile '$(subst ','\'',$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS))' \
	    --conform '$(CC) $(KC_LDFLAGS) -o @OUT $(CONFORM_OBJ) @LIB $(LIB_LIBS) -ldl -pthread'
.PHONY: mutants-freebsd mutants-gen mutants-guests mutants-panic
