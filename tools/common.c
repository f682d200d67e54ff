/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses by name, texts, errors. */
#include "kcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
complain(const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Errors quote dumps.  File names may be UTF-8, whose C1 controls are C2 80 to C2 9F. */
	unsigned char before = 0;
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		const unsigned char c = *p;
		if (c < 0x20 || c == 0x7f ||
		    (c >= 0x80 && c < 0xa0 && (before < 0x80 || before == 0xc2)))
			*p = '?';
		before = c;
	}
	(void)fprintf(stderr, "kcore: %s\n", text);
}

void
say_safe(const char *s)
{
	for (; *s != '\0'; s++)
		(void)putchar((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f ? *s : '?');
}

bool
output_done(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	complain("standard output: %s", strerror(errno));
	return false;
}

/* The number at text; *end is what follows.  False if there is none or it is too large. */
static bool
number_scan(const char *text, uint64_t *ret, const char **end)
{
	if (text[0] < '0' || text[0] > '9')	/* strtoull takes signs and blanks */
		return false;
	char *stop;
	errno = 0;
	unsigned long long n = strtoull(text, &stop, 0);
	if (errno != 0 || n > UINT64_MAX)
		return false;
	*ret = n;
	*end = stop;
	return true;
}

bool
number_parse(const char *text, uint64_t *ret)
{
	const char *end;
	if (number_scan(text, ret, &end) && *end == '\0')
		return true;
	complain("%s is not a number (as 4096, 0x1000 or 010000)", text);
	return false;
}

bool
raw_options(struct args *args)
{
	struct kvm_open_options *ret = &args->open;
	uint64_t vabits = 0;
	*ret = (struct kvm_open_options) { .ko_size = sizeof(*ret), .ko_regime = args->regime };
	if (args->base == NULL && args->regime == NULL && args->root == NULL && args->vabits == NULL)
		return true;
	ret->ko_flags = KVM_OPEN_RAW;
	if ((args->regime == NULL) != (args->root == NULL) ||
	    (args->vabits != NULL && args->regime == NULL)) {
		complain("--regime and --root go together, --vabits with them");
		return false;
	}
	if ((args->base != NULL && !number_parse(args->base, &ret->ko_base)) ||
	    (args->root != NULL && !number_parse(args->root, &ret->ko_root)) ||
	    (args->vabits != NULL && !number_parse(args->vabits, &vabits)))
		return false;
	if (vabits > 64) {
		complain("--vabits: %ju, wanted 64 at most", (uintmax_t)vabits);
		return false;
	}
	ret->ko_vabits = (unsigned)vabits;
	return true;
}

kvm_t *
core_open(const struct args *args, const char *core)
{
	char err[2048];
	kvm_t *kd = kvm_open_image(args->kernel, core, O_RDONLY, &args->open, err);
	if (kd == NULL)
		complain("%s", err);
	return kd;
}

static bool
symbol_value(kvm_t *kd, const char *name, size_t len, kvaddr_t *ret)
{
	char *copy = malloc(len + 1);
	if (copy == NULL) {
		complain("%s", strerror(errno));
		return false;
	}
	memcpy(copy, name, len);
	copy[len] = '\0';
	struct kvm_symbol sym;
	int found = kvm_symbol_find(kd, copy, &sym);
	if (found == -1)
		complain("%s: %s", copy, kvm_geterr(kd));
	else if (found == 1)
		complain("%s: no such symbol in %s", copy, kvm_getkernelname(kd));
	else
		*ret = sym.ky_value;
	free(copy);
	return found == 0;
}

int
address_parse(kvm_t *kd, const char *text, kvaddr_t *ret)
{
	const bool number = text[0] >= '0' && text[0] <= '9';
	const size_t len = number ? 0 : strcspn(text, "+-");
	const bool offset = !number && text[len] != '\0';
	uint64_t n = 0;
	const char *end = "";
	if ((number || offset) && !number_scan(text + len + (offset ? 1 : 0), &n, &end))
		end = "?";
	if ((!number && len == 0) || *end != '\0') {
		complain("%s is not an address (as 0x1000, allproc or allproc+8)", text);
		return EXIT_USAGE;
	}
	if (number)
		*ret = n;
	else if (!symbol_value(kd, text, len, ret))
		return EXIT_NO;
	else
		*ret = text[len] == '-' ? *ret - n : *ret + n;
	struct kvm_info info;
	if (kvm_getinfo(kd, &info, sizeof(info)) == 0 && info.ki_bits == 32 &&
	    *ret >> 31 == UINT64_MAX >> 31)
		*ret &= UINT32_MAX;
	return EXIT_OK;
}

const char *
address_name(kvm_t *kd, kvaddr_t va, char buf[NAME_MAX_TEXT])
{
	/* Far beyond a symbol an address belongs to something else. */
	enum { NEAR = 1 << 20 };
	struct kvm_symbol sym;
	buf[0] = '\0';
	if (kvm_getkernelname(kd)[0] == '\0' || kvm_symbol_at(kd, va, &sym) != 0)
		return buf;
	uint64_t off = va - sym.ky_value;
	if (off >= NEAR && off >= sym.ky_size)
		return buf;
	if (off == 0)
		(void)snprintf(buf, NAME_MAX_TEXT, "%s", sym.ky_name);
	else
		(void)snprintf(buf, NAME_MAX_TEXT, "%.200s+%#jx", sym.ky_name, (uintmax_t)off);
	return buf;
}

void
say_name(kvm_t *kd, kvaddr_t va, int blanks)
{
	char name[NAME_MAX_TEXT];
	if (address_name(kd, va, name)[0] == '\0')
		return;
	printf("%*s<", blanks, "");
	say_safe(name);
	printf(">");
}

const char *
prot_text(unsigned prot, bool known, char buf[4])
{
	(void)snprintf(buf, 4, "%c%c%c", !known ? '?' : (prot & KVM_PROT_READ) != 0 ? 'r' : '-',
	    !known ? '?' : (prot & KVM_PROT_WRITE) != 0 ? 'w' : '-',
	    !known ? '?' : (prot & KVM_PROT_EXEC) != 0 ? 'x' : '-');
	return buf;
}

const char *
kind_text(enum kvm_kind kind)
{
	static const char *const texts[] = {
		[KVM_MAPPED] = "mapped", [KVM_UNMAPPED] = "unmapped", [KVM_ABSENT] = "absent",
		[KVM_TRUNCATED] = "truncated", [KVM_UNKNOWN] = "unknown",
	};
	return texts[kind];
}

void
json_string(FILE *fp, const char *s)
{
	(void)putc('"', fp);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			(void)fprintf(fp, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)	/* bytes of a dump need not be UTF-8 */
			(void)fprintf(fp, "\\u%04x", c);
		else
			(void)putc(c, fp);
	}
	(void)putc('"', fp);
}
