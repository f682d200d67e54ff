# SPDX-License-Identifier: BSD-2-Clause
"""The model: makes kernel dumps from scenarios, and knows what every address in them reads as."""
