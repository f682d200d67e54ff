# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/powerpc, 32 bits: full dumps only."""

from . import freebsdvirtual

FORMS = {"elf-virtual": freebsdvirtual.powerpc}
