# SPDX-License-Identifier: BSD-2-Clause
# CUnit tests of the library's layers: each tests/unit/<layer>.c is a suite.
UNIT_SRC := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJ = $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)
# Every file is a suite, but for these.
UNIT_SUITES := $(patsubst tests/unit/%.c,%,$(filter-out %/main.c %/allocations.c,$(UNIT_SRC)))
CUNIT_LIBS ?= $(shell $(PKG_CONFIG) --libs cunit 2>/dev/null || echo -lcunit)

# Rewritten only if the list of suites changed.
$(BUILD)/obj/tests/unit/suites.def: FORCE
	@mkdir -p $(@D)
	@printf 'SUITE(%s)\n' $(UNIT_SUITES) | cmp -s - $@ || printf 'SUITE(%s)\n' $(UNIT_SUITES) >$@

$(UNIT_OBJ): KC_CPPFLAGS += -I$(BUILD)/obj/tests/unit
$(BUILD)/obj/tests/unit/main.o: $(BUILD)/obj/tests/unit/suites.def

# Kernels of the suite freebsd: its variables for several machines, linked to where a dump of
# that machine has its memory, with debug information and, once, without.
UNIT_KERNELS := $(BUILD)/obj/tests/unit/kernel
KERNEL_CC ?= clang
KERNEL_amd64	= 0xfffff80000200000 x86_64-unknown-freebsd
KERNEL_amd64-nodebug = $(KERNEL_amd64) -g0
KERNEL_dragonfly = $(KERNEL_amd64) -DDRAGONFLY
KERNEL_aarch64	= 0xffffa00000200000 aarch64-unknown-freebsd
KERNEL_riscv64	= 0xffffffd000200000 riscv64-unknown-freebsd -mno-relax -DNAMES_APART
KERNEL_i386	= 0xc0400000 i386-unknown-freebsd
KERNEL_mips	= 0x80200000 mips-unknown-freebsd -fno-pic -mno-abicalls -G0
KERNEL_powerpc	= 0x00100000 powerpc-unknown-freebsd -DNAMES_APART
KERNEL_powerpc64 = 0xc000000000100000 powerpc64-unknown-freebsd13 -mabi=elfv2
UNIT_KERNEL_FILES := $(addprefix $(UNIT_KERNELS)/freebsd-,amd64 amd64-nodebug dragonfly aarch64 riscv64 i386 \
	  mips powerpc powerpc64)

$(UNIT_KERNEL_FILES): $(UNIT_KERNELS)/freebsd-%: tests/unit/kernel/declares.c \
    tests/unit/kernel/freebsd.c tests/unit/module.mk
	@mkdir -p $(@D)
	for c in declares freebsd; do \
		$(KERNEL_CC) --target=$(word 2,$(KERNEL_$*)) -ffreestanding -fno-common -O1 -g \
		    -fdebug-compilation-dir=. \
		    $(wordlist 3,9,$(KERNEL_$*)) -c -o $@.$$c.o tests/unit/kernel/$$c.c || exit 1; \
	done
	ld.lld -static -e 0 -z max-page-size=4096 --image-base=$(word 1,$(KERNEL_$*)) -o $@ \
	    $@.declares.o $@.freebsd.o

# The same without it, but with CTF of either version, compressed or not.
CTF_amd64	= 3
CTF_aarch64	= 2
CTF_riscv64	= 3 z
CTF_i386	= 2
CTF_mips	= 2 z
CTF_powerpc	= 3
CTF_powerpc64	= 2
UNIT_CTF := $(patsubst %,$(UNIT_KERNELS)/freebsd-%-ctf,amd64 aarch64 riscv64 i386 mips powerpc powerpc64)
UNIT_KERNEL_FILES += $(UNIT_CTF)
$(UNIT_CTF): $(UNIT_KERNELS)/freebsd-%-ctf: $(UNIT_KERNELS)/freebsd-% tests/unit/kernel/ctf.py \
    tests/unit/module.mk
	$(PYTHON) tests/unit/kernel/ctf.py $(CTF_$*) $< $@.types
	printf '.section .SUNW_ctf,"",%%progbits\n.incbin "%s"\n' $@.types >$@.s
	$(KERNEL_CC) --target=$(word 2,$(KERNEL_$*)) $(filter-out -D%,$(wordlist 3,9,$(KERNEL_$*))) \
	    -Wno-unused-command-line-argument -c -o $@.o $@.s
	ld.lld -static -e 0 -z max-page-size=4096 --image-base=$(word 1,$(KERNEL_$*)) --strip-debug \
	    -o $@ $<.declares.o $<.freebsd.o $@.o

# Kernels that have nothing but a struct pcpu of that size.
UNIT_KERNEL_FILES += $(addprefix $(UNIT_KERNELS)/pcpu-,0 1 1048576 1048577)
$(UNIT_KERNELS)/pcpu-%: tests/unit/kernel/pcpu.c tests/unit/module.mk
	@mkdir -p $(@D)
	$(KERNEL_CC) --target=$(word 2,$(KERNEL_amd64)) -ffreestanding -g -fdebug-compilation-dir=. \
	    -DSIZE=$* -c -o $@.o $<
	ld.lld -static -e 0 -o $@ $@.o

# Kernels whose debug information lies elsewhere: where it is looked for, not there, another's,
# no ELF file, without any, behind a path, behind a link that ends before the CRC, and beside a kernel
# that has kept some of its sections.
OBJCOPY ?= objcopy
LINKED := $(UNIT_KERNELS)/linked
UNIT_KERNEL_FILES += $(LINKED)/made
$(LINKED)/made: $(UNIT_KERNELS)/freebsd-amd64 tests/unit/module.mk
	rm -rf $(LINKED)
	mkdir -p $(addprefix $(LINKED)/,beside sub/.debug both/.debug missing wrong text empty path cut few first/.debug)
	$(OBJCOPY) --only-keep-debug $< $(LINKED)/kernel.debug
	$(OBJCOPY) -g $< $(LINKED)/stripped
	cd $(LINKED) && $(OBJCOPY) --add-gnu-debuglink=kernel.debug stripped missing/kernel
	for d in beside sub both wrong text first; do cp $(LINKED)/missing/kernel $(LINKED)/$$d || exit 1; done
	cp $(LINKED)/kernel.debug $(LINKED)/beside
	cp $(LINKED)/kernel.debug $(LINKED)/sub/.debug
	cp $(LINKED)/kernel.debug $(LINKED)/both/.debug
	(cat $(LINKED)/kernel.debug; echo another) >$(LINKED)/wrong/kernel.debug
	cp $(LINKED)/wrong/kernel.debug $(LINKED)/both
	cp $(LINKED)/wrong/kernel.debug $(LINKED)/first
	echo text >$(LINKED)/text/kernel.debug
	cp $(LINKED)/text/kernel.debug $(LINKED)/first/.debug
	cp $(LINKED)/stripped $(LINKED)/empty/kernel.debug
	cd $(LINKED)/empty && $(OBJCOPY) --add-gnu-debuglink=kernel.debug ../stripped kernel
	printf '../beside/kernel.debug\0\0\0\0\0\0' >$(LINKED)/path/link
	printf 'kernel.debug\0\0\0\0' >$(LINKED)/cut/link
	for d in path cut; do $(OBJCOPY) --add-section .gnu_debuglink=$(LINKED)/$$d/link \
	    $(LINKED)/stripped $(LINKED)/$$d/kernel || exit 1; done
	$(OBJCOPY) --add-section .debug_frame=$(LINKED)/text/kernel.debug $(LINKED)/missing/kernel $(LINKED)/few/kernel
	cp $(LINKED)/kernel.debug $(LINKED)/few
	touch $@

# By this name, which modules read before this one may use, too.
.PHONY: unit-kernels
unit-kernels: $(UNIT_KERNEL_FILES)

$(UNIT_OBJ): KC_CPPFLAGS += -DUNIT_KERNELS='"$(UNIT_KERNELS)"'

# tests/unit/allocations.c lets allocations fail, port_faults.c reads; compressed.c says how full a file system is,
# what becomes of writes, and whether zlib and zstd have memory.
ALLOC_WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
UNIT_WRAP = $(ALLOC_WRAP) -Wl,--wrap=fstatvfs,--wrap=fstatvfs64,--wrap=pwrite,--wrap=pwrite64 \
	    -Wl,--wrap=pread,--wrap=pread64,--wrap=ftruncate,--wrap=ftruncate64 \
	    -Wl,--wrap=inflateInit2_,--wrap=ZSTD_createDStream

$(BUILD)/bin/unit: $(UNIT_OBJ) $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(KC_LDFLAGS) $(UNIT_WRAP) -o $@ $(UNIT_OBJ) $(LIB_A) $(CUNIT_LIBS) $(LIB_LIBS)

# RUN: how to start a program built for another machine (qemu-s390x -L ...).
.PHONY: unit
unit: $(BUILD)/bin/unit unit-kernels
	$(RUN) $(BUILD)/bin/unit tests/unit/COUNT

check: unit
