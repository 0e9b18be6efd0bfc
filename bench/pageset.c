/* bench/pageset.c - page images with their true texts, and how well they were read. */
#include "bench/pageset.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/score.h"

static bool is_image(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot &&
           (strcmp(dot, ".tif") == 0 || strcmp(dot, ".jpg") == 0 || strcmp(dot, ".png") == 0);
}

static int keep_images(const struct dirent *entry)
{
    return is_image(entry);
}

/* Fills stems and truths from the images that have a text. */
static int find_pages(const char *images, const char *truths, const char *truth_ends, size_t n,
                      struct pageset *set, struct err *err)
{
    struct dirent **list = NULL;
    int found = scandir(images, &list, keep_images, alphasort);
    if (found < 0)
        return err_sys(err, "list '%s'", images);
    for (int i = 0; i < found; i++) {
        if (set->len < n && set->len < SET_PAGES_MAX) {
            char stem[sizeof set->stems[0]];
            (void)snprintf(stem, sizeof stem, "%.*s", (int)strcspn(list[i]->d_name, "."),
                           list[i]->d_name);
            memcpy(set->stems[set->len], stem, sizeof stem);
            (void)snprintf(set->truths[set->len], sizeof set->truths[0], "%.1000s/%s%.50s", truths,
                           stem, truth_ends);
            set->len += access(set->truths[set->len], R_OK) == 0;
        }
        free(list[i]);
    }
    free(list);
    return 0;
}

/* Only what is measured lies in the folder that the programs are pointed at. */
static bool copy_images(const struct bench *bench, const char *images, const struct pageset *set,
                        char why[200])
{
    CLEANUP(bytes_done) struct bytes script = {0};
    struct err err = {0};
    if (bytes_printf(&script, &err, "mkdir -p '%s'\n", set->dir) < 0)
        return false; /* UNTESTED: no memory */
    for (size_t i = 0; i < set->len; i++)
        if (bytes_printf(&script, &err, "cp '%s/%s'.[tjp]* '%s' || exit\n", images, set->stems[i],
                         set->dir) < 0)
            return false; /* UNTESTED: no memory */
    return shell(bench, (char *)script.data, why);
}

int pageset_make(const struct bench *bench, const struct pageset_source *source, size_t n,
                 struct pageset *ret_set, char why[200], struct err *err)
{
    char images[WORK_PATH_MAX], truths[WORK_PATH_MAX], script[4 * WORK_PATH_MAX];
    ret_set->name = source->name;
    ret_set->dpi = source->dpi;
    ret_set->len = 0;
    (void)snprintf(images, sizeof images, "sets/%.90s", source->name);
    (void)work_path(bench, images, ret_set->dir);
    if (source->generate) {
        (void)snprintf(images, sizeof images, "%.900s/made/%s", bench->work, source->name);
        (void)snprintf(truths, sizeof truths, "%s", images);
        (void)snprintf(script, sizeof script,
                       "mkdir -p '%s' && '%s/tests/pages/sohoa-pages' --seed 7 --count %zu %s "
                       "--dpi %u --out '%s'",
                       images, bench->build, n, source->generate, source->dpi, images);
        if (!shell(bench, script, why))
            return 0;
    } else {
        (void)snprintf(images, sizeof images, "%.900s/%s", bench->data, source->images);
        (void)snprintf(truths, sizeof truths, "%.900s/%s", bench->data, source->truths);
        if (access(images, R_OK | X_OK) < 0) {
            (void)snprintf(why, 200, "the pages are not there (data/%s)", source->images);
            return 0;
        }
    }
    if (find_pages(images, truths, source->truth_ends, n, ret_set, err) < 0)
        return -1;
    if (!copy_images(bench, images, ret_set, why))
        ret_set->len = 0;
    return 0;
}

int pageset_score(const struct pageset *set, const char *dir, struct entry *entry, struct err *err)
{
    struct score sum = {0};
    for (size_t i = 0; i < set->len; i++) {
        CLEANUP(bytes_done) struct bytes truth = {0}, text = {0};
        char path[WORK_PATH_MAX * 2];
        struct score score;
        (void)snprintf(path, sizeof path, "%.1200s/%s.txt", dir, set->stems[i]);
        if (read_whole(set->truths[i], &truth, err) < 0 ||
            (access(path, F_OK) == 0 && read_whole(path, &text, err) < 0))
            return -1;
        if (score_page(bytes_span(&truth), bytes_span(&text), &score, err) < 0)
            return err_wrap(err, "'%s'", path);
        score_add(&sum, &score);
    }
    entry->values[METRIC_CER][entry->runs] = 100 * score_cer(&sum);
    entry->values[METRIC_LINE_CER][entry->runs] = 100 * score_line_cer(&sum);
    entry->values[METRIC_MARKS][entry->runs] = 100 * score_mark_rate(&sum);
    entry->values[METRIC_WORD_F1][entry->runs] = 100 * score_word_f1(&sum);
    return 0;
}
