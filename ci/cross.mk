# SPDX-License-Identifier: BSD-2-Clause
# CROSS=i386 or s390x: compiler, libraries and the way to run what was built.  i386 runs as it
# is on x86-64, because the loader is named in the program; CROSS_RUN= overrides.
TRIPLET_i386	= i686-linux-gnu
TRIPLET_s390x	= s390x-linux-gnu
LOADER_i386	= ld-linux.so.2
LOADER_s390x	= ld64.so.1
CROSS_RUN_i386	= $(if $(filter x86_64 i686,$(shell uname -m)),,qemu-i386)
CROSS_RUN_s390x	= qemu-s390x

TRIPLET	:= $(or $(TRIPLET_$(CROSS)),$(error CROSS=$(CROSS): only i386 and s390x are known))
SYSROOT	:= $(CURDIR)/build/sysroot-$(CROSS)
$(if $(wildcard $(SYSROOT)/.complete),,$(error $(SYSROOT) is not there: run ci/sysroot $(CROSS)))

CC	= $(TRIPLET)-gcc
CXX	= $(TRIPLET)-g++
AR	= $(TRIPLET)-ar
NM	= $(TRIPLET)-nm
CROSS_RUN ?= $(CROSS_RUN_$(CROSS))
RUN	= $(CROSS_RUN)

LIBELF_CFLAGS = -I$(SYSROOT)/include
LIBELF_LIBS = -L$(SYSROOT)/lib -lelf
ZLIB_LIBS = $(if $(wildcard $(SYSROOT)/include/zlib.h),-lz)
ZSTD_LIBS = $(if $(wildcard $(SYSROOT)/include/zstd.h),-lzstd)
LIBDW_LIBS = $(if $(wildcard $(SYSROOT)/include/elfutils/libdw.h),-ldw)
CROSS_LDFLAGS = -Wl,--disable-new-dtags -L$(SYSROOT)/lib -Wl,-rpath-link,$(SYSROOT)/lib \
	  -Wl,-rpath,$(SYSROOT)/lib \
	  -Wl,-rpath,/usr/$(TRIPLET)/lib -Wl,--dynamic-linker,/usr/$(TRIPLET)/lib/$(LOADER_$(CROSS))
