# SPDX-License-Identifier: BSD-2-Clause
# What emu/ask and emu/panic must do with wrong fixtures and with machines that go wrong.
emu-check: $(KCORE)
	PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD) $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/emu
.PHONY: emu-check
