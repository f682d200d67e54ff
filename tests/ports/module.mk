# SPDX-License-Identifier: BSD-2-Clause
# The support table: fixtures/PORTS and README's copy are made from the last results.
# Both want `make conform ask panic` to have run.
ports:
	$(PYTHON) tests/ports/ports.py $(BUILD) $(FIXTURES) $(PANIC)
ports-check:
	$(PYTHON) tests/ports/ports.py --check $(BUILD) $(FIXTURES) $(PANIC)
.PHONY: ports ports-check
