# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/powerpc64."""

from . import freebsdpower, freebsdvirtual

FORMS = {"freebsd-minidump": freebsdpower.minidump, "elf-virtual": freebsdvirtual.powerpc64}
