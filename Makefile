# SPDX-License-Identifier: BSD-2-Clause
#
# GNU make.  Every output lies below $(BUILD).  Each folder adds its own
# module.mk; this file holds what they share.
#
#   make [all]      library and tools
#   make fixtures   fixtures/*.toml -> $(BUILD)/fixtures
#   make conform    judge the library by the fixtures
#   make ask        put the fixtures' page tables to QEMU's MMU
#   make ask-random TREES=100: so many random trees of each regime to QEMU's MMU
#   make panic      kernels that panic in QEMU -> $(BUILD)/panic
#   make defects    DEFECTS='PATTERN...': put each known defect into the library, see it found
#   make check      the tests of this one configuration that need no QEMU; ci/check runs all
#   make bench      speed, as numbers and ratios; never fails for being slow
#   make mutants    MUTANTS=200 SEED=1: break the library in so many places, count who notices
#   make mutants-freebsd: the same in what reads FreeBSD's and DragonFly's images alone
#   make mutants-gen, mutants-guests: the same for the model, and for the kernels that panic
#   make mutants-panic: break the library's MMUs, and ask those kernels' dumps alone
#   make valgrind, msan, tsan: unit tests and a sample of fixtures under these checkers
#   make dist-fixtures  one archive for porters: fixtures, runner and worker, with libc alone
#   make coverage   lines and branches of the library that the tests reach -> $(BUILD)/coverage.{txt,html}
#   make install    PREFIX=/usr/local DESTDIR=
#   make clean
#
# CC=clang, SAN=address,undefined and BUILD= work with each.  CROSS=i386 or CROSS=s390x builds
# for that machine, with the libraries that ci/sysroot fetched, and runs the tests under qemu-user.

CROSS	?=
BUILD	?= build$(CROSS:%=/%)
PREFIX	?= /usr/local
DESTDIR	?=
SAN	?=
PYTHON	?= /usr/bin/python3
PKG_CONFIG ?= pkg-config

# Fixtures are the same bytes whoever reads them: another BUILD may read these.
FIXTURES ?= $(BUILD)/fixtures
PANIC	?= $(BUILD)/panic

# What stands before a built program to run it; empty where it runs as it is.
RUN	=

ifeq ($(origin CC),default)
CC	= cc
endif
ifneq ($(CROSS),)
include ci/cross.mk
endif
OPT	?= -O2
WARN	= -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wvla -Werror
CFLAGS	?= $(OPT) -g
ifeq ($(CROSS),)
LIBELF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libelf 2>/dev/null)
LIBELF_LIBS := $(shell $(PKG_CONFIG) --libs libelf 2>/dev/null || echo -lelf)
# Without one of these (make ZSTD_LIBS=) images compressed so are refused.
ZLIB_LIBS := $(shell $(PKG_CONFIG) --libs zlib 2>/dev/null)
ZSTD_LIBS := $(shell $(PKG_CONFIG) --libs libzstd 2>/dev/null)
# Without libdw the layout of the kernel's structures is known only where a kernel has CTF.
LIBDW_LIBS := $(shell $(PKG_CONFIG) --libs libdw 2>/dev/null)
endif
LIB_LIBS = $(LIBDW_LIBS) $(LIBELF_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS)

SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
KC_CPPFLAGS = -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Ilib $(LIBELF_CFLAGS) \
	  $(if $(ZLIB_LIBS),-DHAVE_ZLIB) $(if $(ZSTD_LIBS),-DHAVE_ZSTD) \
	  $(if $(LIBDW_LIBS),-DHAVE_LIBDW) $(CPPFLAGS)
KC_CFLAGS = -std=c11 $(WARN) $(CFLAGS) $(SANFLAGS)
KC_LDFLAGS = $(SANFLAGS) $(CROSS_LDFLAGS) $(LDFLAGS)

all:

# A change of compiler or flags rebuilds everything: the object directory
# remembers what it was built with.
CONFIG	:= $(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) SAN=$(SAN) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBDW_LIBS)
STAMP	= $(BUILD)/obj/.config
$(STAMP): FORCE
	@mkdir -p $(@D)
	@echo '$(CONFIG)' | cmp -s - $@ || echo '$(CONFIG)' >$@

FORCE:
.PHONY: all FORCE fixtures conform ask panic check bench mutants install help clean
.DELETE_ON_ERROR:
.SUFFIXES:

# Objects of the shared library and of everything else, so that both may be
# built from one tree by one make -j.
$(BUILD)/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/%.pic.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -fPIC -fno-semantic-interposition -MMD -MP -c -o $@ $<

include $(sort $(wildcard */module.mk tests/*/module.mk))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# A page is installed under its own name, and linked from every other name in its NAME section.
MAN	= $(sort $(wildcard */man/*.[0-9]))
MAN_NAMES = sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ]*\).*/\1/p'
INSTALL	= install
BINDIR	= $(PREFIX)/bin
LIBDIR	= $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR	= $(PREFIX)/share/man

install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR) \
	    $(MANDIR)/man1 $(MANDIR)/man3)
	$(INSTALL) -m 755 $(addprefix $(BUILD)/bin/,kcore kcore-conform kcore-worker-dlopen) \
	    $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 $(LIB_A) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $(LIB_SO) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(LIB_SO)) $(DESTDIR)$(LIBDIR)/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(LIBDIR)/libkvm.so
	$(INSTALL) -m 644 lib/kvm.h $(DESTDIR)$(INCLUDEDIR)
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@LIBDIR@,$(LIBDIR),' -e 's,@INCLUDEDIR@,$(INCLUDEDIR),' \
	    -e 's,@VERSION@,$(LIB_VERSION),' \
	    -e 's,@REQUIRES@,libelf$(if $(ZLIB_LIBS), zlib)$(if $(ZSTD_LIBS), libzstd)$(if $(LIBDW_LIBS), libdw),' lib/libkvm.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/libkvm.pc
	for page in $(MAN); do \
		section=$${page##*.}; dir=$(DESTDIR)$(MANDIR)/man$$section; file=$${page##*/}; \
		$(INSTALL) -m 644 $$page $$dir || exit 1; \
		for name in $$($(MAN_NAMES) $$page); do \
			[ $$name.$$section = $$file ] || ln -sf $$file $$dir/$$name.$$section; \
		done; \
	done

help:
	@sed -n '/^#   make/,/^$$/s/^# \{0,1\}//p' Makefile

clean:
	rm -rf $(BUILD)
