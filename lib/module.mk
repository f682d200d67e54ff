# The library: every .c below lib/.
LIB_SRC	:= $(sort $(wildcard lib/*.c lib/*/*.c lib/*/*/*.c))
LIB_OBJ	= $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
LIB_PIC	= $(LIB_SRC:%.c=$(BUILD)/obj/%.pic.o)
LIB_VERSION = 1.0.0
LIB_SONAME = libkvm.so.1
LIB_A	= $(BUILD)/lib/libkvm.a
LIB_SO	= $(BUILD)/lib/libkvm.so.$(LIB_VERSION)

$(LIB_A): $(LIB_OBJ)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

$(LIB_SO): $(LIB_PIC) lib/libkvm.map
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) -Wl,--version-script=lib/libkvm.map \
	    $(if $(SAN),,-Wl,-z,defs) -o $@ $(LIB_PIC) $(LIB_LIBS)
	ln -sf $(@F) $(BUILD)/lib/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(BUILD)/lib/libkvm.so

all: $(LIB_A) $(LIB_SO)
