# SPDX-License-Identifier: BSD-2-Clause
# kcore: linked with the static library, so that it runs from where it was built.
KCORE_SRC := $(sort $(wildcard tools/*.c))
KCORE_OBJ = $(KCORE_SRC:%.c=$(BUILD)/obj/%.o)
KCORE	= $(BUILD)/bin/kcore

$(KCORE): $(KCORE_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(KCORE_OBJ) $(LIB_A) $(LIBELF_LIBS)

all: $(KCORE)
