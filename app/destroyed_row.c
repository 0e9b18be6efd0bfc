/* app/destroyed_row.c - what is told of pages and files that were destroyed lawfully. */
#include "app/destroyed_row.h"

#include <stdio.h>

static int print_json(void *self, const struct gone_page *page,
                      const struct catalogue_destruction *destruction, struct err *err)
{
    char hex[DIGEST_HEX_LEN + 1], when[32];
    (void)self;
    CLEANUP(json_freep)
    json_t *json = json_pack(
        "{s:s s:s s:s s:s s:s s:s}", "status", "destroyed", "basis", destruction->basis, "person",
        destruction->person, "decided", destruction->decided, "destroyed",
        time_text(destruction->made_ns, when), "destruction", digest_hex(&destruction->id, hex));
    if (json && page) {
        json_object_set_new(json, "page", json_string(page->id));
        json_object_set_new(json, "source_sha256", json_string(digest_hex(&page->source, hex)));
        json_object_set_new(json, "index", json_integer((json_int_t)page->index));
    }
    return json_print_line(json, err);
}

static int print_text(void *self, const struct gone_page *page,
                      const struct catalogue_destruction *destruction, struct err *err)
{
    const char *id = self;
    (void)err;
    printf(_("%-38s destroyed lawfully, decided %s by %s: %s\n"), page ? page->id : id,
           destruction->decided, destruction->person, destruction->basis);
    return 0;
}

static int print_refusal(void *self, const struct gone_page *page,
                         const struct catalogue_destruction *destruction, struct err *err)
{
    const char **id = self;
    (void)page;
    (void)err;
    if (*id) /* once, though a file has many pages */
        (void)fprintf(stderr, _("sohoa: '%s' was destroyed lawfully, decided %s by %s: %s\n"), *id,
                      destruction->decided, destruction->person, destruction->basis);
    *id = NULL;
    return 0;
}

static int visit(struct catalogue *catalogue, const char *id, destroyed_visit *print, void *self,
                 struct err *err)
{
    struct digest digest;
    bool is_digest = id && digest_parse(id, &digest);
    int n = catalogue_list_destroyed(catalogue, is_digest ? NULL : id, is_digest ? &digest : NULL,
                                     print, self, err);
    return n == 0 && is_digest ? catalogue_find_destroyed(catalogue, &digest, print, self, err) : n;
}

int tell_destroyed(struct catalogue *catalogue, const char *id, bool json, struct err *err)
{
    return visit(catalogue, id, json ? print_json : print_text, (void *)(uintptr_t)id, err);
}

int refuse_destroyed(struct catalogue *catalogue, const char *id, struct err *err)
{
    const char *once = id;
    int n = visit(catalogue, id, print_refusal, (void *)&once, err);
    return n > 0 ? 1 : n;
}
