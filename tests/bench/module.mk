# SPDX-License-Identifier: BSD-2-Clause
# The images are made by the model, like the fixtures, but are no fixtures: nobody judges them.
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
BENCH_OBJ = $(BENCH_SRC:%.c=$(BUILD)/obj/%.o)
BENCH_DIR = $(BUILD)/bench

$(BUILD)/bin/bench: $(BENCH_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(BENCH_OBJ) $(LIB_A) $(LIB_LIBS)

$(BENCH_DIR)/%/oracle: tests/bench/%.toml $(wildcard gen/dumpgen/*.py gen/dumpgen/*/*.py)
	PYTHONPATH=gen $(PYTHON) -m dumpgen build $< -o $(BENCH_DIR)
	@touch $@

# What the reads go to is said by first and last address.
DIRECT	= ffffa08000000000 ffffa0ffffffffff
HEAP	= ffff800000000000 ffff8fffffffffff
DMAP	= fffff80000000000 fffffbffffffffff
KVA	= fffffe0000000000 ffffffffffffffff

bench: $(BUILD)/bin/bench $(BENCH_DIR)/bench-1g/oracle $(BENCH_DIR)/bench-64g/oracle \
    $(BENCH_DIR)/bench-64m/oracle $(BENCH_DIR)/bench-1t/oracle
	@$(BUILD)/bin/bench "1 GiB, 2 MiB pages" $(BENCH_DIR)/bench-1g $(DIRECT)
	@$(BUILD)/bin/bench "1 GiB, 4 KiB pages in scattered frames" $(BENCH_DIR)/bench-1g $(HEAP)
	@$(BUILD)/bin/bench "64 GiB, sparse, 2 MiB pages" $(BENCH_DIR)/bench-64g $(DIRECT)
	@$(BUILD)/bin/bench "minidump of 64 MiB, direct map" $(BENCH_DIR)/bench-64m $(DMAP)
	@$(BUILD)/bin/bench "minidump of 1 TiB, direct map" $(BENCH_DIR)/bench-1t $(DMAP)
	@$(BUILD)/bin/bench "minidump of 1 TiB, page map" $(BENCH_DIR)/bench-1t $(KVA)
	@$(BUILD)/bin/bench "minidump of 1 TiB to that of 64 MiB, direct map" $(BENCH_DIR)/bench-64m \
	    $(DMAP) $(BENCH_DIR)/bench-1t

.PHONY: bench-check
# Only that it works, on a small image; nothing is timed.
bench-check: $(BUILD)/bin/bench fixtures
	$(BUILD)/bin/bench "smoke test" $(FIXTURES)/netbsd-amd64-4level-directmap
	@echo "1 passed, 0 failed, 0 skipped"
