/* app/cmd_dictionary.c - sohoa dictionary: learns from an archive's texts how to store them
 * smaller.
 *
 * Every fifth text is kept back from training and judges the result: what is not smaller there is
 * not taken. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/clock.h"
#include "records/index.h"
#include "storage/dictionary.h"

#define PAGES_DEFAULT   1000u
#define PAGES_MIN       50u
#define PAGES_MAX       5000u
#define JUDGE_EVERY     5u /* one text of so many */
#define TEXTS_BYTES_MAX (512 * MIB)

enum { OPT_PAGES = OPT_FIRST_OWN, OPT_SIZE };

static const struct option options[] = {{"pages", required_argument, NULL, OPT_PAGES},
                                        {"size", required_argument, NULL, OPT_SIZE},
                                        {"output", required_argument, NULL, 'o'},
                                        COMMON_OPTIONS,
                                        {0}};

/* Texts one behind the other. */
struct texts {
    struct bytes all;
    size_t *sizes; /* PAGES_MAX of them */
    size_t len;
};

struct learning {
    const char *archive, *output; /* output NULL: the archive takes the dictionary */
    uint64_t pages_max, size;
    bool json;
    struct reading reading;
    struct texts learn, judge;
    uint64_t seen;
    struct bytes bytes;   /* of the dictionary */
    double before, after; /* bytes of a text of judge */
};

static void learning_done(struct learning *learning)
{
    bytes_done(&learning->learn.all);
    bytes_done(&learning->judge.all);
    free(learning->learn.sizes);
    free(learning->judge.sizes);
    bytes_done(&learning->bytes);
    reading_done(&learning->reading);
}

/* A dictionary stands in the segments as it is: it must not learn from what is sealed. */
static int add_text(void *self, const struct digest *alto, struct err *err)
{
    struct learning *learning = self;
    struct group_entry entry;
    int found = catalogue_find_object(learning->reading.catalogue, alto, &entry, err);
    if (found < 0)
        return -1;
    if (found > 0 && entry.codec == CODEC_SEALED)
        return 0;
    bool judges = learning->seen++ % JUDGE_EVERY == 0;
    struct texts *texts = judges ? &learning->judge : &learning->learn;
    size_t before = texts->all.len;
    if (before > TEXTS_BYTES_MAX)
        return 0; /* UNTESTED: half a gigabyte of text */
    if (index_read(learning->reading.archive, learning->reading.catalogue, alto, &texts->all, err) <
        0)
        return -1;
    texts->sizes[texts->len++] = texts->all.len - before;
    return 0;
}

static int collect(struct learning *learning, struct err *err)
{
    learning->learn.sizes = calloc(PAGES_MAX, sizeof *learning->learn.sizes);
    learning->judge.sizes = calloc(PAGES_MAX, sizeof *learning->judge.sizes);
    if (!learning->learn.sizes || !learning->judge.sizes)
        return err_sys(err, "collect texts"); /* UNTESTED: no memory */
    int found = catalogue_texts(learning->reading.catalogue, (uint32_t)learning->pages_max,
                                add_text, learning, err);
    if (found >= 0 && learning->seen < PAGES_MIN)
        return err_input(err, REASON_NONE,
                         "the archive has %llu pages with text, and %u are needed to learn from",
                         (unsigned long long)learning->seen, PAGES_MIN);
    return found < 0 ? -1 : 0;
}

/* Mean bytes of the texts kept back, stored with this dictionary. */
static int judge(const struct texts *texts, const struct dictionary *dictionary, double *ret_mean,
                 struct err *err)
{
    uint64_t bytes = 0;
    size_t off = 0;
    for (size_t i = 0; i < texts->len; off += texts->sizes[i++]) {
        CLEANUP(object_done) struct object object = {.type = OBJECT_BLOB};
        if (object_prepare_text(&object, span_of(texts->all.data + off, texts->sizes[i]),
                                dictionary, err) < 0)
            return -1; /* UNTESTED: no memory */
        bytes += object.stored.len;
    }
    *ret_mean = (double)bytes / (double)texts->len;
    return 0;
}

static int learn(struct learning *learning, const struct dictionary *now, struct err *err)
{
    const struct texts *texts = &learning->learn;
    const struct dictionary_samples samples = {bytes_span(&texts->all), texts->sizes, texts->len};
    if (dictionary_train(&samples, (size_t)learning->size, &learning->bytes, err) < 0)
        return -1;
    CLEANUP(dictionary_freep)
    struct dictionary *made = dictionary_new(bytes_span(&learning->bytes), true, err);
    if (!made || judge(&learning->judge, now, &learning->before, err) < 0 ||
        judge(&learning->judge, made, &learning->after, err) < 0)
        return -1;
    return 0;
}

/* The archive's dictionary, or the built-in one when the archive is only read. */
static int learn_and_keep(struct learning *learning, bool *ret_better, struct err *err)
{
    const struct dictionary *now = NULL;
    struct reading *reading = &learning->reading;
    CLEANUP(dictionary_freep) struct dictionary *built_in = NULL;
    if (learning->output) {
        built_in = dictionary_new(dictionary_built_in(), true, err);
        now = built_in;
    } else if (index_catch_up(reading->archive, reading->catalogue, NULL, err) < 0 ||
               archive_dictionary(reading->archive, &now, err) < 0)
        return -1;
    if (!now || collect(learning, err) < 0 || learn(learning, now, err) < 0)
        return -1;
    *ret_better = learning->output || learning->after < learning->before;
    if (learning->output)
        return write_output(reading->io, learning->output, bytes_span(&learning->bytes), err);
    if (!*ret_better)
        return 0;
    if (archive_set_dictionary(reading->archive, bytes_span(&learning->bytes),
                               clock_ns(CLOCK_REALTIME), err) < 0)
        return -1;
    return index_catch_up(reading->archive, reading->catalogue, NULL, err);
}

static int tell(const struct learning *learning, bool better)
{
    struct err err = {0};
    char hex[DIGEST_HEX_LEN + 1], size[32];
    struct digest id = digest_of(bytes_span(&learning->bytes));
    if (learning->json) {
        CLEANUP(json_freep)
        json_t *json = json_pack(
            "{s:I s:I s:s s:I s:f s:f s:b}", "learned_from", (json_int_t)learning->learn.len,
            "judged_by", (json_int_t)learning->judge.len, "sha256", digest_hex(&id, hex), "bytes",
            (json_int_t)learning->bytes.len, "text_bytes_before", learning->before,
            "text_bytes_after", learning->after, "taken", better);
        if (json_print_line(json, &err) < 0)
            return report(&err);
        return better ? EXIT_DONE : EXIT_FINDINGS;
    }
    printf(_("a dictionary of %s, learned from the texts of %zu pages\n"),
           size_text(learning->bytes.len, size), learning->learn.len);
    printf(_("%zu other pages: %.0f bytes of text a page, %.0f so far\n"), learning->judge.len,
           learning->after, learning->before);
    if (!better)
        printf(_("that is not smaller: the archive keeps what it has\n"));
    return better ? EXIT_DONE : EXIT_FINDINGS;
}

/* False: a value is wrong. */
static bool take_option(int c, struct learning *learning)
{
    switch (c) {
    case OPT_PAGES:
        return parse_number(optarg, PAGES_MIN, PAGES_MAX, &learning->pages_max);
    case OPT_SIZE:
        return parse_number(optarg, DICTIONARY_BYTES_MIN, DICTIONARY_BYTES_MAX, &learning->size);
    case 'o':
        learning->output = optarg;
        return true;
    case OPT_JSON:
        learning->json = true;
        return true;
    default: /* an int of getopt_long() */
        return false;
    }
}

static int run(int argc, char **argv)
{
    CLEANUP(learning_done)
    struct learning learning = {.pages_max = PAGES_DEFAULT, .size = DICTIONARY_BYTES_DEFAULT};
    struct err err = {0};
    bool better = false;
    for (int c; (c = getopt_long(argc, argv, "ho:", options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_dictionary);
            return EXIT_DONE;
        }
        if (c == '?')
            return usage_error(&command_dictionary, _("unknown option or missing value"));
        if (!take_option(c, &learning))
            return usage_error(&command_dictionary, _("bad value '%s'"), optarg);
    }
    if (argc - optind != 1)
        return usage_error(&command_dictionary, _("one archive is needed"));
    learning.archive = argv[optind];
    enum archive_mode mode = learning.output ? ARCHIVE_READ : ARCHIVE_WRITE;
    if (reading_open(&learning.reading, learning.archive, mode, &err) < 0 ||
        learn_and_keep(&learning, &better, &err) < 0)
        return report(&err);
    return tell(&learning, better);
}

const struct command command_dictionary = {
    .name = "dictionary",
    .summary = N_("learn from an archive's texts how to store the next ones smaller"),
    .usage = "dictionary ARCHIVE [--pages N] [--size BYTES] [-o FILE] [--json]",
    .help = N_("Texts are compressed with a dictionary of what they have in common. The one that\n"
               "is built in was made of Vietnamese administrative papers; this makes one of the\n"
               "archive's own, from pages spread evenly over it. One page in five is kept back to\n"
               "judge by: if its text does not get smaller, nothing is changed, and the exit code\n"
               "is 1. Else the archive begins a new segment with the dictionary and uses it for\n"
               "every text to come; what it holds stays as it is. Worth doing after some thousand\n"
               "pages.\n"
               "\n"
               "Options:\n"
               "  --pages N      pages to learn from and to judge by, 50..5000 (default 1000)\n"
               "  --size BYTES   of the dictionary at most, 1K..1M (default 64K)\n"
               "  -o FILE, --output FILE\n"
               "                 only write it to FILE; the archive is read, not changed\n"
               "  --json         one JSON object\n"
               "\n"
               "Example:\n"
               "  sohoa dictionary archive\n"),
    .run = run,
};
