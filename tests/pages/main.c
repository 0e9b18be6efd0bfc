/* tests/pages/main.c - sohoa-pages: sample administrative papers with true text, by seed. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/pages/pageset.h"
#include "tests/pages/typeset.h"

#define EXIT_USAGE 2

static const char help[] =
    "sohoa-pages: draws Vietnamese administrative letters, scans them, and says what they say\n"
    "\n"
    "usage: sohoa-pages --out DIR [options]\n"
    "  --out DIR       folder to write to; made when missing\n"
    "  --seed N        same seed, same bytes (default 1)\n"
    "  --count N       files to write, 1..9999 (default 10; the demo has its own number)\n"
    "  --set SET       demo | clean | bilevel | degraded | mixed | separators\n"
    "                  (default mixed)\n"
    "  --dpi N         50..600 (default 300)\n"
    "  --degrade HOW   none | light | hard, for every file (default: what suits the set)\n"
    "  --skew DEG      turn every scanned page counter-clockwise, -15..15 (default: by seed)\n"
    "  --help          this text\n"
    "\n"
    "writes NNN-kind.EXT, NNN-kind.gt.txt (pages parted by a form feed) and skew.tsv;\n"
    "separator sheets keep their own resolution, wear and skew, and come with separators.tsv\n"
    "\n"
    "examples:\n"
    "  sohoa-pages --set demo --out /tmp/demo\n"
    "  sohoa-pages --set clean --count 20 --seed 7 --out /tmp/clean\n"
    "  sohoa-pages --set bilevel --dpi 200 --degrade light --out /tmp/fax\n"
    "  sohoa-pages --set degraded --skew -1.5 --count 5 --out /tmp/hard\n";

static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *ret_number)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number < low || number > high)
        return false;
    *ret_number = number;
    return true;
}

static bool read_degrees(const char *text, double *ret_degrees)
{
    char *end;
    double degrees = strtod(text, &end);
    if (end == text || *end != '\0' ||
        !(degrees >= -PAGESET_SKEW_MAX && degrees <= PAGESET_SKEW_MAX))
        return false;
    *ret_degrees = degrees;
    return true;
}

static bool read_set(const char *text, enum pageset_kind *ret_kind)
{
    for (enum pageset_kind kind = 0; kind < PAGESET_KINDS; kind++)
        if (strcmp(text, pageset_kind_name(kind)) == 0) {
            *ret_kind = kind;
            return true;
        }
    return false;
}

static bool read_degrade(const char *text, enum degrade *ret_degrade)
{
    static const char *const names[] = {"none", "light", "hard"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *ret_degrade = (enum degrade)i;
            return true;
        }
    return false;
}

static bool read_option(int letter, const char *value, struct pageset_options *options)
{
    uint64_t number = 0;
    bool fine;
    switch (letter) {
    case 'o':
        options->out = value;
        return true;
    case 's':
        return read_number(value, 0, UINT64_MAX, &options->seed);
    case 'c':
        fine = read_number(value, 1, PAGESET_COUNT_MAX, &number);
        options->count = (uint32_t)number;
        return fine;
    case 'p':
        fine = read_number(value, DPI_MIN, DPI_MAX, &number);
        options->dpi = (uint32_t)number;
        return fine;
    case 't':
        return read_set(value, &options->kind);
    case 'd':
        options->degrade_given = true;
        return read_degrade(value, &options->degrade);
    case 'k':
        options->skew_given = true;
        return read_degrees(value, &options->skew_deg);
    }
    return false;
}

static int usage(const char *what, const char *value)
{
    (void)fprintf(stderr, "sohoa-pages: %s%s%s; see --help\n", what, value ? " " : "",
                  value ? value : "");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static const struct option names[] = {{"out", required_argument, NULL, 'o'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 't'},
                                          {"dpi", required_argument, NULL, 'p'},
                                          {"skew", required_argument, NULL, 'k'},
                                          {"degrade", required_argument, NULL, 'd'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct pageset_options options = {.kind = PAGESET_MIXED, .seed = 1, .count = 10, .dpi = 300};
    struct err err = {0};
    int letter;

    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == 'h')
            return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (letter == '?')
            return usage("unknown option", NULL);
        if (!read_option(letter, optarg, &options))
            return usage("bad value", optarg);
    }
    if (optind < argc)
        return usage("no place for", argv[optind]);
    if (!options.out)
        return usage("--out is missing", NULL);
    if (!typeset_font_fits())
        (void)fputs("sohoa-pages: the font Liberation Serif here lacks Vietnamese letters and is "
                    "patched with another; install fonts-liberation2\n",
                    stderr);
    if (pageset_write(&options, &err) < 0) {
        (void)fprintf(stderr, "sohoa-pages: %s\n", err.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
