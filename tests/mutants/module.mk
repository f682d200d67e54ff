# SPDX-License-Identifier: BSD-2-Clause
# MUTANTS=all: every one.  ONLY='lib/format bitmap': files whose path has one of these words.
MUTANTS	?= 50
SEED	?= 1
ONLY	?=
MUTANT_JOBS ?= 2

mutants: fixtures unit $(CONFORM)
	nice $(PYTHON) tests/mutants/mutants.py --count $(MUTANTS) --seed $(SEED) --only '$(ONLY)' \
	    --jobs $(MUTANT_JOBS) --build $(BUILD)/mutants --fixtures $(FIXTURES) \
	    --out $(BUILD)/mutants.patch --compile '$(subst ','\'',$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS))' \
	    --unit '$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o @OUT $(UNIT_OBJ) @LIB $(CUNIT_LIBS) $(LIB_LIBS)' \
	    --conform '$(CC) $(KC_LDFLAGS) -o @OUT $(CONFORM_OBJ) @LIB $(LIB_LIBS) -ldl -pthread' \
	    --suites $(UNIT_SUITES)

# The readers of FreeBSD's and DragonFly's images, and what came with them.
MUTANTS_FREEBSD = format/bitmap format/minidump format/elfcore format/kerneldump port/minidump \
	  port/elfcore port/other port/raw port/freebsd port/dragonfly mmu/array mmu/displaced \
	  mmu/freebsdhpt mmu/powerpc64radix mmu/tsb mmu/virtual api/device api/kernel api/pages \
	  api/percpu api/stats api/swap api/vnet image/compressed symbol/dwarf
.PHONY: mutants-freebsd
mutants-freebsd:
	+$(MAKE) mutants ONLY='$(MUTANTS_FREEBSD)'
