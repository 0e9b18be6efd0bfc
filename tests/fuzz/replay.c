/* tests/fuzz/replay.c - stands in for libFuzzer where that is not: runs a target once on every file
 * of the folders it is given. */
#include <dirent.h>

#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"

/* In a block of its own length, so that a byte too far is seen. */
static void replay(const char *path)
{
    FILE *file = fopen(path, "rbe");
    must(file && fseek(file, 0, SEEK_END) == 0);
    const size_t len = (size_t)ftell(file);
    uint8_t *data = malloc(len ? len : 1);
    must(data && fseek(file, 0, SEEK_SET) == 0 && fread(data, 1, len, file) == len);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, len);
    free(data);
}

static size_t replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    must(dir);
    size_t files = 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char *path = NULL;
        if (entry->d_name[0] == '.')
            continue;
        must(asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
        replay(path);
        free(path);
        files++;
    }
    (void)closedir(dir);
    return files;
}

int main(int argc, char **argv)
{
    size_t files = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        files += replay_folder(argv[i]);
    (void)printf("%zu inputs\n", files);
    must(files > 0);
    return 0;
}
