# SPDX-License-Identifier: BSD-2-Clause
.PHONY: man-check package-check
man-check:
	$(PYTHON) tests/package/man.py lib/kvm.h $(MAN)

package-check: all fixtures
	$(PYTHON) tests/package/install.py $(BUILD) $(FIXTURES)/netbsd-amd64-4level

check: man-check package-check
