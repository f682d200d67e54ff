# SPDX-License-Identifier: BSD-2-Clause
.PHONY: man-check package-check readme-check
man-check:
	$(PYTHON) tests/package/man.py lib/kvm.h $(MAN)

package-check: all fixtures
	$(PYTHON) tests/package/install.py $(BUILD) $(FIXTURES)/netbsd-amd64-4level

# What README shows of a dump, on the dump that make panic made.
readme-check: all
	$(PYTHON) tests/package/readme.py $(BUILD)/bin $(PANIC)

check: man-check package-check
