/* storage/witness.c - what a witness remembers of others' logs, and when it signs. */
#include "storage/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "storage/proof.h"

void witness_done(struct witness *witness)
{
    free(witness->logs);
    *witness = (struct witness){.len = 0};
}

static struct witness_log *find(const struct witness *witness, const char *origin)
{
    for (size_t i = 0; i < witness->len; i++)
        if (strcmp(witness->logs[i].key.name, origin) == 0)
            return &witness->logs[i];
    return NULL;
}

static int add(struct witness *witness, const struct witness_log *log, struct err *err)
{
    if (witness->len == WITNESS_LOGS_MAX)
        return err_set(err, ERR_INPUT, "a witness of more than %u logs", WITNESS_LOGS_MAX);
    struct witness_log *logs = realloc(witness->logs, (witness->len + 1) * sizeof *witness->logs);
    if (!logs)
        return err_sys(err, "remember a log"); /* UNTESTED: no memory */
    witness->logs = logs;
    logs[witness->len++] = *log;
    return 0;
}

int witness_trust(struct witness *witness, const struct note_key *key, struct err *err)
{
    const struct witness_log *known = find(witness, key->name);
    if (key->type != NOTE_KEY_LOG)
        return err_set(err, ERR_INPUT, "the key of %s is none of a log", key->name);
    if (known && !note_key_equal(&known->key, key))
        return err_set(err, ERR_INPUT, "%s is known under another key already", key->name);
    struct witness_log log = {.key = *key, .root = merkle_empty()};
    return known ? 0 : add(witness, &log, err);
}

static bool take_word(struct span *line, struct span *ret_word)
{
    const uint8_t *blank = line->len ? memchr(line->data, ' ', line->len) : NULL;
    if (!blank)
        return false;
    *ret_word = span_of(line->data, (size_t)(blank - line->data));
    *line = span_of(blank + 1, line->len - ret_word->len - 1);
    return true;
}

int witness_parse(struct span text, struct witness *ret_witness, struct err *err)
{
    CLEANUP(witness_done) struct witness witness = {.len = 0};
    struct span line;
    for (unsigned n = 1; text.len > 0; n++) {
        struct witness_log log;
        struct span vkey, size;
        if (!text_take_line(&text, &line) || !take_word(&line, &vkey) || !take_word(&line, &size) ||
            note_key_parse(vkey, &log.key, err) < 0 || log.key.type != NOTE_KEY_LOG ||
            find(&witness, log.key.name) || !number_parse(size, MERKLE_SIZE_MAX, &log.size) ||
            !hash_parse(line, &log.root))
            return err_set(err, ERR_INPUT, "line %u is no log that was seen", n);
        if (add(&witness, &log, err) < 0)
            return -1;
    }
    *ret_witness = witness;
    witness = (struct witness){.len = 0};
    return 0;
}

int witness_write(const struct witness *witness, struct bytes *out, struct err *err)
{
    for (size_t i = 0; i < witness->len; i++) {
        const struct witness_log *log = &witness->logs[i];
        if (note_key_write(&log->key, out, err) < 0 ||
            bytes_printf(out, err, " %" PRIu64 " ", log->size) < 0 ||
            hash_write(&log->root, out, err) < 0 || bytes_append(out, span_of_text("\n"), err) < 0)
            return -1; /* UNTESTED: no memory */
    }
    return 0;
}

/* Whether a head continues the one that was signed last. */
static int check_history(const struct witness_log *log, const struct checkpoint *head,
                         const struct growth *growth, struct err *err)
{
    if (head->size < log->size)
        return err_set(err, ERR_INPUT,
                       "SHORTER: %s shows %" PRIu64 " entries, %" PRIu64
                       " were signed before: an old checkpoint, or entries were taken out",
                       log->key.name, head->size, log->size);
    bool same_size = head->size == log->size;
    if (!same_size && log->size > 0 && (!growth->told || growth->old != log->size))
        return err_set(err, ERR_INPUT,
                       "NO PROOF: %" PRIu64 " entries of %s were signed before; ask for the "
                       "checkpoint made with --since %" PRIu64,
                       log->size, log->key.name, log->size);
    bool continues = same_size
                         ? digest_equal(&head->root, &log->root)
                         : log->size == 0 || merkle_check_growth(log->size, head->size, &log->root,
                                                                 &growth->proof, &head->root);
    if (continues)
        return 0;
    return err_set(err, ERR_INPUT,
                   "REWRITTEN: %s with %" PRIu64 " entries does not continue the %" PRIu64
                   " that were signed before: keep this checkpoint, it is evidence",
                   log->key.name, head->size, log->size);
}

int witness_look(struct witness *witness, struct span checkpoint, struct span *ret_text,
                 struct err *err)
{
    struct growth growth;
    struct note note;
    struct checkpoint head;
    if (growth_parse(checkpoint, &growth, err) < 0 || note_parse(growth.note, &note, err) < 0 ||
        checkpoint_parse(note.text, &head, err) < 0)
        return -1;
    struct witness_log *log = find(witness, head.origin);
    if (!log)
        return err_set(err, ERR_INPUT, "UNKNOWN LOG: %s; take its key in with --trust",
                       head.origin);
    int signed_by_it = note_check(&note, &log->key, NULL, err);
    if (signed_by_it < 0)
        return -1;
    if (signed_by_it == 0)
        return err_set(err, ERR_INPUT, "NOT SIGNED by the key that is known of %s", head.origin);
    if (check_history(log, &head, &growth, err) < 0)
        return -1;
    log->size = head.size;
    log->root = head.root;
    *ret_text = note.text;
    return 0;
}
