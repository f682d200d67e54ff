# SPDX-License-Identifier: BSD-2-Clause
MUTANTS	?= 50
SEED	?= 1
MUTANT_SUITES ?= unit conform gen-lib-check

mutants: fixtures
	$(PYTHON) tests/mutants/mutants.py --count $(MUTANTS) --seed $(SEED) --build $(BUILD)/mutants \
	    --suites $(MUTANT_SUITES) -- CC=$(CC) FIXTURES=$(abspath $(FIXTURES)) PANIC=$(abspath $(PANIC))
