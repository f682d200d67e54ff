# SPDX-License-Identifier: BSD-2-Clause
# The support table: fixtures/PORTS and README's copy are made from the last results.
# Both want `make conform ask panic` to have run.
ports:
	$(PYTHON) tests/ports/ports.py $(BUILD) $(FIXTURES) $(PANIC)
ports-check:
	$(PYTHON) tests/ports/ports.py --check $(BUILD) $(FIXTURES) $(PANIC)
# A port's name only in the port's files.
ports-files:
	$(PYTHON) tests/ports/files.py
check: ports-files
.PHONY: ports ports-check ports-files
