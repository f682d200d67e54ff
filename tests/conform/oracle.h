/* SPDX-License-Identifier: BSD-2-Clause */
/* A fixture's oracle: the only thing a checker believes.  Format: fixtures/README.md. */
#ifndef CONFORM_ORACLE_H
#define CONFORM_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum span_kind { SPAN_MAP, SPAN_HOLE, SPAN_ABSENT, SPAN_SHORT };
#define SPAN_KINDS 4

#define PROT_UNSTATED 0xffu

/* One map, hole, absent or short line. */
struct span {
	uint64_t first, last;	/* virtual, both inclusive: the top of 2^64 needs no special case */
	uint64_t pa;		/* MAP; ABSENT, if has_pa: of first */
	bool has_pa;
	enum span_kind kind;
	unsigned prot;		/* MAP: KVM_PROT_*, or PROT_UNSTATED */
	unsigned line;
};

enum ram_kind { RAM_HASH, RAM_ZERO, RAM_ANY, RAM_FILE };

/* One ram line. */
struct ram {
	uint64_t first, last;	/* physical, both inclusive */
	uint64_t off;		/* FILE: in the core */
	enum ram_kind kind;
	unsigned line;
};

/* One bytes line. */
struct exact {
	uint64_t pa;
	size_t len;
	uint8_t *p;
	unsigned line;
};

enum sym_type { SYM_NOTYPE, SYM_OBJECT, SYM_FUNC, SYM_FILE };
enum sym_bind { SYM_LOCAL, SYM_GLOBAL, SYM_WEAK };

struct sym {
	char *name;
	uint64_t va;
	enum sym_type type;
	enum sym_bind bind;
};

struct reg {
	char *name;
	uint64_t value;
};

enum open_verdict { OPEN_OK, OPEN_NOHEADER, OPEN_FAIL };

struct oracle {
	char *path;		/* of the oracle file, for messages */
	char *form, *os, *machine, *regime;
	bool big;
	unsigned bits, vabits;
	uint64_t pagesize;
	bool machine_witness, complete;
	char *core;		/* file name inside the fixture */
	bool has_device, device_at_end;
	uint64_t device_off;
	char *save_text;	/* saving the device must fail with it; NULL: it succeeds */
	bool is_raw;		/* opened as memory from raw_base on ... */
	char *raw_regime;	/* ... and if not NULL with this regime and root register */
	uint64_t raw_base, raw_root;
	struct span dmap;	/* the header's direct map, if has_dmap */
	bool has_dmap;
	int64_t kerndisp;
	enum open_verdict open;
	char *open_family;	/* NULL: any */
	char *open_text;	/* NULL for OPEN_OK */
	uint64_t seed;
	uint64_t top;		/* last virtual address */

	struct span *span;
	struct ram *ram;
	struct exact *exact;	/* sorted by pa */
	struct sym *sym;
	char **nosym;
	struct reg *reg;
	size_t nspan, nram, nexact, nsym, nnosym, nreg;
};

#define ORACLE_ERRLEN 1024

/**
 * Reads and validates an oracle.
 *
 * @param path  the file
 * @param err   receives "path:line: reason" on failure
 * @return      false if the fixture is broken
 */
bool oracle_read(struct oracle *, const char *path, char err[ORACLE_ERRLEN]);
void oracle_fini(struct oracle *);

/* The span that holds va, or NULL if nothing is said about it. */
const struct span *oracle_span(const struct oracle *, uint64_t va);
/* The first span whose last is at or above va, as an index; nspan if none. */
size_t oracle_span_index(const struct oracle *, uint64_t va);
/* The ram line that holds pa, or NULL. */
const struct ram *oracle_ram(const struct oracle *, uint64_t pa);
/* The value of a reg line; false if there is none. */
bool oracle_reg(const struct oracle *, const char *name, uint64_t *ret);
/* The symbol that a name means: a global before a weak, a weak before a local, first hit; NULL. */
const struct sym *oracle_sym(const struct oracle *, const char *name);
/* "map", "hole", "absent", "short" */
const char *span_kind_name(enum span_kind);

#endif
