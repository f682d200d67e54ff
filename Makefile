# SPDX-License-Identifier: BSD-2-Clause
#
# GNU make.  Every output lies below $(BUILD).  Each folder adds its own
# module.mk; this file holds what they share.
#
#   make [all]            library and tools
#   make fixtures         fixtures/*.toml -> $(BUILD)/fixtures
#   make conform          judge the library by the fixtures
#   make check            everything below ci/check except the set-up
#   make ask              put the fixtures' page tables to QEMU's MMU
#   make bench mutants install clean
#
# CC=clang, SAN=address,undefined, PREFIX=, DESTDIR=, BUILD= work with each.

BUILD	?= build
PREFIX	?= /usr/local
DESTDIR	?=
SAN	?=
PYTHON	?= /usr/bin/python3
PKG_CONFIG ?= pkg-config

ifeq ($(origin CC),default)
CC	= cc
endif
OPT	?= -O2
WARN	= -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wvla -Werror
CFLAGS	?= $(OPT) -g
LIBELF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libelf 2>/dev/null)
LIBELF_LIBS := $(shell $(PKG_CONFIG) --libs libelf 2>/dev/null || echo -lelf)

SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
KC_CPPFLAGS = -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -Ilib $(LIBELF_CFLAGS) $(CPPFLAGS)
KC_CFLAGS = -std=c11 $(WARN) $(CFLAGS) $(SANFLAGS)
KC_LDFLAGS = $(SANFLAGS) $(LDFLAGS)

# A change of compiler or flags rebuilds everything: the object directory
# remembers what it was built with.
CONFIG	:= $(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) SAN=$(SAN)
STAMP	= $(BUILD)/obj/.config
$(STAMP): FORCE
	@mkdir -p $(@D)
	@echo '$(CONFIG)' | cmp -s - $@ || echo '$(CONFIG)' >$@

all:
FORCE:
.PHONY: all FORCE fixtures conform check ask bench mutants install clean
.DELETE_ON_ERROR:
.SUFFIXES:

# Objects of the shared library and of everything else, so that both may be
# built from one tree by one make -j.
$(BUILD)/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/obj/%.pic.o: %.c $(STAMP)
	@mkdir -p $(@D)
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

include $(sort $(wildcard */module.mk tests/*/module.mk))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD)
