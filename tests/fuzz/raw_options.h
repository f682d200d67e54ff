/* SPDX-License-Identifier: BSD-2-Clause */
/* How a fixture's image is opened: raw memory wants what its oracle's line "raw BASE [REGIME ROOT]" says. */
#ifndef FUZZ_RAW_OPTIONS_H
#define FUZZ_RAW_OPTIONS_H

#include <inttypes.h>
#include <string.h>

#include "fuzz.h"

/* regime: where its name is kept. */
static inline void
raw_options(const char *dir, char regime[16], struct kvm_open_options *ret)
{
	char path[1100], line[256];
	*ret = (struct kvm_open_options) { .ko_size = sizeof(*ret) };
	(void)snprintf(path, sizeof(path), "%s/oracle", dir);
	FILE *fp = fopen(path, "r");
	MUST(fp != NULL, "%s", path);
	unsigned vabits = 0;
	/* It stands before what is mapped, which may be millions of lines. */
	while (fgets(line, sizeof(line), fp) != NULL && strncmp(line, "map ", 4) != 0) {
		(void)sscanf(line, "vabits %u", &vabits);
		const int n = sscanf(line, "raw %" SCNx64 " %15s %" SCNx64, &ret->ko_base, regime,
		    &ret->ko_root);
		if (n < 1)
			continue;
		MUST(n == 1 || n == 3, "%s: %s", path, line);
		ret->ko_flags = KVM_OPEN_RAW;
		ret->ko_regime = n == 3 ? regime : NULL;
	}
	(void)fclose(fp);
	if (ret->ko_regime != NULL)
		ret->ko_vabits = vabits;
}

#endif
