/* storage/proof.c - proofs as text files: C2SP tlog-proof and tlog-witness' add-checkpoint. */
#include "storage/proof.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"

#define OLD     "old "
#define OLD_LEN (sizeof OLD - 1)

static int write_hashes(const struct merkle_proof *proof, struct bytes *out, struct err *err)
{
    for (size_t i = 0; i < proof->len; i++)
        if (hash_write(&proof->hashes[i], out, err) < 0 ||
            bytes_append(out, span_of_text("\n"), err) < 0)
            return -1; /* UNTESTED: no memory */
    return bytes_append(out, span_of_text("\n"), err);
}

int proof_write(struct span extra, uint64_t index, const struct merkle_proof *path,
                struct span note, struct bytes *out, struct err *err)
{
    if (bytes_printf(out, err, "c2sp.org/tlog-proof@v1\n") < 0)
        return -1; /* UNTESTED: no memory */
    if (extra.len > 0 &&
        (bytes_append(out, span_of_text("extra "), err) < 0 || base64_append(out, extra, err) < 0 ||
         bytes_append(out, span_of_text("\n"), err) < 0))
        return -1; /* UNTESTED: no memory */
    if (bytes_printf(out, err, "index %" PRIu64 "\n", index) < 0 ||
        write_hashes(path, out, err) < 0)
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, note, err);
}

int growth_write(const struct growth *growth, struct bytes *out, struct err *err)
{
    if (growth->told && (bytes_printf(out, err, OLD "%" PRIu64 "\n", growth->old) < 0 ||
                         write_hashes(&growth->proof, out, err) < 0))
        return -1; /* UNTESTED: no memory */
    return bytes_append(out, growth->note, err);
}

int growth_parse(struct span text, struct growth *ret_growth, struct err *err)
{
    struct growth growth = {.note = text};
    struct span line = {0};
    if (text.len < OLD_LEN || memcmp(text.data, OLD, OLD_LEN) != 0) {
        *ret_growth = growth;
        return 0;
    }
    growth.told = true;
    if (!text_take_line(&text, &line) ||
        !number_parse(span_of(line.data + OLD_LEN, line.len - OLD_LEN), MERKLE_SIZE_MAX,
                      &growth.old))
        return err_set(err, ERR_INPUT, "the old size is no number");
    while (text_take_line(&text, &line) && line.len > 0)
        if (growth.proof.len == MERKLE_PROOF_MAX ||
            !hash_parse(line, &growth.proof.hashes[growth.proof.len++]))
            return err_set(err, ERR_INPUT, "line %zu of the consistency proof is malformed",
                           growth.proof.len + 1);
    growth.note = text;
    *ret_growth = growth;
    return 0;
}
