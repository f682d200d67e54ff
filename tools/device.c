/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's and DragonFly's dump devices: what they hold, and saving it. */
#include "device.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "save.h"

const char *
dump_time(uint64_t seconds, char buf[DUMP_TIME_LEN])
{
	struct tm tm;
	const time_t t = (time_t)seconds;
	if (t < 0 || (uint64_t)t != seconds || gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, DUMP_TIME_LEN, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		(void)snprintf(buf, DUMP_TIME_LEN, "%" PRIu64 " seconds", seconds);
	return buf;
}

/* A text of the header may end in a newline, or hold anything if nobody wrote it. */
static void
show_line(const char *label, const char *text)
{
	char line[256];	/* the longest text of the header has 192 bytes */
	(void)snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	printf("%-9s ", label);
	say_safe(line);
	(void)putchar('\n');
}

const char *
dump_suffix(const struct kvm_dump_info *info)
{
	return strcmp(info->kd_compression, "gzip") == 0 ? ".gz" :
	    strcmp(info->kd_compression, "zstd") == 0 ? ".zst" : "";
}

void
dump_show(const struct kvm_dump_info *info)
{
	char when[DUMP_TIME_LEN];
	show_line("panic", info->kd_panicstring);
	show_line("host", info->kd_hostname);
	show_line("version", info->kd_versionstring);
	show_line("time", dump_time(info->kd_time, when));
}

static bool
suffix_fits(const char *name, const char *suffix)
{
	const size_t n = strlen(name), m = strlen(suffix);
	return n >= m && strcmp(name + n - m, suffix) == 0;
}

/* Why there is nothing to save; NULL if there is. */
static const char *
unsavable(const struct kvm_dump_info *info)
{
	if (info->kd_cleared)
		return "the dump is cleared: it was saved before";
	if (info->kd_text)
		return "a textdump: it holds no memory, but files of text";
	if (info->kd_encrypted)
		return "an encrypted dump: savecore(8) saves it with its key, decryptcore(8) decrypts it";
	if (strcmp(info->kd_compression, "unknown") == 0)
		return "the dump has an unknown compression";
	return NULL;
}

/* Whether there is a kernel to check with, before anything is done. */
static bool
kernel_opens(const char *kernel)
{
	char err[2048];
	kvm_t *kd = kvm_open_mem(kernel, NULL, 0, NULL, err);	/* symbols only */
	if (kd == NULL)
		complain("%s", err);
	else
		kvm_close(kd);
	return kd != NULL;
}

/* Says if the saved core is not what the kernel named by -k can read; it is saved all the same. */
static void
check_kernel(const struct args *args)
{
	char err[2048];
	kvm_t *kd = kvm_openfiles(args->kernel, args->operands[1], NULL, O_RDONLY, err);
	if (kd == NULL)
		complain("warning: the saved core does not open: %s", err);
	else
		kvm_close(kd);
}

static bool
save_found(kvm_t *kd, const struct args *args)
{
	const char *device = args->operands[0], *out = args->operands[1];
	struct kvm_dump_info info;
	const int found = kvm_dump_find(kd, &info, sizeof(info));
	if (found != 0) {
		complain("%s%s", found == 1 ? "no dump: " : "", kvm_geterr(kd));
		return false;
	}
	const char *why = unsavable(&info);
	if (why != NULL) {
		complain("%s: %s", device, why);
		return false;
	}
	if (!save_bytes(args, info.kd_offset, info.kd_length))
		return false;
	if (args->kernel != NULL)
		check_kernel(args);
	if (!args->keep && kvm_dump_clear(kd) == -1) {
		complain("%s is saved, but the dump on %s is not cleared: %s", out, device,
		    kvm_geterr(kd));
		return false;
	}
	dump_show(&info);
	printf("%s: %#jx bytes, %s on %s\n", out, (uintmax_t)info.kd_length,
	    args->keep ? "kept" : "cleared", device);
	if (!suffix_fits(out, dump_suffix(&info)))
		printf("It is compressed with %s: savecore(8) would name it %s%s\n",
		    info.kd_compression, out, dump_suffix(&info));
	return true;
}

int
save_from_end(const struct args *args)
{
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE };
	char err[2048];
	if (args->kernel != NULL && !kernel_opens(args->kernel))
		return EXIT_NO;
	kvm_t *kd = kvm_open_image(NULL, args->operands[0], args->keep ? O_RDONLY : O_RDWR,
	    &options, err);
	if (kd == NULL) {
		complain("%s", err);
		return EXIT_NO;
	}
	const bool ok = save_found(kd, args);
	kvm_close(kd);
	return ok ? EXIT_OK : EXIT_NO;
}

int
device_info(const struct args *args)
{
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE };
	const char *device = args->operands[0];
	kvm_t *kd = kvm_open_image(NULL, device, O_RDONLY, &options, NULL);
	struct kvm_dump_info info;
	const bool found = kd != NULL && kvm_dump_find(kd, &info, sizeof(info)) == 0;
	if (found && args->json) {
		printf("{\n  \"device\": ");
		json_string(stdout, device);
		printf(",\n  \"architecture\": ");
		json_string(stdout, info.kd_architecture);
		printf(",\n  \"hostname\": ");
		json_string(stdout, info.kd_hostname);
		printf(",\n  \"version\": ");
		json_string(stdout, info.kd_versionstring);
		printf(",\n  \"panic\": ");
		json_string(stdout, info.kd_panicstring);
		printf(",\n  \"time\": %ju,\n  \"offset\": \"%#jx\",\n  \"length\": \"%#jx\",\n"
		    "  \"extent\": \"%#jx\",\n  \"header\": %u,\n  \"blocksize\": %u,\n"
		    "  \"compression\": \"%s\",\n  \"encrypted\": %s,\n  \"textdump\": %s,\n"
		    "  \"cleared\": %s\n}\n", (uintmax_t)info.kd_time, (uintmax_t)info.kd_offset,
		    (uintmax_t)info.kd_length, (uintmax_t)info.kd_extent, info.kd_version,
		    info.kd_blocksize, info.kd_compression, info.kd_encrypted ? "true" : "false",
		    info.kd_text ? "true" : "false", info.kd_cleared ? "true" : "false");
	} else if (found) {
		printf("%-9s %s\n", "device", device);
		printf("%-9s %s%s of ", "dump", info.kd_encrypted ? "encrypted " : "",
		    info.kd_text ? "textdump" : "kernel dump");
		say_safe(info.kd_architecture);
		printf(", header version %u, %s%s\n", info.kd_version, info.kd_cleared ?
		    "cleared: it was saved before" : "not saved yet",
		    info.kd_text || info.kd_encrypted ? ": kcore cannot read it" : "");
		printf("%-9s %#jx bytes at offset %#jx, compression %s\n", "place",
		    (uintmax_t)info.kd_length, (uintmax_t)info.kd_offset, info.kd_compression);
		dump_show(&info);
	}
	kvm_close(kd);
	return found ? EXIT_OK : EXIT_NO;
}
