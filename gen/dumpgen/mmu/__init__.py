# SPDX-License-Identifier: BSD-2-Clause
"""Translation regimes: tables and entries only, nothing of files or operating systems."""
