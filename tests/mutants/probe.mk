# SPDX-License-Identifier: BSD-2-Clause
# Compiles one file as the library is compiled, without debug information, so that a change that
# leaves the code as it was can be told.
probe:
	$(CC) $(KC_CPPFLAGS) $(KC_CFLAGS) -g0 -c -o $(PROBE_OUT) $(PROBE)
