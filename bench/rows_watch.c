/* bench/rows_watch.c - how soon a counter's page can be found, while a batch keeps every core busy.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/rows.h"
#include "bench/stats.h"

#define SAMPLES     40
#define SETTLE_MS   1000
#define SCRIPT_MAX  3000u
#define BATCH_FILES 100000 /* more than there is time for: the cores are never idle */

/* A page is complete when it is renamed into the counter's folder; then `sohoa find` is asked again
 * and again until it lists the page. The pages are the cheap ones of the tool, each its own. */
static const char script[] =
    "set -e; cd \"$WORK\"; rm -rf watch; mkdir -p watch/counter watch/batch watch/pages\n"
    "\"$SOHOA\" init watch/archive\n"
    "mkdir -p watch/load; \"$TOOL\" cheap-files watch/pages 0 %d; "
    "\"$BUILD/tests/pages/sohoa-pages\" --out watch/load --set "
    "clean --count 12 --dpi 300 --seed 77; rm watch/load/*.txt watch/load/*.tsv\n"
    "printf 'archive: watch/archive\\ndisk-reserve: 0\\nfolders:\\n  - {name: counter, path: "
    "watch/counter, settle-seconds: 1}\\n  - {name: batch, path: watch/batch, settle-seconds: 0, "
    "priority: batch}\\n' >watch/watch.yaml\n"
    "\"$SOHOA\" watch -c watch/watch.yaml --quiet & service=$!\n"
    "trap 'kill $service' EXIT\n"
    /* The same pages again and again, each time with other bytes at the end. */
    "( n=0; while [ $n -lt %d ] && kill -0 $service 2>/dev/null; do for f in watch/load/*; do "
    "n=$((n + 1)); { cat \"$f\"; echo $n; } >watch/batch/.tmp; mv watch/batch/.tmp "
    "watch/batch/$n.${f##*.}; done; while [ $(ls watch/batch | wc -l) -gt 24 ]; do sleep 0.2; "
    "done; done ) & feeder=$!\n"
    "trap 'kill $service $feeder 2>/dev/null || true' EXIT\n"
    "sleep 3; i=0; for f in watch/pages/*; do i=$((i + 1))\n"
    "  cp \"$f\" watch/counter/.p; start=$(date +%%s%%N); mv watch/counter/.p watch/counter/"
    "counter-$i.tif\n"
    "  until \"$SOHOA\" find watch/archive --source counter/counter-$i.tif --json | grep -q .; do "
    "kill -0 $service; sleep 0.02; done\n"
    "  echo $((($(date +%%s%%N) - start) / 1000000))\n"
    "done >latency.txt\n"
    "kill $feeder; kill -TERM $service; wait $service || true; trap - EXIT; rm -rf watch\n";

static int report(struct bench *bench, double ms[], size_t n, struct err *err)
{
    struct figure figure = {
        .section = "hot folder",
        .set = "1 page at a time",
        .name = "complete in the folder until found by sohoa find",
        .unit = "ms",
        .metric = "p50",
        .note = "settle time 1000 ms included; all cores busy with a batch of 300 dpi pages in "
                "another folder; the asking itself included",
        .value = percentile(ms, n, 0.5)};
    if (figure_add(bench, &figure, err) < 0)
        return -1;
    figure.metric = "p95";
    figure.note = NULL;
    figure.value = percentile(ms, n, 0.95);
    figure.target = TARGET_AT_MOST;
    figure.bound = SETTLE_MS + 2000;
    return figure_add(bench, &figure, err);
}

int rows_watch(struct bench *bench, struct err *err)
{
    char text[SCRIPT_MAX], why[200], path[WORK_PATH_MAX];
    double ms[SAMPLES];
    size_t n = 0;
    (void)snprintf(text, sizeof text, script, bench->quick ? 8 : SAMPLES, BATCH_FILES);
    if (!shell(bench, text, why)) {
        (void)fprintf(stderr, "  left out: hot folder: %s\n", why);
        return results_leave_out(&bench->results, "hot folder", why, err);
    }
    CLEANUP(bytes_done) struct bytes lines = {0};
    if (read_whole(work_path(bench, "latency.txt", path), &lines, err) < 0)
        return -1;
    for (char *at = (char *)lines.data, *end; n < SAMPLES; at = end) {
        double value = strtod(at, &end);
        if (end == at)
            break;
        ms[n++] = value;
    }
    return n == 0 ? 0 : report(bench, ms, n, err);
}
