/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore: looks into kernel memory images. */
#include "kcore.h"

#include <fcntl.h>
#include <string.h>

static const struct command *const commands[] = {
	&cmd_info, &cmd_read, &cmd_xlate, &cmd_map, &cmd_nm, &cmd_save, &cmd_convert, &cmd_ports,
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *fp)
{
	(void)fprintf(fp, "usage: kcore COMMAND ...\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		(void)fprintf(fp, "  kcore %-7s %-44s %s\n", commands[i]->name,
		    commands[i]->usage, commands[i]->what);
	(void)fprintf(fp, "Numbers are written as in C; an address may be SYMBOL, SYMBOL+N or "
	    "SYMBOL-N.\nA CORE of memory without a header: --base N, and --regime NAME --root N "
	    "[--vabits N]\nunless the kernel's symbols tell the page tables.\nWithout --offset, save "
	    "finds a dump of FreeBSD or DragonFly at DEVICE's end, and -k only\nmakes it try whether "
	    "OUT opens.\nExit status: 0 done, 1 the dump says no, 2 wrong usage.\n");
}

static int
usage_of(const struct command *cmd, FILE *fp)
{
	(void)fprintf(fp, "usage: kcore %s %s\n", cmd->name, cmd->usage);
	return EXIT_USAGE;
}

static bool
is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static const struct {
	const char *word;
	char letter;
	bool value;
} options[] = {
	{ "-k", 'k', true },
	{ "--offset", 'o', true },
	{ "--json", 'j', false },
	{ "--trace", 't', false },
	{ "--raw", 'r', false },
	{ "--keep", 'K', false },
	{ "--base", 'C', true },
	{ "--regime", 'C', true },
	{ "--root", 'C', true },
	{ "--vabits", 'C', true },
};
#define NOPTIONS (sizeof(options) / sizeof(options[0]))

/* How to open a core that is memory without a header. */
static void
core_option_set(struct args *args, const char *word, const char *value)
{
	if (strcmp(word, "--base") == 0)
		args->base = value;
	else if (strcmp(word, "--regime") == 0)
		args->regime = value;
	else if (strcmp(word, "--root") == 0)
		args->root = value;
	else
		args->vabits = value;
}

static void
option_set(struct args *args, char letter, const char *word, const char *value)
{
	switch (letter) {
	case 'C':
		core_option_set(args, word, value);
		break;
	case 'k':
		args->kernel = value;
		break;
	case 'o':
		args->offset = value;
		break;
	case 'j':
		args->json = true;
		break;
	case 't':
		args->trace = true;
		break;
	case 'r':
		args->raw = true;
		break;
	default:
		args->keep = true;
		break;
	}
}

/* Options may stand anywhere before "--"; operands are gathered at the front of argv. */
static bool
args_parse(const struct command *cmd, int argc, char **argv, struct args *args)
{
	*args = (struct args) { .operands = argv };
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				argv[args->noperands++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[args->noperands++] = argv[i];
			continue;
		}
		if (is_help(argv[i])) {
			args->help = true;
			return true;
		}
		size_t o = 0;
		while (o < NOPTIONS && strcmp(argv[i], options[o].word) != 0)
			o++;
		if (o == NOPTIONS || strchr(cmd->options, options[o].letter) == NULL) {
			complain("%s: no option %s", cmd->name, argv[i]);
			return false;
		}
		if (options[o].value && i + 1 == argc) {
			complain("%s: %s needs a value", cmd->name, argv[i]);
			return false;
		}
		option_set(args, options[o].letter, options[o].word,
		    options[o].value ? argv[++i] : NULL);
	}
	return args->noperands >= cmd->min && (cmd->max == -1 || args->noperands <= cmd->max) &&
	    raw_options(args);
}

/*
 * A file that is opened must not get the number of a standard stream that is closed: messages would
 * be written over a dump.  Writing to these fails, as before.
 */
static bool
streams_taken(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDONLY) != fd)
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	if (!streams_taken()) {
		complain("/dev/null: it cannot be opened in place of a closed standard stream");
		return EXIT_NO;
	}
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (is_help(argv[1])) {
		usage(stdout);
		return output_done() ? EXIT_OK : EXIT_NO;
	}
	for (size_t i = 0; i < NCOMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) != 0)
			continue;
		struct args args;
		if (!args_parse(commands[i], argc - 2, argv + 2, &args))
			return usage_of(commands[i], stderr);
		int status = args.help ? EXIT_OK : commands[i]->run(&args);
		if (status == EXIT_USAGE)
			return usage_of(commands[i], stderr);
		if (args.help)
			(void)usage_of(commands[i], stdout);
		return output_done() ? status : EXIT_NO;
	}
	complain("no command %s", argv[1]);
	usage(stderr);
	return EXIT_USAGE;
}
