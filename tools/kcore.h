/* SPDX-License-Identifier: BSD-2-Clause */
/* What kcore's commands share. */
#ifndef KCORE_H
#define KCORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kvm.h"

/* Exit statuses. */
enum { EXIT_OK = 0, EXIT_NO = 1, EXIT_USAGE = 2 };

/* The command line after the command's name. */
struct args {
	const char *kernel;	/* -k, or NULL */
	const char *offset;	/* --offset, or NULL */
	/* A core without a header: --base, --regime, --root, --vabits, or NULL. */
	const char *base, *regime, *root, *vabits;
	struct kvm_open_options open;	/* what those four say */
	bool json, trace, raw, keep, help;
	char **operands;
	int noperands;
};

struct command {
	const char *name, *usage, *what;
	const char *options;	/* letters of those it takes: k o(ffset) j t r K(eep) C(ore) */
	int min, max;		/* operands; max -1: any number */
	int (*run)(const struct args *args);
};

extern const struct command cmd_convert, cmd_info, cmd_map, cmd_nm, cmd_ports, cmd_read, cmd_save,
    cmd_xlate;

/* Prints "kcore: ..." on standard error, without control bytes that came from a dump. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints a text of a dump or of a kernel: ASCII, and '?' for what a terminal may obey. */
void say_safe(const char *s);

/* Fills open by what the options say of memory; false and a complaint if that is wrong. */
bool raw_options(struct args *args);

/* Opens a core read-only; complains and returns NULL if that fails. */
kvm_t *core_open(const struct args *args, const char *core);

/* A number in C syntax.  False and a complaint if it is none. */
bool number_parse(const char *text, uint64_t *ret);

/*
 * A number, or SYMBOL, SYMBOL+NUMBER, SYMBOL-NUMBER; of a 32-bit target extended by zeros, as the
 * library returns it.  EXIT_OK; EXIT_USAGE or, if there is no such symbol, EXIT_NO and a complaint.
 */
int address_parse(kvm_t *kd, const char *text, kvaddr_t *ret);

/* "symbol+0x10" for an address, or "" if no symbol is near; in buf. */
#define NAME_MAX_TEXT 256
const char *address_name(kvm_t *kd, kvaddr_t va, char buf[NAME_MAX_TEXT]);

/* The same as a terminal may see it, in <> and after so many blanks, or nothing. */
void say_name(kvm_t *kd, kvaddr_t va, int blanks);

/* "rwx", or "???" where the format does not tell. */
const char *prot_text(unsigned prot, bool known, char buf[4]);
const char *kind_text(enum kvm_kind kind);

/* A JSON string with its quotes. */
void json_string(FILE *fp, const char *s);

/* Flushes standard output; false and a complaint if anything could not be written. */
bool output_done(void);

#endif
