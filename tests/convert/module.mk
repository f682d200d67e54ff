# SPDX-License-Identifier: BSD-2-Clause
# kcore convert: every byte of the result against the oracle, and what gdb and lldb read from it;
# and how a kernel of another build is told.
CONVERT_COUNT := $(shell cat tests/convert/COUNT)
.PHONY: convert-check
convert-check: all fixtures
	KCORE=$(KCORE) FIXTURES=$(FIXTURES) PYTHONPATH=gen PYTHONDONTWRITEBYTECODE=1 \
	    $(PYTHON) -m pytest -q -rs -p no:cacheprovider --count-at-least=$(CONVERT_COUNT) tests/convert
check: convert-check
