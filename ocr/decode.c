/* ocr/decode.c - from a network's scores to words.
 *
 * Connectionist temporal classification: a step says a class or "nothing"; a class that goes on is
 * one letter. Where every step is sure the likeliest path is taken. Other words go through a prefix
 * beam search: each prefix keeps the probability of ending in a letter and in nothing, and at the
 * end a prefix that is no word of the language must be much likelier to win. */
#include "ocr/decode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SURE_MIN       0.98F /* a step above this needs no second thought */
#define SPACE_MIN      0.5F  /* a blank above this parts words */
#define CANDIDATE_MIN  5e-4F /* classes below are not tried */
#define CANDIDATES_MAX 16
#define BEAM           16
#define STEPS_MAX      400   /* of one word in the beam; longer ones stay greedy */
#define UNKNOWN_FACTOR 3.5   /* log-probability of what is no word is multiplied by this */
#define STEP_COST      0.085 /* per step, so that the factor weighs on sure words too */

/* A node of the tree of prefixes that one word's beam grows. */
struct prefix {
    int32_t parent, child, sibling; /* -1: none */
    uint32_t class;
    uint32_t len;
    double blank, letter; /* probability of ending in nothing, in the letter */
    double next_blank, next_letter;
    bool queued;
};
#define PREFIXES_MAX (1 + STEPS_MAX * BEAM * CANDIDATES_MAX)

struct beam {
    struct prefix *prefixes;
    int32_t prefix_len, prefix_cap;
    int32_t now[BEAM], next[BEAM * (CANDIDATES_MAX + 1)];
    size_t now_len, next_len;
};

struct word {
    uint32_t classes[STEPS_MAX];
    uint32_t len;
};

struct job {
    const struct lexicon *lexicon;
    uint32_t null_class, classes;
    bool any_word;
    const struct line_scores *scores;
};

static float probability(const struct job *job, uint32_t step, uint32_t class)
{
    return job->scores->probabilities[(size_t)step * job->scores->stride + class];
}

static bool is_gap(const struct job *job, uint32_t step)
{
    const uint32_t best = job->scores->best[step];
    return lexicon_is_space(job->lexicon, best) && probability(job, step, best) > SPACE_MIN;
}

/* A step shared with nothing or with the letters beside it is sure too where the letters are the
 * same whichever is taken: not where one has no other step and would be lost, nor where nothing
 * parts two that are the same. */
static bool is_sure(const struct job *job, uint32_t step)
{
    const uint32_t *best = job->scores->best, here = best[step], none = job->null_class;
    float p = probability(job, step, here);
    if (p >= SURE_MIN)
        return true;
    const uint32_t before = step > 0 ? best[step - 1] : none;
    const uint32_t after = step + 1 < job->scores->steps ? best[step + 1] : none;
    const bool goes_on = here == none ? before != after : before == here || after == here;
    if (!goes_on)
        return false;
    if (here != none)
        p += probability(job, step, none);
    if (before != here && before != none)
        p += probability(job, step, before);
    if (after != here && after != none && after != before)
        p += probability(job, step, after);
    return p >= SURE_MIN;
}

/* --- beam ------------------------------------------------------------------------------------- */

static int32_t prefix_new(struct beam *beam, int32_t parent, uint32_t class)
{
    if (beam->prefix_len == beam->prefix_cap) {
        int32_t cap = beam->prefix_cap ? 2 * beam->prefix_cap : 1024;
        struct prefix *more =
            cap <= 2 * PREFIXES_MAX ? realloc(beam->prefixes, (size_t)cap * sizeof *more) : NULL;
        if (!more)
            return -1; /* UNTESTED: memory */
        beam->prefixes = more;
        beam->prefix_cap = cap;
    }
    struct prefix *p = &beam->prefixes[beam->prefix_len];
    *p = (struct prefix){.parent = parent, .child = -1, .sibling = -1, .class = class};
    if (parent >= 0) {
        p->len = beam->prefixes[parent].len + 1;
        p->sibling = beam->prefixes[parent].child;
        beam->prefixes[parent].child = beam->prefix_len;
    }
    return beam->prefix_len++;
}

static int32_t prefix_child(struct beam *beam, int32_t parent, uint32_t class)
{
    for (int32_t c = beam->prefixes[parent].child; c >= 0; c = beam->prefixes[c].sibling)
        if (beam->prefixes[c].class == class)
            return c;
    return prefix_new(beam, parent, class);
}

static void queue(struct beam *beam, int32_t at)
{
    if (!beam->prefixes[at].queued) {
        beam->prefixes[at].queued = true;
        beam->next[beam->next_len++] = at;
    }
}

static double next_total(const struct beam *beam, int32_t at)
{
    return beam->prefixes[at].next_blank + beam->prefixes[at].next_letter;
}

static size_t candidates_at(const struct job *job, uint32_t step, uint32_t ret[CANDIDATES_MAX])
{
    size_t n = 0;
    for (uint32_t class = 0; class < job->classes && n < CANDIDATES_MAX; class ++)
        if (class != job->null_class && probability(job, step, class) > CANDIDATE_MIN)
            ret[n++] = class;
    return n;
}

static bool extend(struct beam *beam, const struct job *job, uint32_t step)
{
    uint32_t candidates[CANDIDATES_MAX];
    const size_t n = candidates_at(job, step, candidates);
    const double nothing = (double)probability(job, step, job->null_class);
    beam->next_len = 0;
    for (size_t i = 0; i < beam->now_len; i++) {
        const int32_t at = beam->now[i];
        const double all = beam->prefixes[at].blank + beam->prefixes[at].letter;
        queue(beam, at);
        beam->prefixes[at].next_blank += all * nothing;
        if (beam->prefixes[at].parent >= 0)
            beam->prefixes[at].next_letter +=
                beam->prefixes[at].letter *
                (double)probability(job, step, beam->prefixes[at].class);
        for (size_t k = 0; k < n; k++) {
            const bool again =
                beam->prefixes[at].parent >= 0 && beam->prefixes[at].class == candidates[k];
            const double add = (again ? beam->prefixes[at].blank : all) *
                               (double)probability(job, step, candidates[k]);
            const int32_t child = add > 0 ? prefix_child(beam, at, candidates[k]) : -1;
            if (add > 0 && child < 0)
                return false; /* UNTESTED: memory */
            if (child >= 0) {
                beam->prefixes[child].next_letter += add;
                queue(beam, child);
            }
        }
    }
    return true;
}

/* Keeps the BEAM likeliest, in order of likelihood (ties: the older first). False at a dead end. */
static bool narrow(struct beam *beam)
{
    size_t kept = 0;
    double total = 0;
    while (kept < BEAM && kept < beam->next_len) {
        size_t top = kept;
        for (size_t i = kept + 1; i < beam->next_len; i++)
            if (next_total(beam, beam->next[i]) > next_total(beam, beam->next[top]))
                top = i;
        const int32_t at = beam->next[top];
        memmove(&beam->next[kept + 1], &beam->next[kept], (top - kept) * sizeof beam->next[0]);
        beam->next[kept] = at;
        beam->now[kept++] = at;
        total += next_total(beam, at);
    }
    beam->now_len = kept;
    for (size_t i = 0; i < beam->next_len; i++) {
        struct prefix *p = &beam->prefixes[beam->next[i]];
        p->blank = i < kept ? p->next_blank : 0;
        p->letter = i < kept ? p->next_letter : 0;
        p->next_blank = p->next_letter = 0;
        p->queued = false;
    }
    return total > 1e-200;
}

static void spell(const struct beam *beam, int32_t at, struct word *word)
{
    word->len = beam->prefixes[at].len;
    for (uint32_t i = word->len; i > 0; i--, at = beam->prefixes[at].parent)
        word->classes[i - 1] = beam->prefixes[at].class;
}

/* A beam's word may hold blanks: then every part must be known. */
static bool all_known(const struct job *job, const struct word *word)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i <= word->len; i++) {
        if (i < word->len && !lexicon_is_space(job->lexicon, word->classes[i]))
            continue;
        if (i > from && !lexicon_has(job->lexicon, word->classes + from, i - from))
            return false;
        from = i + 1;
    }
    return true;
}

static void beam_done(struct beam *beam)
{
    free(beam->prefixes);
}

static int beam_search(const struct job *job, uint32_t first, uint32_t end, struct word *word,
                       struct err *err)
{
    CLEANUP(beam_done) struct beam beam = {.now_len = 1};
    if (prefix_new(&beam, -1, 0) < 0)
        return err_sys(err, "read a word"); /* UNTESTED: memory */
    beam.prefixes[0].blank = 1;
    for (uint32_t step = first; step < end; step++) {
        if (!extend(&beam, job, step))
            return err_sys(err, "read a word"); /* UNTESTED: memory */
        if (!narrow(&beam))
            return 0; /* nothing is likely: the greedy word stays */
    }
    double best = -HUGE_VAL;
    for (size_t i = 0; i < beam.now_len; i++) {
        const struct prefix *p = &beam.prefixes[beam.now[i]];
        struct word candidate;
        if (!(p->blank + p->letter > 0))
            continue;
        spell(&beam, beam.now[i], &candidate);
        const double score = (log(p->blank + p->letter) - STEP_COST * (end - first)) *
                             (job->any_word || all_known(job, &candidate) ? 1 : UNKNOWN_FACTOR);
        if (score > best) {
            best = score;
            *word = candidate;
        }
    }
    return 0;
}

/* --- words ------------------------------------------------------------------------------------ */

/* The likeliest path's letters, and how sure it is: the mean over the letters of each one's best
 * step, and of the step it is least sure of. */
static void greedy(const struct job *job, uint32_t first, uint32_t end, struct word *word,
                   float *ret_confidence)
{
    uint32_t previous = job->null_class;
    float least = 1, peak = 0, sum = 0;
    uint32_t letters = 0;
    word->len = 0;
    for (uint32_t step = first; step < end; step++) {
        const uint32_t class = job->scores->best[step];
        const float p = probability(job, step, class);
        if (class != previous && class != job->null_class) {
            if (word->len < STEPS_MAX)
                word->classes[word->len++] = class;
            sum += peak;
            peak = 0;
            letters++;
        }
        if (class != job->null_class && p > peak)
            peak = p;
        if (p < least && !is_sure(job, step))
            least = p;
        previous = class;
    }
    sum += peak;
    *ret_confidence = letters == 0 ? 0 : 50 * (sum / (float)letters + least);
}

int decoded_words_add(struct decoded_words *words, struct decoded_word word, struct err *err)
{
    if (words->len == words->cap) {
        size_t cap = words->cap ? 2 * words->cap : 64;
        struct decoded_word *more = realloc(words->items, cap * sizeof *more);
        if (!more) {
            errno = ENOMEM;
            return err_sys(err, "read a line"); /* UNTESTED: memory */
        }
        words->items = more;
        words->cap = cap;
    }
    words->items[words->len++] = word;
    return 0;
}

static int emit(const struct job *job, const struct word *word, struct decoded_word out,
                struct decoded_words *words, struct bytes *text, struct err *err)
{
    out.text_off = text->len;
    for (uint32_t i = 0; i < word->len; i++) {
        const char *letter = lexicon_text(job->lexicon, word->classes[i]);
        if (!lexicon_is_space(job->lexicon, word->classes[i]) &&
            bytes_append(text, span_of_text(letter), err) < 0)
            return -1;
    }
    out.text_len = text->len - out.text_off;
    if (out.text_len == 0)
        return 0;
    return decoded_words_add(words, out, err);
}

/* A word in which the beam found blanks becomes several, of as many steps as they have letters. */
static int emit_parts(const struct job *job, const struct word *word, struct decoded_word out,
                      struct decoded_words *words, struct bytes *text, struct err *err)
{
    const uint32_t first = out.first_step, steps = out.end_step - out.first_step;
    uint32_t from = 0;
    for (uint32_t i = 0; i <= word->len; i++) {
        if (i < word->len && !lexicon_is_space(job->lexicon, word->classes[i]))
            continue;
        struct word part = {.len = i - from};
        memcpy(part.classes, word->classes + from, part.len * sizeof part.classes[0]);
        out.first_step = first + (uint32_t)((uint64_t)steps * from / (word->len ? word->len : 1));
        out.end_step = first + (uint32_t)((uint64_t)steps * i / (word->len ? word->len : 1));
        if (part.len > 0 && emit(job, &part, out, words, text, err) < 0)
            return -1;
        from = i + 1;
    }
    return 0;
}

static int decode_word(const struct job *job, uint32_t first, uint32_t end,
                       struct decoded_words *words, struct bytes *text, struct err *err)
{
    struct word word;
    struct decoded_word out = {.first_step = first, .end_step = end};
    bool sure = true;
    greedy(job, first, end, &word, &out.confidence);
    for (uint32_t step = first; step < end && sure; step++)
        sure = is_sure(job, step);
    if (!sure && word.len > 0 && end - first <= STEPS_MAX &&
        beam_search(job, first, end, &word, err) < 0)
        return -1;
    return emit_parts(job, &word, out, words, text, err);
}

int decode_line(const struct decoder *decoder, const struct line_scores *scores,
                struct decoded_words *words, struct bytes *text, struct err *err)
{
    const struct job job = {decoder->lexicon, decoder->null_class, decoder->classes,
                            decoder->any_word, scores};
    for (uint32_t step = 0; step < scores->steps;) {
        while (step < scores->steps && is_gap(&job, step))
            step++;
        const uint32_t first = step;
        while (step < scores->steps && !is_gap(&job, step))
            step++;
        if (step > first && decode_word(&job, first, step, words, text, err) < 0)
            return -1;
    }
    return 0;
}
