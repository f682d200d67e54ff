# The model judged by itself, by the library and by QEMU.  tests/gen/COUNT: tests that must
# take part.  GEN_EXAMPLES: random trees a test; PYTEST_FLAGS=--hypothesis-seed=N repeats a run.
# A library with a sanitizer in it needs that sanitizer's runtime before all others.
GEN_PRELOAD = $(if $(SAN),LD_PRELOAD="$(foreach s,asan ubsan,$(shell $(CC) -print-file-name=lib$(s).so))" ASAN_OPTIONS=detect_leaks=0)

gen-check: fixtures $(LIB_SO)
	$(GEN_PRELOAD) PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD) FIXTURES=$(FIXTURES) \
	    KCORE_LIB=$(BUILD)/lib/libkvm.so GEN_COUNT=$(shell cat tests/gen/COUNT) \
	    $(PYTHON) -m pytest -q -p no:cacheprovider $(PYTEST_FLAGS) tests/gen

check: gen-check
.PHONY: gen-check
