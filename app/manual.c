/* app/manual.c - help, version and manual page: one text for all. */
#include "app/manual.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "io/io.h"

static const char about[] =
    N_("sohoa takes scanned pages into an archive that can be searched, trusted and proven.\n"
       "Files are only read, never moved or changed; every scan is kept byte for byte.\n");

static const char first_steps[] =
    N_("First steps:\n"
       "  sohoa init archive                 make an archive\n"
       "  sohoa ingest -A archive scans/     take a folder of scans in\n"
       "  sohoa find archive quyet dinh      find pages, with or without tones\n"
       "  sohoa get archive ID -o scan.tif   get an original back, byte for byte\n"
       "  sohoa verify archive               check every byte\n");

static const char exit_codes[] = N_(
    "Exit codes:\n"
    "  0    done; ingest: every file is archived or a duplicate; find: also when no page\n"
    "       matches\n"
    "  1    ingest, watch --once: something was quarantined; verify: something bad or missing;\n"
    "       sync: something differs; repair: something is left damaged;\n"
    "       show, get, assign, retain, event, dossier, destroy: the archive has no such page,\n"
    "       file, dossier or form; destroy, keys: not allowed; selftest: failed\n"
    "       status: the service does not run or waits because of trouble; batch: no such batch;\n"
    "       quarantine: no such file, or something stays\n"
    "  2    wrong words on the command line, or in the file of -c\n"
    "  3    the environment: no such path, not an archive, locked by another writer, newer\n"
    "       format, a key that is not at hand, no space, no permission, model or language not "
    "installed\n"
    "  4    the archive is damaged in a way that stops the command\n"
    "  130  stopped by Ctrl-C, SIGTERM or SIGHUP after the pages in flight; run it again to\n"
    "       go on\n");

static const char environment[] =
    N_("Environment:\n"
       "  SOHOA_ARCHIVE                the archive of 'ingest', 'watch', 'assign' without -A\n"
       "  SOHOA_KEYS                   the key ring of every command without --keys RING\n"
       "  LC_ALL, LC_MESSAGES, LANG    the first that is set: vi... for Vietnamese messages,\n"
       "                               anything else for English\n"
       "  TESSDATA_PREFIX              where the language models are, if not in the usual place\n");

void print_overview(void)
{
    printf("%s\n%s\n", _(about), _("Usage: sohoa COMMAND [OPTION]... [ARGUMENT]...\n"));
    printf("%s\n", _("Commands:"));
    for (const struct command *const *c = commands; *c; c++)
        printf("  %-10s %s\n", (*c)->name, _((*c)->summary));
    printf("\n%s\n%s\n%s\n%s", _(first_steps), _(exit_codes), _(environment),
           _("'sohoa COMMAND --help' tells more of a command, 'sohoa --version' of this program;\n"
             "'sohoa --man | man -l -' shows all of it as a manual page.\n"));
}

void print_help(const struct command *command)
{
    printf("%s %s\n\n%s\n", _("Usage: sohoa"), command->usage, _(command->summary));
    printf("\n%s", _(command->help));
}

int print_version(void)
{
    struct err err = {0};
    const char *why = "";
    struct io *io = io_open(IO_AUTO, &why, &err);
    printf("sohoa %s (archive format %d)\n", SOHOA_VERSION, ARCHIVE_FORMAT_VERSION);
    printf("I/O: %s (%s)\n", io ? io_name(io) : "none", io ? why : err.text);
    io_close(io);
    return EXIT_DONE;
}

/* Text between .nf and .fi: only a backslash, and a dot or quote at a line's start, mean anything.
 */
static void print_literal(const char *text)
{
    bool line_start = true;
    printf(".nf\n");
    for (const char *c = text; *c; c++) {
        if (line_start && (*c == '.' || *c == '\''))
            printf("\\&");
        if (*c == '\\')
            printf("\\e");
        else if (*c == '-')
            printf("\\-");
        else
            putchar(*c);
        line_start = *c == '\n';
    }
    printf("%s.fi\n", line_start ? "" : "\n");
}

int print_manual(void)
{
    printf(".TH SOHOA 1 \"\" \"sohoa %s\" \"sohoa\"\n.SH NAME\n"
           "sohoa \\- from scanned pages to an archive that can be searched and proven\n"
           ".SH SYNOPSIS\n",
           SOHOA_VERSION);
    for (const struct command *const *c = commands; *c; c++) {
        char line[256];
        (void)snprintf(line, sizeof line, "sohoa %s", (*c)->usage);
        print_literal(line);
    }
    printf(".SH DESCRIPTION\n");
    print_literal(about);
    print_literal("\n");
    print_literal(first_steps);
    printf(".SH COMMANDS\n");
    for (const struct command *const *c = commands; *c; c++) {
        printf(".SS %s\n", (*c)->name);
        print_literal((*c)->summary);
        print_literal("\n");
        print_literal((*c)->help);
    }
    printf(".SH EXIT STATUS\n");
    print_literal(exit_codes);
    printf(".SH ENVIRONMENT\n");
    print_literal(environment);
    return EXIT_DONE;
}
