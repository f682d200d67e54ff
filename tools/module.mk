# SPDX-License-Identifier: BSD-2-Clause
# kcore: linked with the static library, so that it runs from where it was built.
KCORE_SRC := $(sort $(wildcard tools/*.c))
KCORE_OBJ = $(KCORE_SRC:%.c=$(BUILD)/obj/%.o)
KCORE	= $(BUILD)/bin/kcore

# The support table, as C.
$(BUILD)/include/tools/ports.inc: fixtures/PORTS
	@mkdir -p $(@D)
	awk '!/^#/ { printf "{"; for (i = 1; i <= NF; i++) printf " \"%s\",", $$i; print " }," }' $< >$@
$(BUILD)/obj/tools/ports.o: $(BUILD)/include/tools/ports.inc
$(BUILD)/obj/tools/ports.o: KC_CPPFLAGS += -I$(BUILD)/include

$(KCORE): $(KCORE_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(KCORE_OBJ) $(LIB_A) $(LIB_LIBS)

all: $(KCORE)
