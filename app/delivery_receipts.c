/* app/delivery_receipts.c - what agencies say of the packages they were sent: small files of
 * theirs, none of which is believed before it names a package by its digest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/delivery.h"
#include "base/fd.h"
#include "base/text.h"
#include "pipeline/small_file.h"

#define FOLDER     "receipts"
#define TAKEN      "taken"
#define REFUSED    "refused"
#define ENDING     ".json"
#define NAME_BYTES 256
#define KEPT_BYTES 180 /* of a name, when it is put away */

struct receipt {
    struct digest package;
    int64_t at_ns;
    struct event_record event; /* for who it was by */
};

struct names {
    char (*items)[NAME_BYTES];
    size_t len, cap;
};

static void names_done(struct names *names)
{
    free(names->items);
}

static void close_folder(DIR **dir)
{
    if (*dir)
        (void)closedir(*dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_receipt(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len < NAME_BYTES && len > strlen(ENDING) &&
           strcmp(name + len - strlen(ENDING), ENDING) == 0;
}

/* In the order of their names, so that who comes first does not depend on the file system. */
static int list_names(int fd, struct names *names, struct err *err)
{
    CLEANUP(close_folder) DIR *dir = fdopendir(dup(fd));
    if (!dir)
        return err_sys(err, "look into '" FOLDER "'");
    rewinddir(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) && names->len < RECEIPTS_MAX;) {
        if (!is_receipt(entry->d_name))
            continue;
        if (names->len == names->cap) {
            size_t cap = names->cap ? 2 * names->cap : 64;
            void *items = realloc(names->items, cap * sizeof *names->items);
            if (!items)
                return err_sys(err, "list receipts"); /* UNTESTED: no memory */
            names->items = items;
            names->cap = cap;
        }
        (void)snprintf(names->items[names->len++], NAME_BYTES, "%s", entry->d_name);
    }
    if (names->len > 0)
        qsort(names->items, names->len, NAME_BYTES, by_name);
    return 0;
}

static bool is_young(int fd, const char *name, int64_t now_ns)
{
    struct stat st;
    return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           st.st_mtim.tv_sec > now_ns / 1000000000 - RECEIPT_SETTLE_S;
}

/* {"package":digest,"by":text,"at":time}, and nothing else. */
static int parse(const json_t *json, struct receipt *receipt, struct err *err)
{
    const char *package = json_string_value(json_object_get(json, "package"));
    const char *by = json_string_value(json_object_get(json, "by"));
    const char *at = json_string_value(json_object_get(json, "at"));
    if (json_object_size(json) != 3 || !package || !by || by[strspn(by, " ")] == '\0' || !at)
        return err_input(err, REASON_NONE, "%s", _("it says something else than package, by, at"));
    if (!digest_parse(package, &receipt->package))
        return err_input(err, REASON_NONE, "%s", _("its package is no SHA-256"));
    if (event_record_by(&receipt->event, by, err) < 0)
        return -1;
    if (!parse_time(at, false, &receipt->at_ns))
        return err_input(err, REASON_NONE, "%s", _("its time is not like 2026-11-30T01:15:00Z"));
    return 0;
}

static struct package *find_package(const struct delivery *delivery, const char *agency,
                                    const struct digest *id)
{
    size_t low = 0, high = delivery->package_len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct package *package = &delivery->packages[middle];
        int order = digest_compare(&package->id, id);
        order = order ? order : strcmp(package->agency, agency);
        if (order == 0)
            return &delivery->packages[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Moves a file that has been dealt with: the same file again has the same name there. */
static int put_away(const struct delivery *delivery, int fd, const char *name, struct span text,
                    const char *where, struct err *err)
{
    struct io *io = delivery->writing.archive.io;
    char to[NAME_BYTES * 2], hex[DIGEST_HEX_LEN + 1];
    struct digest id = digest_of(text);
    size_t len = strlen(name), from = len > KEPT_BYTES ? len - KEPT_BYTES : 0;
    (void)snprintf(to, sizeof to, "%s/%.16s-%s", where, digest_hex(&id, hex), name + from);
    if (io_do(io, (struct io_op){.kind = IO_MKDIR, .dir = fd, .path = where, .mode = 0755}) < 0 &&
        errno != EEXIST)
        return err_sys(err, "make the folder '" FOLDER "/%s'", where);
    const struct io_op op = {.kind = IO_RENAME, .dir = fd, .path = name, .path_to = to};
    return io_do(io, op) < 0 ? err_sys(err, "move the receipt '%s'", name) : 0;
}

static void refuse(struct delivery *delivery, const char *agency, const char *name,
                   const struct err *why)
{
    struct err ignored = {0};
    CLEANUP(bytes_done) struct bytes rest = {0};
    delivery->sums.refused++;
    if (text_display(span_of_text(name), &rest, &ignored) < 0 ||
        bytes_printf(&rest, &ignored, ": %s", why->text) < 0 ||
        bytes_append(&rest, span_of("", 1), &ignored) < 0)
        return; /* UNTESTED: no memory */
    delivery_tell(delivery, &(struct delivery_told){"receipt-refused", _("refused   "), "-", agency,
                                                    (const char *)rest.data, NULL});
}

static int note_delivered(struct delivery *delivery, struct package *package,
                          const struct receipt *receipt, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1];
    struct event_record event = receipt->event;
    event.what = EVENT_ACKNOWLEDGED;
    /* Never before it was put there (again): the last step is what a dossier's status tells. */
    event.at_ns = receipt->at_ns > package->last_ns ? receipt->at_ns : package->last_ns;
    (void)snprintf(event.dossier, sizeof event.dossier, "%s", package->dossier);
    if (event_record_office(&event, package->agency, err) < 0 ||
        event_record_paper(&event, digest_hex(&package->id, hex), err) < 0 ||
        delivery_note(delivery, &event, err) < 0)
        return -1;
    package->delivered = true;
    delivery->sums.delivered++;
    delivery_tell(delivery, &(struct delivery_told){"delivered", _("delivered "), package->dossier,
                                                    package->agency, event.by, &package->id});
    return 0;
}

/* What the text says, believed when it names a package of this agency. ERR_INPUT: it is refused. */
static int believe(struct delivery *delivery, const char *agency, const json_t *json,
                   struct err *err)
{
    struct receipt receipt = {.at_ns = 0};
    if (parse(json, &receipt, err) < 0)
        return -1;
    struct package *package = find_package(delivery, agency, &receipt.package);
    if (!package)
        return err_input(err, REASON_NONE, "%s", _("no such package was sent to this agency"));
    const int64_t slack_ns = INT64_C(1000000000) * RECEIPT_CLOCK_S;
    if (receipt.at_ns > delivery->now_ns + slack_ns || receipt.at_ns < package->first_ns - slack_ns)
        return err_input(err, REASON_NONE, "%s", _("its time cannot be"));
    return package->delivered ? 0 : note_delivered(delivery, package, &receipt, err);
}

/* Told of, and the other receipts go on: a file that cannot be read or moved must not keep those
 * behind it. */
static void tell_trouble(struct delivery *delivery, const char *agency, const struct err *why)
{
    delivery->sums.failed++;
    delivery_tell(delivery,
                  &(struct delivery_told){"failed", _("failed    "), "-", agency, why->text, NULL});
}

/* *moved: the first that could not be put away. -1: the archive cannot be written. */
static int take_receipt(struct delivery *delivery, const char *agency, int fd, const char *name,
                        struct err *moved, struct err *err)
{
    struct err why = {0};
    CLEANUP(bytes_done) struct bytes text = {0};
    int rc = small_file_read(fd, name, RECEIPT_BYTES_MAX, &text, &why);
    if (rc < 0 && why.kind != ERR_INPUT) {
        tell_trouble(delivery, agency, &why);
        return 0;
    }
    CLEANUP(json_freep) json_t *json = rc < 0 ? NULL : json_parse(bytes_span(&text), &why);
    if (!json && is_young(fd, name, delivery->now_ns))
        return 0; /* it is being written */
    rc = json ? believe(delivery, agency, json, &why) : -1;
    if (rc < 0 && why.kind != ERR_INPUT) {
        *err = why;
        return -1;
    }
    if (rc < 0)
        refuse(delivery, agency, name, &why);
    struct err *first = moved->kind == ERR_NONE ? moved : &why;
    (void)put_away(delivery, fd, name, bytes_span(&text), rc < 0 ? REFUSED : TAKEN, first);
    return 0;
}

static int take_all(struct delivery *delivery, const struct routing_agency *agency, int fd,
                    struct err *err)
{
    CLEANUP(names_done) struct names names = {.len = 0};
    struct err moved = {0};
    if (list_names(fd, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.len; i++)
        if (take_receipt(delivery, agency->code, fd, names.items[i], &moved, err) < 0)
            return -1;
    if (moved.kind != ERR_NONE)
        tell_trouble(delivery, agency->code, &moved);
    return 0;
}

static int look_into(struct delivery *delivery, const struct routing_agency *agency,
                     struct target *target, struct err *err)
{
    CLEANUP(fd_close) int folder = open(agency->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) { /* told when something is to go there */
        (void)err_sys(&target->down, "its folder '%s'", agency->folder);
        return 0;
    }
    CLEANUP(fd_close)
    int fd = openat(folder, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "its folder '%s/" FOLDER "'", agency->folder);
    return take_all(delivery, agency, fd, err);
}

int delivery_take_receipts(struct delivery *delivery, struct err *err)
{
    for (uint32_t i = 0; i < delivery->routing->agency_count; i++) {
        struct err why = {0};
        const struct routing_agency *agency = &delivery->routing->agencies[i];
        if (look_into(delivery, agency, &delivery->targets[i], &why) == 0)
            continue;
        if (why.kind == ERR_CORRUPT) {
            *err = why;
            return -1;
        }
        tell_trouble(delivery, agency->code, &why);
    }
    return 0;
}
