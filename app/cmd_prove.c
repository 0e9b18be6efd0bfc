/* app/cmd_prove.c - sohoa prove: a proof for one object, in a file that stands on its own. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/lookup.h"
#include "io/files.h"
#include "storage/archive_log.h"
#include "storage/proof.h"

/* A head that is given, cosigned by others perhaps, has to be one of this log's. */
static int take_head(struct log *log, struct io *io, const char *path, struct bytes *text,
                     struct checkpoint *ret_head, struct err *err)
{
    struct note note;
    struct growth growth;
    struct digest root;
    int rc = io_read_whole(io, IO_CWD, path, NOTE_BYTES_MAX, text, err);
    if (rc == 0)
        return err_set(err, ERR_INPUT, "there is no '%s'", path);
    if (rc < 0 || growth_parse(bytes_span(text), &growth, err) < 0 ||
        note_parse(growth.note, &note, err) < 0 || checkpoint_parse(note.text, ret_head, err) < 0)
        return err_wrap(err, "'%s'", path);
    rc = note_check(&note, log_key(log), NULL, err);
    if (rc < 0)
        return err_wrap(err, "'%s'", path);
    if (rc == 0 || strcmp(ret_head->origin, log_head(log)->origin) != 0 ||
        ret_head->size > log_head(log)->size)
        return err_set(err, ERR_INPUT, "'%s' is no checkpoint of this archive so far", path);
    if (log_root(log, ret_head->size, &root, err) < 0)
        return -1;
    if (!digest_equal(&root, &ret_head->root))
        return err_set(err, ERR_CORRUPT,
                       "'%s' is signed, and of another history than the archive's", path);
    /* The head alone: what stands before it proves something else. */
    size_t before = text->len - growth.note.len;
    memmove(text->data, text->data + before, growth.note.len);
    text->len -= before;
    return 0;
}

static int make_proof(struct log *log, const struct leaf *leaf, const struct checkpoint *head,
                      struct span note, struct bytes *out, struct err *err)
{
    char text[LEAF_ENTRY_MAX];
    struct merkle_proof path;
    CLEANUP(bytes_done) struct bytes extra = {0};
    struct span entry = leaf_entry(leaf, text);
    struct digest hash = merkle_leaf(entry);
    if (log_prove(log, leaf->index, head->size, &path, err) < 0)
        return -1;
    /* Never give a proof away that does not hold. */
    if (!merkle_check(leaf->index, head->size, &hash, &path, &head->root))
        return err_set(err, ERR_CORRUPT, "the log does not prove the object: run sohoa verify");
    if (bytes_append(&extra, entry, err) < 0 || note_key_write(log_key(log), &extra, err) < 0 ||
        bytes_append(&extra, span_of_text("\n"), err) < 0)
        return -1; /* UNTESTED: no memory */
    return proof_write(bytes_span(&extra), leaf->index, &path, note, out, err);
}

static int prove(const char *path, const char *id, const char *checkpoint, const char *output)
{
    struct err err = {0};
    CLEANUP(reading_done) struct reading reading = {.io = NULL};
    CLEANUP(bytes_done) struct bytes text = {0};
    CLEANUP(bytes_done) struct bytes out = {0};
    struct group_entry entry;
    struct leaf leaf;
    if (reading_open(&reading, path, ARCHIVE_READ, &err) < 0)
        return report(&err);
    int found = lookup_object(&reading, id, &entry, &err);
    if (found < 0)
        return err.kind == ERR_INPUT ? usage_error(&command_prove, "%s", err.text) : report(&err);
    if (found == 0) {
        (void)fprintf(stderr, _("sohoa: the archive has no page or object '%s'\n"), id);
        return EXIT_FINDINGS;
    }
    struct log *log = archive_log(reading.archive, &err);
    if (!log || archive_find_leaf(reading.archive, entry.place, &leaf, &err) < 0)
        return report(&err);
    struct checkpoint head = *log_head(log);
    if (checkpoint && take_head(log, reading.io, checkpoint, &text, &head, &err) < 0)
        return report(&err);
    if (leaf.index >= head.size) {
        (void)fprintf(stderr, _("sohoa: '%s' is archived, but not in that signed head yet\n"), id);
        return EXIT_FINDINGS;
    }
    if (make_proof(log, &leaf, &head, checkpoint ? bytes_span(&text) : log_note(log), &out, &err) <
            0 ||
        write_output(reading.io, output, bytes_span(&out), &err) < 0)
        return report(&err);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        COMMON_OPTIONS,
        {"checkpoint", required_argument, NULL, 'c'},
        {"output", required_argument, NULL, 'o'},
        {0},
    };
    const char *checkpoint = NULL, *output = NULL;
    for (int c; (c = getopt_long(argc, argv, "hc:o:", long_options, NULL)) != -1;) {
        if (c == 'h' || c == OPT_HELP) {
            print_help(&command_prove);
            return EXIT_DONE;
        }
        if (c == 'c')
            checkpoint = optarg;
        else if (c == 'o')
            output = optarg;
        else if (c != OPT_JSON)
            return usage_error(&command_prove, _("unknown option or missing value"));
    }
    if (argc - optind != 2)
        return usage_error(&command_prove, _("an archive and an id are needed"));
    return prove(argv[optind], argv[optind + 1], checkpoint, output);
}

const struct command command_prove = {
    .name = "prove",
    .summary = N_("write a proof that an object is in the archive, unchanged"),
    .usage = "prove ARCHIVE ID [-c CHECKPOINT] [-o FILE]",
    .help =
        N_("ID is a page id, for the file the page came in, or the SHA-256 of any object. The\n"
           "proof is one text file (C2SP tlog-proof): what the log says of the object, the path\n"
           "to the log's head, and the signed head. It is checked without sohoa, by anybody and\n"
           "however large the archive has become: tools/verify.sh -k KEY PROOF FILE.\n"
           "\n"
           "Options:\n"
           "  -c, --checkpoint FILE  prove it in this head, one that witnesses have signed too,\n"
           "                         instead of in the newest\n"
           "  -o, --output FILE      write there, whole or not at all (default: standard output)\n"
           "\n"
           "Example:\n"
           "  sohoa prove archive 3f9a0c6d1e2b4a5f8897a6b5c4d3e2f1.0 -o scan.tlog-proof\n"),
    .run = run,
};
