/* app/cmd_selftest.c - sohoa selftest: does our reader read this machine's model as it should? */
#include <getopt.h>
#include <stdio.h>

#include "app/app.h"
#include "ocr/network.h"
#include "ocr/selftest.h"

enum { OPT_LANGUAGE = OPT_FIRST_OWN };

static const struct option options[] = {
    {"language", required_argument, NULL, OPT_LANGUAGE}, COMMON_OPTIONS, {0}};

static int print_json(const char *language, const struct selftest *result, bool passed,
                      struct err *err)
{
    CLEANUP(json_freep)
    json_t *json = json_pack("{s:s s:s s:f s:f s:f s:b}", "language", language, "kernels",
                             network_kernels_name(network_best_kernels()), "ours_pct",
                             result->ours_pct, "tesseract_pct", result->tesseract_pct, "agree_pct",
                             result->both_pct, "passed", passed);
    if (json && result->refused[0])
        (void)json_object_set_new(json, "refused", json_string(result->refused));
    return json_print_line(json, err);
}

static void print_text(const char *language, const struct selftest *result, bool passed)
{
    printf(_("language   %s, kernels %s\n"), language,
           network_kernels_name(network_best_kernels()));
    if (result->refused[0])
        printf(_("fast       cannot read this model: %s\n"), result->refused);
    else
        printf(_("fast       %.1f %% of the built-in lines right\n"), result->ours_pct);
    printf(_("tesseract  %.1f %% of the built-in lines right\n"), result->tesseract_pct);
    if (!result->refused[0])
        printf(_("agreement  %.1f %%\n"), result->both_pct);
    puts(passed ? _("--engine auto reads with the fast reader.")
                : _("--engine auto reads with Tesseract."));
}

static int run(int argc, char **argv)
{
    const char *language = "vie";
    struct selftest result;
    struct err err = {0};
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (c == OPT_HELP || c == 'h') {
            print_help(&command_selftest);
            return EXIT_DONE;
        }
        if (c != OPT_JSON && c != OPT_LANGUAGE)
            return usage_error(&command_selftest, _("unknown option or missing value"));
        json |= c == OPT_JSON;
        if (c == OPT_LANGUAGE)
            language = optarg;
    }
    if (optind != argc)
        return usage_error(&command_selftest, _("bad value '%s'"), argv[optind]);
    if (selftest_run(NULL, language, &result, &err) < 0)
        return report(&err);
    const bool passed = !result.refused[0] && result.ours_pct >= SELFTEST_AGREE_MIN;
    if (!json)
        print_text(language, &result, passed);
    else if (print_json(language, &result, passed, &err) < 0)
        return report(&err);
    return passed ? EXIT_DONE : EXIT_FINDINGS;
}

const struct command command_selftest = {
    .name = "selftest",
    .summary = N_("check the fast reader against the installed model"),
    .usage = "selftest [--language LANG] [--json]",
    .help =
        N_("Reads built-in lines with the fast reader and with Tesseract, on the model that is\n"
           "installed, and tells how much of them each got right. '--engine auto' has the fast\n"
           "reader read them at each start, and leaves reading to Tesseract when it fails.\n"
           "Exit code 1 says that it failed.\n"
           "\n"
           "Options:\n"
           "  --language LANG  model to check: vie (default) or eng\n"
           "  --json           one JSON object\n"
           "\n"
           "Example:\n"
           "  sohoa selftest --language eng\n"),
    .run = run,
};
