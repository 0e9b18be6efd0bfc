/* app/damage.c - telling of damage: lines for people and for programs, and a bar of bytes. */
#include "app/damage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What storage says is wrong, for the catalogue of messages: gettext() finds them by their text. */
static const char *const texts[] = {
    N_("it does not expand to its size"),
    N_("it does not match its checksum"),
    N_("it expands to more than its size"),
    N_("its bytes do not match its digest"),
    N_("its compressed bytes cannot be expanded"),
    N_("its stored bytes do not match their checksum"),
    N_("no record starts here"),
    N_("the closing record does not continue the chain"),
    N_("the commit record breaks a rule of the format"),
    N_("the commit record is about other records"),
    N_("the file ends here"),
    N_("the file ends inside a block"),
    N_("the first block does not match its checksum"),
    N_("the first block has bytes that must be zero"),
    N_("the first block is not that of a segment"),
    N_("the first block is not there"),
    N_("the first block is of another format version"),
    N_("the group does not continue the chain"),
    N_("the group does not match its hash"),
    N_("the medium cannot be read here"),
    N_("the record belongs elsewhere in the segment"),
    N_("the record belongs to another group"),
    N_("the record does not match its checksum"),
    N_("the record header breaks a rule of the format"),
    N_("the record header does not match its checksum"),
    N_("the record is longer than the file"),
    N_("the seal breaks a rule of the format"),
    N_("the seal is about other groups"),
    N_("the seal promises this object, and it is not there"),
    N_("the segment belongs to another archive"),
    N_("the segment does not continue the one before"),
    N_("the segment does not match its seal"),
    N_("the segment does not match the digest in its name"),
    N_("the segment has another number than its name"),
    N_("the segment has no seal"),
    N_("the segment was never sealed"),
    N_("the table does not fit the objects"),
    N_("the table does not match its checksum"),
    N_("there are bytes behind the record that must be zero"),
    N_("there is no seal behind the table"),
    N_("there is something behind the seal"),
    N_("this file does not belong here"),
    N_("this record has no place in a group"),
    N_("this, and more that is not listed"),
    N_("it does not match the digest in its name: not copied"),
    N_("somebody has written to the copy"),
    N_("the copy has another segment of this number"),
    N_("the copy has this segment, and the archive has not"),
    N_("the copy of this segment is damaged"),
    N_("it is not sealed yet: no copy of it can be checked"),
    N_("it is open here and sealed in the copy: they parted"),
    N_("it is what its name promises: it was sealed so"),
    N_("it was replaced, and is not fine yet"),
    N_("the copy does not have it"),
    N_("the copy of it does not continue the segment before"),
    N_("the copy of it is damaged, too"),
    N_("the segment behind does not continue the copy of it"),
    N_("the entries are not what the segments say"),
    N_("the entries are not what the segments say, or end early"),
    N_("the entries are not what the hashes say"),
    N_("the entries do not give the signed root"),
    N_("the hashes are not what the segments give"),
    N_("the segments do not give the signed root"),
    N_("there are bytes behind the last entry"),
};

const char *damage_what(const struct damage *damage)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (strcmp(damage->what, texts[i]) == 0)
            return _(texts[i]);
    return damage->what;
}

json_t *damage_json(const struct damage *damage)
{
    char hex[DIGEST_HEX_LEN + 1];
    bool named = !digest_is_zero(&damage->id);
    return json_pack("{s:s s:I s:o s:b s:s}", "file", damage->file, "offset",
                     (json_int_t)damage->off, "object",
                     named ? json_string(digest_hex(&damage->id, hex)) : json_null(), "missing",
                     damage->missing, "what", damage->what);
}

struct byte_bar byte_bar_for(bool json)
{
    return (struct byte_bar){!json && isatty(STDERR_FILENO) == 1};
}

void byte_bar_draw(const struct byte_bar *bar, uint64_t done_bytes, uint64_t all_bytes)
{
    char done[32], all[32];
    if (!bar->shown)
        return;
    byte_bar_clear(bar);
    (void)fprintf(stderr, _("%s of %s checked"), size_text(done_bytes, done),
                  size_text(all_bytes, all));
    (void)fflush(stderr);
}

void byte_bar_clear(const struct byte_bar *bar)
{
    if (bar->shown)
        (void)fprintf(stderr, "\r\033[K");
}

void lawful_done(struct lawful *lawful)
{
    destroyed_free(lawful->destroyed);
}

bool lawful_names(struct lawful *lawful, const struct group_entry *entry, int64_t *ret_time_ns)
{
    struct err err = {0};
    if (!lawful->asked) {
        /* Read through handles of its own: the archive's is at work. */
        CLEANUP(io_closep) struct io *io = io_open(IO_AUTO, NULL, &err);
        lawful->destroyed = io ? destroyed_read(lawful->archive, io, &err) : NULL;
        lawful->asked = true;
        if (!lawful->destroyed)
            (void)report(&err); /* and every object without bytes is told of as damage */
    }
    return lawful->destroyed &&
           destroyed_names(lawful->destroyed, &entry->id, entry->place, ret_time_ns);
}
