# SPDX-License-Identifier: BSD-2-Clause
"""DragonFly/x86-64."""

from . import freebsdfull

FORMS = {"elf": freebsdfull.dragonfly, "raw": freebsdfull.dragonfly}
