# SPDX-License-Identifier: BSD-2-Clause
"""What emu/ask and emu/panic share: the oracle file, QEMU, its gdb stub."""
