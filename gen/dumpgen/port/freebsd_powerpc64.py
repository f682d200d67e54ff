# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/powerpc64."""

from . import freebsdvirtual

FORMS = {"elf-virtual": freebsdvirtual.powerpc64}
