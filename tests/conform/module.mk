# kcore-conform: judges a libkvm by fixtures.
CONFORM_SRC := $(sort $(wildcard tests/conform/*.c))
CONFORM_OBJ = $(CONFORM_SRC:%.c=$(BUILD)/obj/%.o)
CONFORM = $(BUILD)/bin/kcore-conform

$(CONFORM): $(CONFORM_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -o $@ $(CONFORM_OBJ) $(LIB_A) $(LIBELF_LIBS) -ldl -pthread

all: $(CONFORM)
