# SPDX-License-Identifier: BSD-2-Clause
#
# Memory checkers beside the compilers' address and undefined sanitizers, which SAN= gives.
#
#   make valgrind   unit tests, and conformance over one fixture of each port and regime; no SAN=
#   make msan       what needs no libelf, in a build of its own: dumps without a kernel, page tables
#   make tsan       conformance over the same sample: each fixture by eight threads
#
# MEMORY_ONLY='PATTERN,...' judges only conformance checks with such names.
MEMORY_ONLY ?=
MEMORY_FLAGS = $(if $(MEMORY_ONLY),--only '$(MEMORY_ONLY)')
VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
	  --track-fds=no --num-callers=20
# Suites to leave out.
VALGRIND_SKIP ?=

valgrind: $(BUILD)/bin/unit unit-kernels $(CONFORM) fixtures
	@test -z '$(SAN)' || { echo 'valgrind: not with SAN='; exit 2; }
	$(VALGRIND) $(BUILD)/bin/unit tests/unit/COUNT $(if $(VALGRIND_SKIP),$(filter-out \
	    $(VALGRIND_SKIP),$(UNIT_SUITES)))
	$(VALGRIND) $(CONFORM) -j $(CONFORM_JOBS) --timeout 3600 $(MEMORY_FLAGS) $(MEMORY_DIRS)

# One fixture of each port and regime.
MEMORY_DIRS = $(shell $(MAKE) -s --no-print-directory CONFORM_SET=ports FIXTURES=$(FIXTURES) conform-dirs)
conform-dirs:
	@echo $(CONFORM_DIRS)

MEMORY_MAKE = $(MAKE) --no-print-directory CC=clang FIXTURES=$(FIXTURES)

# Suites that call libc alone; libelf, libdw and the decompressors are not instrumented, so what they
# write counts as unwritten.  So does what glibc's fstat64 writes, which clang 14 does not know:
# no files either.
MSAN_SUITES = $(filter mmu mmu_%,$(UNIT_SUITES)) format bitmap loops
msan: fixtures
	+$(MEMORY_MAKE) BUILD=$(BUILD)/msan SAN=memory CFLAGS='-O1 -g -fsanitize-memory-track-origins' msan-run

msan-run: $(BUILD)/bin/unit $(BUILD)/bin/bare
	$(BUILD)/bin/unit tests/unit/COUNT $(MSAN_SUITES)
	$(BUILD)/bin/bare $(FIXTURES)/*/

$(BUILD)/bin/bare: $(BUILD)/obj/tests/valgrind/bare.o $(BUILD)/obj/tests/fuzz/check.o $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB_A) $(LIB_LIBS)
$(BUILD)/obj/tests/valgrind/bare.o: KC_CPPFLAGS += -Itests/fuzz

tsan: fixtures
	+$(MEMORY_MAKE) BUILD=$(BUILD)/tsan SAN=thread CFLAGS='-O1 -g' tsan-run

tsan-run: $(CONFORM)
	TSAN_OPTIONS=halt_on_error=1 $(CONFORM) -j $(CONFORM_JOBS) --timeout 600 \
	    --only '$(or $(MEMORY_ONLY),threads)' $(MEMORY_DIRS)

.PHONY: valgrind msan msan-run tsan tsan-run conform-dirs
