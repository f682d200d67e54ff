# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/powerpc64le."""

from . import freebsdvirtual

FORMS = {"elf-virtual": freebsdvirtual.powerpc64}
