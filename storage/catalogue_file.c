/* storage/catalogue_file.c - the file under a writing connection: SQLite's own, but each page that
 * is written to it also changes the sum of all pages (catalogue_sum.c).
 *
 * A VFS of SQLite that is the default one in everything but two calls on the main file. The WAL
 * beside it is none of its business: its pages count when they are moved into the file. */
#include <pthread.h>
#include <string.h>

#include "storage/catalogue_impl.h"

/* Stands behind SQLite's own part of an open main file. */
struct watched {
    const sqlite3_io_methods *own;
    sqlite3_io_methods methods; /* its own, with two calls replaced */
    struct page_sum *sum;       /* NULL: nobody asks */
};

static sqlite3_vfs *own_vfs, watching_vfs;

static struct watched *watched_of(sqlite3_file *file)
{
    return (void *)((char *)file + watching_vfs.szOsFile - sizeof(struct watched));
}

/* The page that goes, and the one that comes. */
static void change_sum(sqlite3_file *file, const void *data, int len, sqlite3_int64 off)
{
    struct watched *watched = watched_of(file);
    struct page_sum *sum = watched->sum;
    uint8_t old[SUM_PAGE_BYTES];
    if (!sum || !sum->known)
        return;
    sum->known = len == SUM_PAGE_BYTES && off % SUM_PAGE_BYTES == 0;
    if (!sum->known)
        return;
    int rc = watched->own->xRead(file, old, SUM_PAGE_BYTES, off);
    /* Behind the end of the file it reads zeros, which count nothing. */
    sum->known = rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ;
    page_sum_take(sum, (uint64_t)off, old);
    page_sum_add(sum, (uint64_t)off, data);
}

static int write_page(sqlite3_file *file, const void *data, int len, sqlite3_int64 off)
{
    struct watched *watched = watched_of(file);
    change_sum(file, data, len, off);
    int rc = watched->own->xWrite(file, data, len, off);
    if (rc != SQLITE_OK && watched->sum)
        watched->sum->known = false;
    return rc;
}

static int cut_off(sqlite3_file *file, sqlite3_int64 bytes)
{
    struct watched *watched = watched_of(file);
    sqlite3_int64 now = 0;
    int rc = watched->own->xFileSize(file, &now);
    if (watched->sum && (rc != SQLITE_OK || bytes < now))
        watched->sum->known = false;
    return watched->own->xTruncate(file, bytes);
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
    (void)vfs;
    int rc = own_vfs->xOpen(own_vfs, name, file, flags, ret_flags);
    if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
        return rc;
    struct watched *watched = watched_of(file);
    *watched = (struct watched){.own = file->pMethods, .methods = *file->pMethods};
    watched->methods.xWrite = write_page;
    watched->methods.xTruncate = cut_off;
    file->pMethods = &watched->methods;
    return SQLITE_OK;
}

static void register_vfs(void)
{
    own_vfs = sqlite3_vfs_find(NULL);
    if (!own_vfs)
        return; /* UNTESTED: SQLite has one; without, opening fails and says so */
    size_t align = _Alignof(struct watched), size = (size_t)own_vfs->szOsFile;
    watching_vfs = *own_vfs;
    watching_vfs.pNext = NULL;
    watching_vfs.zName = CATALOGUE_VFS_NAME;
    watching_vfs.xOpen = open_file;
    watching_vfs.szOsFile = (int)((size + align - 1) / align * align + sizeof(struct watched));
    (void)sqlite3_vfs_register(&watching_vfs, 0);
}

void catalogue_file_register(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, register_vfs);
}

int catalogue_file_watch(sqlite3 *db, struct page_sum *sum)
{
    sqlite3_file *file = NULL;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc == SQLITE_OK)
        watched_of(file)->sum = sum;
    return rc;
}
