# SPDX-License-Identifier: BSD-2-Clause
# CUnit tests of the library's layers: each tests/unit/<layer>.c is a suite.
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ = $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_SUITES := $(patsubst tests/unit/%.c,%,$(filter-out tests/unit/main.c,$(UNIT_SRC)))
CUNIT_LIBS ?= $(shell $(PKG_CONFIG) --libs cunit 2>/dev/null || echo -lcunit)

# Rewritten only if the list of suites changed.
$(BUILD)/obj/tests/unit/suites.def: FORCE
	@mkdir -p $(@D)
	@printf 'SUITE(%s)\n' $(UNIT_SUITES) | cmp -s - $@ || printf 'SUITE(%s)\n' $(UNIT_SUITES) >$@

$(UNIT_OBJ): KC_CPPFLAGS += -I$(BUILD)/obj/tests/unit
$(BUILD)/obj/tests/unit/main.o: $(BUILD)/obj/tests/unit/suites.def

# tests/unit/api.c lets allocations fail.
UNIT_WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

$(BUILD)/bin/unit: $(UNIT_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o $@ $(UNIT_OBJ) $(LIB_A) $(CUNIT_LIBS) $(LIB_LIBS)

# RUN: how to start a program built for another machine (qemu-s390x -L ...).
.PHONY: unit
unit: $(BUILD)/bin/unit
	$(RUN) $(BUILD)/bin/unit tests/unit/COUNT

check: unit
