/* tests/unit/test_kernels.c - a page reads the same on every processor: words, boxes and
 * confidences of real and made pages are equal to the byte whichever kernels ran.
 *
 * A few pages of each set; with SOHOA_ALL_PAGES=1 in the environment all of them (minutes). */
#include "ocr/fast.h"

#include "tests/unit/models.h"

#include <dirent.h>
#include <unistd.h>

#include "image/scan.h"

#define PAGES_FEW      2 /* of a set */
#define FILE_BYTES_MAX (64 * MIB)

static const struct page_set {
    const char *folder, *language;
} page_sets[] = {
    {"vie_real", "vie"},  {"vie_synth", "vie"}, {"vie_digital", "vie"}, {"made/g300", "vie"},
    {"made/b300", "vie"}, {"made/deg", "vie"},  {"deskew", "vie"},      {"orientation", "vie"},
    {"eng_isri", "eng"},  {"eng_misc", "eng"},
};

static int is_page(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot &&
           (strcmp(dot, ".tif") == 0 || strcmp(dot, ".jpg") == 0 || strcmp(dot, ".png") == 0);
}

static struct image *page_at(const char *path)
{
    static const struct scan_limits limits = {
        .pixels_max = 150000000, .side_max_px = 30000, .pages_max = 100};
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes file = {0};
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    assert_ok(bytes_reserve(&file, FILE_BYTES_MAX, &err), err);
    file.len = fread(file.data, 1, FILE_BYTES_MAX, in);
    assert_int_equal(fclose(in), 0);
    CLEANUP(scan_closep) struct scan *scan = scan_open(bytes_span(&file), &limits, &err);
    assert_ok_ptr(scan, err);
    struct image *image = scan_decode(scan, 0, SCAN_GREY, &err);
    assert_ok_ptr(image, err);
    return image;
}

/* A reader for each set of kernels this processor has; NULL for the others. */
struct readers {
    struct fast *with[KERNELS_BEST];
};

static void open_readers(const char *language, struct readers *ret)
{
    char path[PATH_MAX];
    struct err err = {0};
    *ret = (struct readers){0};
    for (enum network_kernels k = KERNELS_PORTABLE; k < KERNELS_BEST; k++)
        if (network_has_kernels(k)) {
            ret->with[k] = fast_open(model_path(language, path), k, &err);
            assert_ok_ptr(ret->with[k], err);
            assert_int_equal(fast_kernels(ret->with[k]), k);
        }
}

static void close_readers(struct readers *readers)
{
    for (enum network_kernels k = KERNELS_PORTABLE; k < KERNELS_BEST; k++)
        fast_close(readers->with[k]);
}

/* Everything that was read of the page, as bytes. */
static size_t read_with(struct fast *fast, const struct image *image, struct bytes *packed)
{
    struct err err = {0};
    CLEANUP(page_text_done) struct page_text text = {0};
    assert_ok(fast_read(fast, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_pack(&text, packed, &err), err);
    return text.word_len;
}

static size_t compare_page(const struct readers *readers, const char *path)
{
    CLEANUP(image_freep) struct image *image = page_at(path);
    CLEANUP(bytes_done) struct bytes want = {0};
    const size_t words = read_with(readers->with[KERNELS_PORTABLE], image, &want);
    for (enum network_kernels k = KERNELS_PORTABLE + 1; k < KERNELS_BEST; k++) {
        CLEANUP(bytes_done) struct bytes got = {0};
        if (!readers->with[k])
            continue;
        assert_int_equal(read_with(readers->with[k], image, &got), words);
        if (got.len != want.len || memcmp(got.data, want.data, got.len) != 0)
            fail_msg("%s reads otherwise with %s", path, network_kernels_name(k));
    }
    return words;
}

/* Pages from all over the set. */
static void compare_pages(const struct page_set *set, struct dirent **files, size_t len)
{
    const size_t n = getenv("SOHOA_ALL_PAGES") || len < PAGES_FEW ? len : PAGES_FEW;
    struct readers readers;
    size_t words = 0;
    open_readers(set->language, &readers);
    for (size_t i = 0; i < n; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof path, SOHOA_DATA_DIR "/%s/%s", set->folder,
                       files[i * len / n]->d_name);
        words += compare_page(&readers, path);
    }
    close_readers(&readers);
    print_message("%s: %zu of %zu pages, %zu words\n", set->folder, n, len, words);
    assert_true(words >= 20 * n);
}

static void reads_the_same_with_all_kernels(void **state)
{
    const struct page_set *set = *state;
    struct dirent **files = NULL;
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, SOHOA_DATA_DIR "/%s", set->folder);
    const int len =
        access(folder, R_OK | X_OK) == 0 ? scandir(folder, &files, is_page, alphasort) : 0;
    if (len <= 0) {
        print_message("skipped: no pages at %s\n", folder);
        skip();
    }
    if (network_best_kernels() == KERNELS_PORTABLE) {
        print_message("skipped: this processor has the portable kernels only\n");
        skip();
    }
    compare_pages(set, files, (size_t)len);
    for (int i = 0; i < len; i++)
        free(files[i]);
    free(files);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(page_sets)];
    for (size_t i = 0; i < ARRAY_LEN(page_sets); i++)
        tests[i] = (struct CMUnitTest){page_sets[i].folder, reads_the_same_with_all_kernels, NULL,
                                       NULL, (void *)(uintptr_t)&page_sets[i]};
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
