# SPDX-License-Identifier: BSD-2-Clause
# Suites that judge a mutant, the fastest first.
MUTANTS	?= 50
SEED	?= 1
MUTANT_SUITES ?= unit conform mutants-gen mutants-asan

mutants: fixtures
	$(PYTHON) tests/mutants/mutants.py --count $(MUTANTS) --seed $(SEED) --build $(BUILD)/mutants \
	    --suites $(MUTANT_SUITES) -- CC=$(CC) FIXTURES=$(abspath $(FIXTURES)) PANIC=$(abspath $(PANIC))

# What only a sanitizer sees: a buffer that is too small.
.PHONY: mutants-asan
mutants-asan:
	+$(MAKE) BUILD=$(BUILD)/asan SAN=address,undefined unit

# The random trees that the library reads, as many as a few seconds allow.
.PHONY: mutants-gen
mutants-gen: $(LIB_SO)
	PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD) FIXTURES=$(FIXTURES) GEN_EXAMPLES=25 \
	    KCORE_LIB=$(LIB_SO) $(PYTHON) -m pytest -q -x -p no:cacheprovider --hypothesis-seed=1 \
	    tests/gen/test_library.py
