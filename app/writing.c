/* app/writing.c - a person's records on their way into the archive. */
#include "app/writing.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "records/index.h"
#include "storage/keys.h"

#define ANSWER_S      10       /* how long the service is waited for */
#define LOOK_AGAIN_NS 50000000 /* whether it has answered */

void writing_done(struct writing *writing)
{
    seal_key_done(&writing->seal);
    fd_close(&writing->requests_fd);
    reading_done(&writing->archive);
}

static int open_to_write(struct writing *writing, const char *path, struct err *err)
{
    struct reading *archive = &writing->archive;
    const struct dictionary *dictionary = NULL; /* a segment that is made here begins with it */
    if (reading_open(archive, path, ARCHIVE_WRITE, err) < 0 ||
        archive_dictionary(archive->archive, &dictionary, err) < 0)
        return -1;
    return index_catch_up(archive->archive, archive->catalogue, NULL, err);
}

/* The archive has another writer. 1: it is a service that takes requests, 0: it is not. */
static int open_to_ask(struct writing *writing, const char *path, struct err *err)
{
    reading_done(&writing->archive);
    if (reading_open(&writing->archive, path, ARCHIVE_READ, err) < 0)
        return -1;
    writing->requests_fd = requests_open(writing->archive.io, path, err);
    return writing->requests_fd < 0 ? -1 : requests_served(writing->requests_fd);
}

static int open_archive(struct writing *writing, const char *path, bool may_ask)
{
    struct err err = {0};
    if (open_to_write(writing, path, &err) == 0)
        return EXIT_DONE;
    bool busy = err.kind == ERR_RETRY && !writing->archive.archive; /* another writer has it */
    int served = 0;
    if (busy && may_ask) {
        err = (struct err){.kind = ERR_NONE};
        served = open_to_ask(writing, path, &err);
    }
    if (!busy || served < 0)
        return report(&err);
    if (served)
        return EXIT_DONE;
    log_line(LOG_ERROR,
             _("'%s' is in use by another writer; try again when it is done, or has been "
               "stopped"),
             path);
    return EXIT_ENVIRONMENT;
}

int writing_open(struct writing *writing, const char *archive)
{
    return open_archive(writing, archive, true);
}

int writing_open_alone(struct writing *writing, const char *archive)
{
    return open_archive(writing, archive, false);
}

/* Leaves the record to the service, and waits for it a while. */
static int ask(struct writing *writing, struct span json, enum request_state *ret_state,
               struct err *err)
{
    const struct timespec nap = {.tv_nsec = LOOK_AGAIN_NS};
    char name[REQUEST_NAME_MAX];
    if (requests_put(writing->archive.io, writing->requests_fd, json, name, err) < 0)
        return err_wrap(err, "leave a request to the service");
    if (!writing->silent) {
        printf(_("the service that runs has the archive and takes it over\n"));
        (void)fflush(stdout);
    }
    for (int64_t left = (int64_t)ANSWER_S * 1000000000; left > 0; left -= LOOK_AGAIN_NS) {
        *ret_state = requests_state(writing->requests_fd, name);
        if (*ret_state != REQUEST_WAITS)
            return 0;
        (void)nanosleep(&nap, NULL);
    }
    *ret_state = REQUEST_WAITS;
    return 0;
}

int writing_seal_like(struct writing *writing, const struct digest *source, struct err *err)
{
    const struct reading *archive = &writing->archive;
    struct group_entry entry;
    struct key_id key = {{0}};
    int sealed = catalogue_find_object(archive->catalogue, source, &entry, err);
    if (sealed > 0)
        sealed = archive_key_of(archive->archive, entry.place, &key, err);
    if (sealed < 0)
        return -1;
    if (writing->liked &&
        (writing->sealed != (sealed > 0) || (sealed && !key_id_equal(&key, &writing->seal.id))))
        return err_set(err, ERR_INPUT, "%s",
                       _("the pages are not all sealed with one key: one document cannot have "
                         "them"));
    if (sealed && !writing->liked && ring_key(archive->ring, &key, &writing->seal, err) < 0)
        return -1;
    writing->liked = true;
    writing->sealed = sealed > 0;
    return 0;
}

int writing_seal(struct writing *writing, struct object *object, struct err *err)
{
    int rc = writing->sealed ? object_seal(object, &writing->seal, err) : 0;
    writing->liked = writing->sealed = false;
    seal_key_done(&writing->seal);
    return rc;
}

int writing_commit(struct writing *writing, struct span json, enum request_state *ret_state,
                   struct digest *ret_id, struct err *err)
{
    struct reading *archive = &writing->archive;
    CLEANUP(object_done) struct object object = {.type = OBJECT_META};
    struct place place;
    *ret_id = digest_of(json);
    if (writing->requests_fd >= 0 && writing->sealed)
        return err_set(
            err, ERR_RETRY, "%s",
            _("the papers are sealed, and so is what is said of them: try again when the "
              "service has been stopped"));
    if (writing->requests_fd >= 0)
        return ask(writing, json, ret_state, err);
    if (object_prepare(&object, OBJECT_META, json, true, NULL, err) < 0 ||
        writing_seal(writing, &object, err) < 0)
        return -1;
    *ret_id = object.id;
    if (archive_commit(archive->archive, &object, 1, clock_ns(CLOCK_REALTIME), &place, err) < 0 ||
        index_catch_up(archive->archive, archive->catalogue, NULL, err) < 0)
        return -1;
    *ret_state = REQUEST_DONE;
    return 0;
}
