/* tests/unit/test_ocr_reader.c - reading a page: words, boxes, silence, solitude, the sandbox. */
#include "ocr/reader.h"

#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <leptonica/allheaders.h>
#include <pango/pangocairo.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/score.h"
#include "tests/foreign_leaks.h"

#define PAGE_W   1400
#define PAGE_H   500
#define PAGE_DPI 300

static const char text_a[] = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc";
static const char text_b[] = "Căn cứ Luật Tổ chức chính quyền\nngày 19 tháng 6 năm 2015;";

/* A page with the text, black on white; depth 1 or 8. */
static struct image *draw(const char *text, int depth)
{
    struct err err = {0};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PAGE_W, PAGE_H);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_source_rgb(cairo, 0, 0, 0);
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    PangoFontDescription *font = pango_font_description_from_string("Liberation Serif 44px");
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_spacing(layout, 40 * PANGO_SCALE);
    cairo_move_to(cairo, 150, 150);
    pango_cairo_show_layout(cairo, layout);
    cairo_surface_flush(surface);

    PIX *grey = pixCreate(PAGE_W, PAGE_H, 8);
    const uint8_t *rows = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; y < PAGE_H; y++)
        for (int x = 0; x < PAGE_W; x++)
            (void)pixSetPixel(grey, x, y, rows[y * stride + x * 4]);
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    (void)pixSetResolution(grey, PAGE_DPI, PAGE_DPI);
    if (depth == 1) {
        PIX *bilevel = pixThresholdToBinary(grey, 128);
        pixDestroy(&grey);
        grey = bilevel;
    }
    struct image *image = image_of_pix(grey, &err);
    assert_ok_ptr(image, err);
    image_set_dpi(image, PAGE_DPI);
    return image;
}

/* Everything here holds for both engines: the group runs once for each. */
static enum reader_choice choice;

static struct bytes read_packed(struct reader *reader, const struct image *image)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    struct bytes packed = {0};
    struct err err = {0};
    assert_ok(reader_read(reader, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_pack(&text, &packed, &err), err);
    return packed;
}

static struct bytes read_plain(struct reader *reader, const struct image *image)
{
    CLEANUP(page_text_done) struct page_text text = {0};
    struct bytes plain = {0};
    struct err err = {0};
    assert_ok(reader_read(reader, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_plain(&text, &plain, &err), err);
    return plain;
}

static int open_reader(void **state)
{
    struct err err = {0};
    *state = reader_open(NULL, "vie", choice, &err);
    if (!*state)
        print_error("%s\n", err.text);
    return *state ? 0 : -1;
}

static int close_reader(void **state)
{
    reader_close(*state);
    return 0;
}

static bool overlap(struct text_box a, struct text_box b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* Every line has words, every word touches its line's box, every line its block's (Tesseract's
 * boxes do not nest strictly): a line that was put into the block before its own would stand out.
 */
static void assert_nested(const struct page_text *text)
{
    for (size_t i = 0; i < text->line_len; i++) {
        assert_true(text->lines[i].word_len > 0);
        assert_true(overlap(text->lines[i].box, text->blocks[text->lines[i].block].box));
    }
    for (size_t i = 0; i < text->word_len; i++) {
        struct text_box word = text->words[i].box;
        assert_true(word.w > 0 && word.h > 0);
        assert_true(overlap(word, text->lines[text->words[i].line].box));
    }
}

static void words_are_read_in_lines_with_boxes_around_them(void **state)
{
    CLEANUP(image_freep) struct image *image = draw(text_a, 8);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes plain = {0};
    struct score score;
    struct err err = {0};
    assert_ok(reader_read(*state, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_plain(&text, &plain, &err), err);
    assert_ok(score_page(span_of_text(text_a), bytes_span(&plain), &score, &err), err);
    if (score.edits > 2)
        fail_msg("read '%.*s'", (int)plain.len, (const char *)plain.data);
    assert_int_equal(text.line_len, 2);
    assert_true(text.word_len >= 14);
    assert_true(page_text_confidence(&text) > 80);
    assert_nested(&text);
    for (size_t i = 0; i < text.word_len; i++) {
        struct text_box w = text.words[i].box;
        assert_true(w.x >= 140 && w.y >= 140 && w.x + w.w < PAGE_W && w.y + w.h < PAGE_H);
    }
    /* Reading order: the first word of the page is left of the second and above the second line. */
    assert_true(text.words[0].box.x < text.words[1].box.x);
    assert_true(text.lines[0].box.y + text.lines[0].box.h <= text.lines[1].box.y + 5);
}

static void the_same_page_gives_the_same_text_whatever_was_read_before(void **state)
{
    CLEANUP(image_freep) struct image *a = draw(text_a, 1);
    CLEANUP(image_freep) struct image *b = draw(text_b, 8);
    CLEANUP(bytes_done) struct bytes first = read_packed(*state, a);
    CLEANUP(bytes_done) struct bytes other = read_packed(*state, b);
    CLEANUP(bytes_done) struct bytes again = read_packed(*state, a);
    assert_int_equal(first.len, again.len);
    assert_memory_equal(first.data, again.data, first.len);
    assert_false(other.len == first.len && memcmp(other.data, first.data, first.len) == 0);
}

static void a_page_without_text_has_none(void **state)
{
    CLEANUP(image_freep) struct image *image = draw(" ", 1);
    CLEANUP(bytes_done) struct bytes plain = read_plain(*state, image);
    assert_int_equal(plain.len, 0);
}

static void the_smallest_picture_is_read_too(void **state)
{
    struct err err = {0};
    CLEANUP(image_freep) struct image *image = image_of_pix(pixCreate(1, 1, 1), &err);
    assert_ok_ptr(image, err);
    CLEANUP(bytes_done) struct bytes plain = read_plain(*state, image);
    assert_int_equal(plain.len, 0);
}

static void the_picture_is_only_read(void **state)
{
    CLEANUP(image_freep) struct image *image = draw(text_b, 8);
    PIX *before = pixCopy(NULL, image_pix(image));
    CLEANUP(bytes_done) struct bytes plain = read_plain(*state, image);
    assert_true(plain.len > 0);
    l_int32 same = 0;
    assert_int_equal(pixEqual(before, image_pix(image), &same), 0);
    assert_true(same);
    pixDestroy(&before);
}

static void engine_and_language_are_known(void **state)
{
    const char *name = choice == READER_TESSERACT ? "tesseract 5." : "sohoa ";
    assert_int_equal(strncmp(reader_engine(*state), name, strlen(name)), 0);
    assert_string_equal(reader_language(*state), "vie");
}

/* Set in one line, as narrow letterheads are; what is left of the title is the issuer's. */
static void issuer_and_national_title_are_parted(void **state)
{
    CLEANUP(image_freep)
    struct image *image = draw("ỦY BAN NHÂN DÂN     CỘNG HÒA XÃ HỘI CHỦ NGHĨA\nXÃ AN BÌNH", 8);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes plain = {0};
    struct err err = {0};
    assert_ok(reader_read(*state, image, NULL, 0, &text, &err), err);
    assert_ok(page_text_plain(&text, &plain, &err), err);
    assert_nested(&text);
    assert_int_equal(text.line_len, 3);
    const struct text_line *title = NULL;
    for (size_t i = 0; i < text.line_len; i++) {
        struct span first = page_text_chars(&text, &text.words[text.lines[i].word_first]);
        if (first.len == strlen("CỘNG") && memcmp(first.data, "CỘNG", first.len) == 0)
            title = &text.lines[i];
    }
    assert_non_null(title);
    assert_int_equal(title->word_len, 6);
    assert_true(title->box.x > 500 && title->box.x + title->box.w < PAGE_W);
    /* The issuer comes first, and the title stands in a block of its own. */
    assert_ptr_not_equal(title, &text.lines[0]);
    assert_int_not_equal(title->block, text.lines[0].block);
}

/* Scribble as high as a line and as long as a few words: without its doubts the network would read
 * letters into it. */
static void what_the_network_doubts_is_no_text(void **state)
{
    struct err err = {0};
    PIX *pix = pixCreate(PAGE_W, PAGE_H, 1);
    uint32_t seed = 5;
    for (int x = 300; x < 900; x += 7) {
        seed = seed * 1664525u + 1013904223u;
        const int from = (int)(seed >> 20) % 40, to = (int)(seed >> 9) % 40;
        (void)pixRenderLine(pix, x, 200 + from, x + 12, 200 + to, 3, L_SET_PIXELS);
    }
    (void)pixSetResolution(pix, PAGE_DPI, PAGE_DPI);
    CLEANUP(image_freep) struct image *image = image_of_pix(pix, &err);
    CLEANUP(bytes_done) struct bytes plain = read_plain(*state, image);
    if (plain.len > 0)
        fail_msg("read '%.*s'", (int)plain.len, (const char *)plain.data);
}

static const struct language_case {
    const char *why, *language, *error;
} language_cases[] = {
    {"a language that is not installed", "xxx", "install the package tesseract-ocr-xxx"},
    {"an underscore is a hyphen in Debian", "xxx_yyy", "tesseract-ocr-xxx-yyy"},
    {"one language of two is not installed", "vie+xxx", "tesseract-ocr-xxx"},
    {"a path is no language", "../vie", "'../vie' is not a language"},
    {"nothing is no language", "", "'' is not a language"},
    {"a plus too many", "vie+", "is not a language"},
    {"a name longer than any",
     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg", "is not a language"},
};

/* Catches what is written to stderr while the reader is opened: Tesseract is talkative. */
static void language_is_refused_in_silence(void **state)
{
    const struct language_case *c = *state;
    struct err err = {0};
    int kept = dup(STDERR_FILENO), pair[2];
    assert_int_equal(pipe2(pair, O_NONBLOCK | O_CLOEXEC), 0);
    (void)fflush(stderr);
    (void)dup2(pair[1], STDERR_FILENO);
    struct reader *reader = reader_open(NULL, c->language, choice, &err);
    (void)fflush(stderr);
    (void)dup2(kept, STDERR_FILENO);
    char noise[256];
    ssize_t got = read(pair[0], noise, sizeof noise);
    (void)close(kept);
    (void)close(pair[0]);
    (void)close(pair[1]);
    assert_null(reader);
    assert_int_equal(err.kind, ERR_SYSTEM);
    if (!strstr(err.text, c->error))
        fail_msg("'%s' does not say '%s'", err.text, c->error);
    if (got > 0)
        fail_msg("stderr says '%.*s'", (int)got, noise);
}

/* Reading with a filter that kills whoever opens a file, connects, or starts a thread. */
static void reading_opens_no_file_and_starts_no_thread(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"open",   "openat", "openat2", "creat",  "clone",
                                            "clone3", "fork",   "vfork",   "socket", "execve"};
    struct err err = {0};
    CLEANUP(image_freep) struct image *a = draw(text_a, 1);
    CLEANUP(image_freep) struct image *b = draw(text_b, 8);
    image_set_dpi(a, 0); /* Tesseract has a word to say about an unknown resolution */
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct page_text text = {0};
        struct reader *reader = reader_open(NULL, "vie", choice, &err);
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        int rc = reader && filter ? 0 : -1;
        for (size_t i = 0; rc == 0 && i < ARRAY_LEN(forbidden); i++)
            rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS,
                                  seccomp_syscall_resolve_name(forbidden[i]), 0);
        if (rc != 0 || seccomp_load(filter) != 0)
            _exit(2);
        if (reader_read(reader, a, NULL, 0, &text, &err) < 0 || text.word_len < 10)
            _exit(3);
        page_text_done(&text);
        if (reader_read(reader, b, NULL, 0, &text, &err) < 0 || text.word_len < 10)
            _exit(4);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        fail_msg("killed by signal %d", WTERMSIG(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static size_t threads(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/task");
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    (void)closedir(dir);
    return n;
}

/* OpenMP keeps its threads once it has them, so it is enough to look afterwards. */
static void reading_leaves_no_thread_behind(void **state)
{
    CLEANUP(image_freep) struct image *image = draw(text_a, 8);
    size_t before = threads();
    CLEANUP(bytes_done) struct bytes plain = read_plain(*state, image);
    assert_true(plain.len > 0);
    assert_int_equal(threads(), before);
}

static struct bytes read_by_command(const char *path)
{
    struct err err = {0};
    struct bytes out = {0};
    char *command = NULL;
    assert_true(asprintf(&command, "OMP_THREAD_LIMIT=1 tesseract '%s' - -l vie 2>/dev/null", path) >
                0);
    FILE *pipe = popen(command, "re");
    assert_non_null(pipe);
    for (size_t got = 1; got > 0;) {
        assert_ok(bytes_reserve(&out, 4096, &err), err);
        got = fread(out.data + out.len, 1, 4096, pipe);
        out.len += got;
    }
    assert_int_equal(pclose(pipe), 0);
    free(command);
    return out;
}

static struct bytes load(const char *path)
{
    size_t len = 0;
    uint8_t *data = l_binaryRead(path, &len);
    assert_non_null(data);
    return (struct bytes){data, len, len};
}

static const struct real_case {
    const char *scan, *truth;
} real_cases[] = {
    {SOHOA_DATA_DIR "/vie_real/nomvn_qd_707_ttg_p03.tif",
     SOHOA_DATA_DIR "/vie_real/nomvn_qd_707_ttg_p03.gt_print.txt"},
    {SOHOA_DATA_DIR "/vie_real/nomvn_tt_21_bct_p02.tif",
     SOHOA_DATA_DIR "/vie_real/nomvn_tt_21_bct_p02.gt_print.txt"},
    {SOHOA_DATA_DIR "/vie_synth/synth_receipt_06_02.jpg",
     SOHOA_DATA_DIR "/vie_synth/synth_receipt_06_02.gt.txt"},
};

static void real_page_is_read_no_worse_than_by_the_command(void **state)
{
    const struct real_case *c = *state;
    struct err err = {0};
    struct score ours, theirs;
    if (access(c->scan, R_OK) != 0 || system("command -v tesseract >/dev/null") != 0)
        skip();
    PIX *pix = pixRead(c->scan);
    assert_non_null(pix);
    CLEANUP(image_freep) struct image *image = image_of_pix(pix, &err);
    assert_ok_ptr(image, err);
    struct reader *reader = reader_open(NULL, "vie", choice, &err);
    assert_ok_ptr(reader, err);
    CLEANUP(bytes_done) struct bytes truth = load(c->truth);
    CLEANUP(page_text_done) struct page_text text = {0};
    CLEANUP(bytes_done) struct bytes read = {0};
    assert_ok(reader_read(reader, image, NULL, 0, &text, &err), err);
    assert_nested(&text);
    assert_ok(page_text_plain(&text, &read, &err), err);
    CLEANUP(bytes_done) struct bytes command = read_by_command(c->scan);
    reader_close(reader);
    assert_ok(score_page(bytes_span(&truth), bytes_span(&read), &ours, &err), err);
    assert_ok(score_page(bytes_span(&truth), bytes_span(&command), &theirs, &err), err);
    print_message("CER %.3f %%, by the command %.3f %%\n", 100 * score_cer(&ours),
                  100 * score_cer(&theirs));
    assert_true(ours.edits <= theirs.edits);
}

static int run_with(enum reader_choice engine, const char *name)
{
    choice = engine;
    struct CMUnitTest tests[32] = {
        cmocka_unit_test(words_are_read_in_lines_with_boxes_around_them),
        cmocka_unit_test(the_same_page_gives_the_same_text_whatever_was_read_before),
        cmocka_unit_test(a_page_without_text_has_none),
        cmocka_unit_test(the_smallest_picture_is_read_too),
        cmocka_unit_test(the_picture_is_only_read),
        cmocka_unit_test(engine_and_language_are_known),
        cmocka_unit_test(reading_opens_no_file_and_starts_no_thread),
        cmocka_unit_test(reading_leaves_no_thread_behind),
    };
    size_t n = 8;
    if (engine == READER_FAST) { /* ours alone promises these */
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(issuer_and_national_title_are_parted);
        tests[n++] = (struct CMUnitTest)cmocka_unit_test(what_the_network_doubts_is_no_text);
    }
    for (size_t i = 0; i < n; i++) {
        tests[i].setup_func = open_reader;
        tests[i].teardown_func = close_reader;
    }
    for (size_t i = 0; i < ARRAY_LEN(language_cases); i++)
        tests[n++] = (struct CMUnitTest){language_cases[i].why, language_is_refused_in_silence,
                                         NULL, NULL, (void *)&language_cases[i]};
    /* Ours reads more than the truth has (titles, seals): e2e_accuracy judges it, on whole sets. */
    for (size_t i = 0; i < ARRAY_LEN(real_cases) && engine == READER_TESSERACT; i++)
        tests[n++] =
            (struct CMUnitTest){real_cases[i].scan, real_page_is_read_no_worse_than_by_the_command,
                                NULL, NULL, (void *)&real_cases[i]};
    return _cmocka_run_group_tests(name, tests, n, NULL, NULL);
}

int main(void)
{
    int failed = run_with(READER_FAST, "ocr_reader, ours");
    return failed + run_with(READER_TESSERACT, "ocr_reader, tesseract");
}
