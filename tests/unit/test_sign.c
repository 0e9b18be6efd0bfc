/* tests/unit/test_sign.c - base64 and Ed25519 against the published vectors, and what is refused.
 */
#include "base/base64.h"
#include "base/sign.h"
#include "tests/unit/test.h"

/* RFC 4648, section 10. */
static const struct base64_case {
    const char *raw, *text;
} base64_cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFF\xEF\xBE\xFB", "/+++"
                         "+w=="},
};

static void base64_goes_both_ways(void **state)
{
    (void)state;
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(base64_cases); i++) {
        CLEANUP(bytes_done) struct bytes out = {0};
        uint8_t raw[8];
        size_t len = 99;
        struct span want = span_of_text(base64_cases[i].raw);
        assert_ok(base64_append(&out, want, &err), err);
        assert_int_equal(out.len, strlen(base64_cases[i].text));
        if (out.len > 0)
            assert_memory_equal(out.data, base64_cases[i].text, out.len);
        assert_true(base64_parse(bytes_span(&out), raw, want.len, &len));
        assert_int_equal(len, want.len);
        assert_memory_equal(raw, want.data, len);
        if (want.len > 0)
            assert_false(base64_parse(bytes_span(&out), raw, want.len - 1, &len));
    }
}

static void base64_has_one_form_only(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "Z",    "Zg",       "Zg=",  "Zg===", "Zh==", "Zm9=", "Zm9v\n",   " Zg==",      "Zg= =",
        "=Zg=", "Zg==Zg==", "====", "Z===",  "Zm-v", "Zm_v", "Zm9v====", "Z\xC3\xA9g",
    };
    uint8_t raw[16] = {7};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        size_t len = 99;
        if (base64_parse(span_of_text(wrong[i]), raw, sizeof raw, &len))
            fail_msg("'%s' was taken", wrong[i]);
        assert_int_equal(len, 99);
        assert_int_equal(raw[0], 7);
    }
    size_t len = 99;
    assert_false(base64_parse(span_of("Zm\0v", 4), raw, sizeof raw, &len));
}

static struct bytes unhex(const char *hex)
{
    struct bytes out = {0};
    struct err err = {0};
    for (; *hex; hex += 2) {
        unsigned byte;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        assert_ok(bytes_append(&out, span_of(&(uint8_t){(uint8_t)byte}, 1), &err), err);
    }
    return out;
}

/* RFC 8032, section 7.1, tests 1 to 3; the seed as PKCS #8. */
static const struct sign_case {
    const char *seed, *public, *message, *signature;
} sign_cases[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

#define PLAIN "302e020100300506032b657004220420" /* what stands before the seed */

static struct sign_key *key_of_der(const char *hex, struct err *err)
{
    CLEANUP(bytes_done) struct bytes der = unhex(hex);
    CLEANUP(bytes_done) struct bytes pem = {0};
    assert_ok(bytes_append(&pem, span_of_text("-----BEGIN PRIVATE KEY-----\n"), err), *err);
    assert_ok(base64_append(&pem, bytes_span(&der), err), *err);
    assert_ok(bytes_append(&pem, span_of_text("\n-----END PRIVATE KEY-----\n"), err), *err);
    return sign_key_load(bytes_span(&pem), err);
}

static void signs_as_rfc_8032_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sign_cases); i++) {
        struct err err = {0};
        struct signature made;
        char der[200];
        (void)snprintf(der, sizeof der, PLAIN "%s", sign_cases[i].seed);
        CLEANUP(sign_key_freep) struct sign_key *key = key_of_der(der, &err);
        assert_ok_ptr(key, err);
        CLEANUP(bytes_done) struct bytes public = unhex(sign_cases[i].public);
        CLEANUP(bytes_done) struct bytes message = unhex(sign_cases[i].message);
        CLEANUP(bytes_done) struct bytes signature = unhex(sign_cases[i].signature);
        struct sign_public by = sign_key_public(key);
        assert_memory_equal(by.b, public.data, SIGN_PUBLIC_BYTES);
        assert_ok(sign_make(key, bytes_span(&message), &made, &err), err);
        assert_memory_equal(made.b, signature.data, SIGN_BYTES);
        assert_true(sign_check(&by, bytes_span(&message), &made));
        for (unsigned bit = 0; bit < 8 * SIGN_BYTES; bit += 37) {
            struct signature wrong = made;
            wrong.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(sign_check(&by, bytes_span(&message), &wrong));
        }
        assert_false(sign_check(&by, span_of_text("other"), &made));
    }
}

/* With the attribute of RFC 8410, section 10.3: another form of the same key. */
static void a_key_with_attributes_is_the_same_key(void **state)
{
    (void)state;
    struct err err = {0};
    char der[200];
    (void)snprintf(der, sizeof der, "304f020100300506032b657004220420%s%s", sign_cases[0].seed,
                   "a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273");
    CLEANUP(sign_key_freep) struct sign_key *key = key_of_der(der, &err);
    assert_ok_ptr(key, err);
    CLEANUP(bytes_done) struct bytes public = unhex(sign_cases[0].public);
    struct sign_public by = sign_key_public(key);
    assert_memory_equal(by.b, public.data, SIGN_PUBLIC_BYTES);
}

static void what_is_longer_or_shorter_than_a_key_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    char der[200];
    (void)snprintf(der, sizeof der, PLAIN "%.62s", sign_cases[0].seed);
    assert_null(key_of_der(der, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(key_of_der(PLAIN, &err));
}

static void a_new_key_can_be_kept(void **state)
{
    (void)state;
    struct err err = {0};
    struct signature one, two;
    CLEANUP(sign_wipe) struct bytes pem = {0};
    CLEANUP(sign_key_freep) struct sign_key *key = sign_key_new(&err);
    CLEANUP(sign_key_freep) struct sign_key *other = sign_key_new(&err);
    assert_ok_ptr(key, err);
    assert_ok(sign_key_pem(key, &pem, &err), err);
    CLEANUP(sign_key_freep) struct sign_key *again = sign_key_load(bytes_span(&pem), &err);
    assert_ok_ptr(again, err);
    assert_ok(sign_make(key, span_of_text("a"), &one, &err), err);
    assert_ok(sign_make(again, span_of_text("a"), &two, &err), err);
    assert_memory_equal(one.b, two.b, SIGN_BYTES);
    struct sign_public stranger = sign_key_public(other);
    assert_false(sign_check(&stranger, span_of_text("a"), &one));
}

/* Made with: openssl genpkey -algorithm x25519; and an Ed25519 key with a passphrase. */
static const char x25519[] = "-----BEGIN PRIVATE KEY-----\n"
                             "MC4CAQAwBQYDK2VuBCIEIHgHq0kfPvqYPUVo8hDyBvwZmOw2T9LGNhX4hHb7JZ1p\n"
                             "-----END PRIVATE KEY-----\n";

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    CLEANUP(bytes_done) struct bytes large = {0};
    assert_null(sign_key_load(span_of("", 0), &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_null(sign_key_load(span_of(NULL, 0), &err));
    assert_null(sign_key_load(span_of_text("-----BEGIN PRIVATE KEY-----\n"), &err));
    err = (struct err){0};
    assert_null(sign_key_load(span_of_text(x25519), &err));
    assert_non_null(strstr(err.text, "no Ed25519 key"));
    /* Larger than a key can be: not even looked at. */
    CLEANUP(sign_key_freep) struct sign_key *key = sign_key_new(&err);
    assert_ok(sign_key_pem(key, &large, &err), err);
    while (large.len <= SIGN_PEM_MAX)
        assert_ok(bytes_append(&large, span_of_text("\n\n\n\n\n\n\n\n"), &err), err);
    assert_null(sign_key_load(bytes_span(&large), &err));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(base64_has_one_form_only),
        cmocka_unit_test(signs_as_rfc_8032_does),
        cmocka_unit_test(a_key_with_attributes_is_the_same_key),
        cmocka_unit_test(what_is_longer_or_shorter_than_a_key_is_refused),
        cmocka_unit_test(a_new_key_can_be_kept),
        cmocka_unit_test(what_is_no_key_is_refused),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
