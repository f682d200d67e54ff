# The model judged by itself, by the library and by QEMU.  tests/gen/COUNT: tests that must
# take part.  GEN_EXAMPLES: random trees a test; PYTEST_FLAGS=--hypothesis-seed=N repeats a run.
# A library built with AddressSanitizer needs the compiler's runtime loaded before all others.
GEN_ASAN = $(shell f=$$($(CC) -print-file-name=libclang_rt.asan-$$(uname -m).so); \
	     test -e $$f || f=$$($(CC) -print-file-name=libasan.so); echo $$f)
GEN_SAN = $(if $(findstring address,$(SAN)),LD_PRELOAD=$(GEN_ASAN) ASAN_OPTIONS=detect_leaks=0)

gen-check: fixtures $(LIB_SO)
	$(GEN_SAN) PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD) FIXTURES=$(FIXTURES) \
	    KCORE_LIB=$(BUILD)/lib/libkvm.so GEN_COUNT=$(shell cat tests/gen/COUNT) \
	    $(PYTHON) -m pytest -q -rs -p no:cacheprovider $(PYTEST_FLAGS) tests/gen

check: gen-check
.PHONY: gen-check

# Many more random trees to QEMU's MMU: make ask-random TREES=500; GEN_SEED=N repeats a run,
# ASK_ONLY=riscv takes the regimes with that in their names.
TREES	?= 100
ask-random:
	PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD) ASK_TREES=$(TREES) \
	    $(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/gen/test_ask.py
.PHONY: ask-random

# The model's readers against the tables of the kernels that panicked (make panic).
gen-guests:
	PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/gen/guests.py $(PANIC)
.PHONY: gen-guests
