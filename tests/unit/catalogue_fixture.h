/* tests/unit/catalogue_fixture.h - a catalogue in a folder of its own, and rows for it. */
#ifndef TESTS_UNIT_CATALOGUE_FIXTURE_H
#define TESTS_UNIT_CATALOGUE_FIXTURE_H

#include "base/text.h"
#include "storage/catalogue.h"
#include "tests/unit/test.h"

static inline int set_up(void **state)
{
    *state = test_dir_make();
    return 0;
}

static inline int tear_down(void **state)
{
    test_dir_remove(*state);
    return 0;
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static inline struct digest digest_n(unsigned n)
{
    return digest_of(span_of(&n, sizeof n));
}

static inline struct catalogue *open_in(const char *dir, enum archive_mode mode)
{
    struct err err = {0};
    struct catalogue *catalogue = catalogue_open(dir, mode, &err);
    assert_ok_ptr(catalogue, err);
    return catalogue;
}

/* A page of which nothing else is known. */
static inline struct catalogue_page plain_page(const char *id, struct digest source, uint32_t index)
{
    return (struct catalogue_page){.id = id,
                                   .source = source,
                                   .index = index,
                                   .status = "ok",
                                   .reason_code = "",
                                   .reason_detail = "",
                                   .engine = "",
                                   .doubt = "",
                                   .separator = "",
                                   .separator_text = "",
                                   .separator_code = ""};
}

/* Page "source1.0" and so on; text NULL: a blank one. */
static inline void add_page(struct catalogue *catalogue, unsigned source, unsigned index,
                            const char *text)
{
    struct err err = {0};
    struct bytes toned = {0}, folded = {0};
    char id[PAGE_ID_MAX];
    (void)snprintf(id, sizeof id, "source%u.%u", source, index);
    struct catalogue_page page = plain_page(id, digest_n(source), index);
    page.record = digest_n(1000 + source);
    page.width_px = 2480;
    page.height_px = 3508;
    page.dpi = 300;
    page.skew_deg = -0.25;
    page.confidence = 0.9;
    page.status = text ? "ok" : "blank";
    page.engine = index ? "sohoa 0.1.0" : "tesseract 5.3.0";
    page.doubt = text ? "low-confidence" : "";
    page.separator = index ? "" : "qr";
    page.separator_text = index ? "" : "Mã: H57.12-250705-0001";
    page.separator_code = index ? "" : "H57.12-250705-0001";
    text = text ? text : "";
    assert_ok(text_key(span_of_text(text), TEXT_TONED, &toned, &err), err);
    assert_ok(text_key(span_of_text(text), TEXT_FOLDED, &folded, &err), err);
    assert_ok(catalogue_add_page(catalogue, &page, bytes_span(&toned), bytes_span(&folded), &err),
              err);
    bytes_done(&toned);
    bytes_done(&folded);
}

static inline void add_source(struct catalogue *catalogue, unsigned n, const char *path,
                              int64_t when)
{
    struct err err = {0};
    struct catalogue_source source = {
        .id = digest_n(n),
        .record = digest_n(1000 + n),
        .path = path,
        .format = "tiff",
        .size_bytes = 100 * n,
        .pages = 2,
        .archived_ns = when,
    };
    struct group_entry entry = {
        .id = digest_n(n),
        .type = OBJECT_BLOB,
        .codec = CODEC_ZSTD,
        .raw_bytes = 100 * n,
        .stored_bytes = 50 * n,
        .place = {n, 4096 * n},
    };
    assert_ok(catalogue_add_source(catalogue, &source, &err), err);
    assert_ok(catalogue_add_object(catalogue, &entry, &err), err);
}

/* Two files of two pages each. */
static inline void add_all(struct catalogue *catalogue)
{
    add_source(catalogue, 1, "b/hai.tif", 2000);
    add_source(catalogue, 2, "a/một%_'.tif", 1000);
    add_page(catalogue, 1, 1, NULL);
    add_page(catalogue, 1, 0, "QUYẾT ĐỊNH về việc hoà giải");
    add_page(catalogue, 2, 0, "Quyet dinh: hòa bình, hòa bình, hòa bình");
    add_page(catalogue, 2, 1, "Tờ trình số 123/TTr-UBND về đường xá");
}

static inline void fill(const char *dir)
{
    struct err err = {0};
    struct catalogue *catalogue = open_in(dir, ARCHIVE_WRITE);
    assert_ok(catalogue_begin(catalogue, &err), err);
    add_all(catalogue);
    assert_ok(catalogue_end(catalogue, (struct place){3, 8192}, 17, &err), err);
    catalogue_close(catalogue);
}

#endif
