/* app/main.c - sohoa: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/keyring.h"
#include "app/manual.h"
#include "pipeline/cell_child.h"
#include "pipeline/render.h"

const struct command *const commands[] = {
    &command_init,       &command_ingest,
    &command_watch,      &command_status,
    &command_ledger,     &command_batch,
    &command_quarantine, &command_ls,
    &command_find,       &command_show,
    &command_get,        &command_export,
    &command_assign,     &command_retain,
    &command_destroy,    &command_event,
    &command_dossier,    &command_deliver,
    &command_report,     &command_fields,
    &command_review,     &command_unit,
    &command_verify,     &command_sync,
    &command_repair,     &command_checkpoint,
    &command_prove,      &command_witness,
    &command_stats,      &command_dictionary,
    &command_reindex,    &command_keys,
    &command_selftest,   NULL,
};

static const struct command *find_command(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 2 ? find_command(argv[2]) : NULL;
    if (argc > 2 && !command)
        return usage_error(NULL, _("there is no command '%s'"), argv[2]);
    if (command)
        print_help(command);
    else
        print_overview();
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    /* The two roles this program starts itself in: no locale, no files, as little as can be. */
    if (argc == 2 && strcmp(argv[1], "--cell") == 0)
        return cell_child_main();
    if (argc > 1 && strcmp(argv[1], "--render") == 0)
        return render_child_main(argc, argv);

    language_init();
    if (argc < 2) {
        print_overview();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    if (strcmp(argv[1], "--man") == 0)
        return print_manual();
    const struct command *command = find_command(argv[1]);
    if (!command)
        return usage_error(NULL, _("there is no command '%s'"), argv[1]);
    argc--;
    argv++;
    keyring_take_option(&argc, argv);
    int code = command->run(argc, argv);
    if (code > EXIT_FINDINGS || (fflush(stdout) == 0 && !ferror(stdout)))
        return code;
    struct err err = {0};
    (void)err_sys(&err, "write to standard output");
    return report(&err);
}
