/* app/pictures.c - the pictures of archived pages. */
#include "app/pictures.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "pipeline/cell_link.h"
#include "records/index.h"

static void close_file(struct pictures *pictures)
{
    if (!pictures->open)
        return;
    if (pictures->link)
        cell_link_close(pictures->link);
    if (pictures->data.len > 0)
        (void)munmap((void *)(uintptr_t)pictures->data.data, pictures->data.len);
    fd_close(&pictures->fd);
    pictures->data = (struct span){0};
    pictures->open = false;
}

void pictures_done(struct pictures *pictures)
{
    close_file(pictures);
    cell_link_free(pictures->link);
    pictures->link = NULL;
}

static int copy_file(struct pictures *pictures, const struct digest *id, struct err *err)
{
    CLEANUP(bytes_done) struct bytes file = {0};
    if (index_read(pictures->reading->archive, pictures->reading->catalogue, id, &file, err) < 0)
        return -1;
    pictures->fd = memfd_create("sohoa-source", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    pictures->open = true;
    if (pictures->fd < 0)
        return err_sys(err, "copy the original");
    for (size_t put = 0; put < file.len;) {
        ssize_t n = write(pictures->fd, file.data + put, file.len - put);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_sys(err, "copy the original");
        put += (size_t)n;
    }
    void *map = mmap(NULL, file.len, PROT_READ, MAP_SHARED, pictures->fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, "map the original");
    pictures->data = span_of(map, file.len);
    return 0;
}

/* Has the cell open the file of the page, and says which of its pages that is. */
static int open_file(struct pictures *pictures, const struct page_record *page, uint32_t *ret_index,
                     struct err *err)
{
    const struct digest *id = page->has_image ? &page->image : &page->source;
    const struct cell_link_options options = {.limits = LIMITS_DEFAULT};
    char format[CELL_FORMAT_MAX];
    uint32_t pages = 0;
    *ret_index = page->has_image ? 0 : page->index;
    if (pictures->open && digest_equal(&pictures->file, id) && cell_link_is_open(pictures->link))
        return 0;
    close_file(pictures);
    if (copy_file(pictures, id, err) < 0)
        return -1;
    if (!pictures->link)
        pictures->link = cell_link_new(&options, err);
    const struct cell_file file = {pictures->fd, pictures->data};
    if (!pictures->link || cell_link_open(pictures->link, &file, format, &pages, err) < 0)
        return -1;
    if (*ret_index >= pages)
        return err_set(err, ERR_CORRUPT, "the file has no page %u", page->index + 1);
    pictures->file = *id;
    return 0;
}

int pictures_draw(struct pictures *pictures, const struct page_record *page, struct bytes *out,
                  struct err *err)
{
    uint32_t index = 0;
    if (page->has_image)
        return index_read(pictures->reading->archive, pictures->reading->catalogue, &page->image,
                          out, err);
    if (open_file(pictures, page, &index, err) < 0)
        return -1;
    return cell_link_picture(pictures->link, index, out, err);
}

int pictures_embed(struct pictures *pictures, const struct page_record *page,
                   struct embed *ret_embed, struct bytes *out, struct err *err)
{
    uint32_t index = 0;
    if (open_file(pictures, page, &index, err) < 0)
        return -1;
    return cell_link_embed(pictures->link, index, ret_embed, out, err);
}
