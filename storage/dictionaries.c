/* storage/dictionaries.c - which dictionary goes with which texts: the object their segment begins
 * with. docs/format-segment.md, "Dictionaries". */
#include <assert.h>
#include <inttypes.h>

#include "storage/archive_impl.h"
#include "storage/dictionary.h"

static void drop(struct kept_dictionary *kept)
{
    dictionary_free(kept->dictionary);
    *kept = (struct kept_dictionary){.dictionary = NULL};
}

void archive_drop_dictionaries(struct archive *archive)
{
    for (size_t i = 0; i < ARCHIVE_DICTIONARIES_KEPT; i++)
        drop(&archive->dictionaries[i]);
    dictionary_free(archive->dictionary);
    archive->dictionary = NULL;
}

static const struct dictionary *use(struct archive *archive, struct kept_dictionary *kept)
{
    kept->used = ++archive->clock;
    return kept->dictionary;
}

/* Loads it in place of the one that was not used for longest. */
static const struct dictionary *keep(struct archive *archive, struct span bytes, struct err *err)
{
    struct kept_dictionary *oldest = &archive->dictionaries[0];
    for (size_t i = 1; i < ARCHIVE_DICTIONARIES_KEPT; i++)
        if (archive->dictionaries[i].used < oldest->used)
            oldest = &archive->dictionaries[i];
    struct dictionary *dictionary = dictionary_new(bytes, false, err);
    if (!dictionary)
        return NULL;
    drop(oldest);
    oldest->dictionary = dictionary;
    return use(archive, oldest);
}

/* The header of what a segment begins with, when that can be a dictionary. */
static int read_first(struct archive *archive, uint64_t segment, struct record *ret_record,
                      struct err *err)
{
    if (archive_read_header(archive, (struct place){segment, SEGMENT_BLOCK_BYTES}, ret_record,
                            err) < 0)
        return -1;
    if (ret_record->type != RECORD_BLOB || ret_record->raw_bytes > DICTIONARY_BYTES_MAX)
        return err_set(err, ERR_CORRUPT, "the segment does not begin with one");
    return 0;
}

static int read_bytes(struct archive *archive, uint64_t segment, const struct record *record,
                      struct bytes *out, struct err *err)
{
    const struct place place = {segment, record->off};
    return archive_read(archive, place, &record->id, out, err);
}

static const struct dictionary *of_segment(struct archive *archive, uint64_t segment,
                                           struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    struct record record;
    if (read_first(archive, segment, &record, err) < 0)
        return NULL;
    for (size_t i = 0; i < ARCHIVE_DICTIONARIES_KEPT; i++) {
        struct kept_dictionary *kept = &archive->dictionaries[i];
        if (kept->dictionary && digest_equal(dictionary_id(kept->dictionary), &record.id))
            return use(archive, kept);
    }
    if (read_bytes(archive, segment, &record, &bytes, err) < 0)
        return NULL;
    return keep(archive, bytes_span(&bytes), err);
}

/* From elsewhere than the segment itself: what is loaded, the built-in one, any other segment. */
static const struct dictionary *copy_of(struct archive *archive, uint32_t number)
{
    struct err ignored = {0};
    for (size_t i = 0; i < ARCHIVE_DICTIONARIES_KEPT; i++) {
        struct kept_dictionary *kept = &archive->dictionaries[i];
        if (kept->dictionary && dictionary_number(kept->dictionary) == number)
            return use(archive, kept);
    }
    const struct dictionary *found = keep(archive, dictionary_built_in(), &ignored);
    if (found && dictionary_number(found) == number)
        return found;
    /* By number: opening a segment may read the directory again. */
    uint64_t last = archive->list.len > 0 ? archive->list.names[archive->list.len - 1].seq : 0;
    for (uint64_t seq = last; seq > 0; seq--) {
        found = of_segment(archive, seq, &ignored);
        if (found && dictionary_number(found) == number)
            return found;
    }
    return NULL;
}

int archive_find_dictionary(struct archive *archive, uint64_t segment, uint32_t number,
                            const struct dictionary **ret_dictionary, struct err *err)
{
    struct err why = {0};
    const struct dictionary *found = of_segment(archive, segment, &why);
    if (!found && why.kind == ERR_CORRUPT)
        found = copy_of(archive, number);
    if (!found) {
        *err = why;
        return err_wrap(err, "the dictionary of segment %" PRIu64, segment);
    }
    *ret_dictionary = found;
    return 0;
}

/* --- writing --- */

/* The newest segment with something in it: a crash may have left one that was just made. */
static uint64_t newest(const struct archive *archive)
{
    const struct writer *writer = &archive->writer;
    bool empty = writer->fd >= 0 && writer->end == SEGMENT_BLOCK_BYTES;
    return writer->seq - (empty && writer->seq > 0);
}

/* What the archive was given last. 0 with *ret_dictionary NULL: nothing, or it is damaged. */
static int take_over(struct archive *archive, struct dictionary **ret_dictionary, struct err *err)
{
    CLEANUP(bytes_done) struct bytes bytes = {0};
    struct record record;
    struct dictionary *found = NULL;
    struct err why = {0};
    uint64_t segment = newest(archive);
    if (segment > 0 && read_first(archive, segment, &record, &why) == 0 &&
        read_bytes(archive, segment, &record, &bytes, &why) == 0)
        found = dictionary_new(bytes_span(&bytes), true, &why);
    if (!found && why.kind != ERR_NONE && why.kind != ERR_CORRUPT) {
        *err = why;
        return -1;
    }
    if (found && segment == archive->writer.seq)
        archive->writer.dictionary = *dictionary_id(found);
    *ret_dictionary = found;
    return 0;
}

int archive_dictionary(struct archive *archive, const struct dictionary **ret_dictionary,
                       struct err *err)
{
    assert(archive->mode == ARCHIVE_WRITE);
    if (!archive->dictionary && take_over(archive, &archive->dictionary, err) < 0)
        return err_wrap(err, "load the dictionary");
    if (!archive->dictionary)
        archive->dictionary = dictionary_new(dictionary_built_in(), true, err);
    *ret_dictionary = archive->dictionary;
    return archive->dictionary ? 0 : -1;
}
