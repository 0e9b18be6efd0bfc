/* tests/unit/test_seal.c - HKDF, HMAC and AES-256-GCM give what others say they give. */
#include "base/seal.h"
#include "tests/unit/test.h"

/* 00 01 02 ... 1f */
static struct seal_secret counting(void)
{
    struct seal_secret secret;
    for (size_t i = 0; i < sizeof secret.b; i++)
        secret.b[i] = (uint8_t)i;
    return secret;
}

static size_t unhex(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return n;
}

/* openssl kdf -keylen LEN -kdfopt digest:SHA256 -kdfopt hexkey:000102..1f [-kdfopt hexsalt:SALT]
 *     -kdfopt info:INFO HKDF */
static const struct derived {
    const char *salt, *info, *out;
} derived[] = {
    {"", "sohoa dedup key 1", "2d1068c514d29225ad4ce74e3d90b7f8ec22c3adee9349623a873500940700ad"},
    {"a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf", "sohoa object 1",
     "9fc2d548447347deed70744a0363e2bd9e47327c5b87d2e2bea9469e42d205241b8737da35c00e5f7f731896"},
};

static void keys_are_derived_as_rfc_5869_says(void **state)
{
    (void)state;
    const struct seal_secret secret = counting();
    for (size_t i = 0; i < ARRAY_LEN(derived); i++) {
        struct err err = {0};
        uint8_t salt[64], want[64], got[64];
        struct span salted = span_of(salt, unhex(derived[i].salt, salt));
        size_t len = unhex(derived[i].out, want);
        assert_ok(seal_derive(&secret, salted, derived[i].info, got, len, &err), err);
        assert_memory_equal(got, want, len);
    }
}

/* openssl mac -digest SHA256 -macopt hexkey:000102..1f -in FILE HMAC */
static void macs_are_those_of_rfc_2104(void **state)
{
    (void)state;
    struct err err = {0};
    const struct seal_secret secret = counting();
    static const struct {
        const char *first, *second, *mac;
    } macs[] = {
        {"", "", "d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb"},
        {"xin ", "chao\n", "b9255566137affd4d1723c5a4b61ca731927a95d8f0bd0d16606918b23cff9aa"},
    };
    for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
        CLEANUP(seal_mac_freep) struct seal_mac *mac = seal_mac_new(&secret, &err);
        struct digest got;
        char hex[DIGEST_HEX_LEN + 1];
        assert_ok_ptr(mac, err);
        assert_ok(seal_mac_add(mac, span_of_text(macs[i].first), &err), err);
        assert_ok(seal_mac_add(mac, span_of_text(macs[i].second), &err), err);
        assert_ok(seal_mac_finish(mac, &got, &err), err);
        assert_string_equal(digest_hex(&got, hex), macs[i].mac);
    }
}

/* The test cases 13, 14 and 16 of the specification that NIST took over. */
static const struct gcm_case {
    const char *why, *key, *nonce, *head, *plain, *sealed, *tag;
} gcm_cases[] = {
    {"case 13", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"case 14", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"case 16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
     "a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
     "828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

struct vector {
    struct seal_text text;
    uint8_t head[64], plain[64], sealed[64], tag[SEAL_TAG_BYTES];
    size_t len;
};

static void read_vector(const struct gcm_case *c, struct vector *v)
{
    assert_int_equal(unhex(c->key, v->text.key.b), SEAL_KEY_BYTES);
    assert_int_equal(unhex(c->nonce, v->text.nonce), SEAL_NONCE_BYTES);
    assert_int_equal(unhex(c->tag, v->tag), SEAL_TAG_BYTES);
    v->text.head = span_of(v->head, unhex(c->head, v->head));
    v->len = unhex(c->plain, v->plain);
    assert_int_equal(unhex(c->sealed, v->sealed), v->len);
}

static void is_sealed_as_nist_says(void **state)
{
    struct vector v;
    struct err err = {0};
    uint8_t got[64], tag[SEAL_TAG_BYTES];
    read_vector(*state, &v);
    for (size_t cut = 0; cut <= v.len; cut++) { /* in two pieces */
        CLEANUP(seal_cipher_freep)
        struct seal_cipher *cipher = seal_cipher_new(&v.text, false, &err);
        assert_ok_ptr(cipher, err);
        assert_ok(seal_cipher_run(cipher, span_of(v.plain, cut), got, &err), err);
        assert_ok(seal_cipher_run(cipher, span_of(v.plain + cut, v.len - cut), got + cut, &err),
                  err);
        assert_ok(seal_cipher_tag(cipher, tag, &err), err);
        assert_memory_equal(got, v.sealed, v.len);
        assert_memory_equal(tag, v.tag, sizeof tag);
    }
}

/* Opens what `v` holds; true when the tag fits. */
static bool opens(const struct vector *v, uint8_t *out)
{
    struct err err = {0};
    CLEANUP(seal_cipher_freep)
    struct seal_cipher *cipher = seal_cipher_new(&v->text, true, &err);
    assert_ok_ptr(cipher, err);
    assert_ok(seal_cipher_run(cipher, span_of(v->sealed, v->len), out, &err), err);
    return seal_cipher_fits(cipher, v->tag);
}

static void opens_what_is_whole_and_nothing_else(void **state)
{
    struct vector v;
    uint8_t got[64];
    read_vector(*state, &v);
    assert_true(opens(&v, got));
    assert_memory_equal(got, v.plain, v.len);
    const struct {
        uint8_t *at;
        size_t len;
    } parts[] = {{v.text.key.b, SEAL_KEY_BYTES},
                 {v.text.nonce, SEAL_NONCE_BYTES},
                 {v.head, v.text.head.len},
                 {v.sealed, v.len},
                 {v.tag, SEAL_TAG_BYTES}};
    for (size_t part = 0; part < ARRAY_LEN(parts); part++)
        for (size_t bit = 0; bit < parts[part].len * 8; bit++) {
            parts[part].at[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(opens(&v, got));
            parts[part].at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    if (v.len > 0) {
        v.len--;
        assert_false(opens(&v, got));
    }
}

static void random_bytes_differ(void **state)
{
    (void)state;
    struct err err = {0};
    uint8_t a[32] = {0}, b[32] = {0};
    assert_ok(seal_random(a, sizeof a, &err), err);
    assert_ok(seal_random(b, sizeof b, &err), err);
    assert_memory_not_equal(a, b, sizeof a);
    seal_clear(a, sizeof a);
    for (size_t i = 0; i < sizeof a; i++)
        assert_int_equal(a[i], 0);
}

int main(void)
{
    struct CMUnitTest tests[3 + 2 * ARRAY_LEN(gcm_cases)] = {
        cmocka_unit_test(keys_are_derived_as_rfc_5869_says),
        cmocka_unit_test(macs_are_those_of_rfc_2104),
        cmocka_unit_test(random_bytes_differ),
    };
    size_t n = 3;
    for (size_t i = 0; i < ARRAY_LEN(gcm_cases); i++) {
        tests[n++] = (struct CMUnitTest){gcm_cases[i].why, is_sealed_as_nist_says, NULL, NULL,
                                         (void *)&gcm_cases[i]};
        tests[n++] = (struct CMUnitTest){gcm_cases[i].why, opens_what_is_whole_and_nothing_else,
                                         NULL, NULL, (void *)&gcm_cases[i]};
    }
    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
