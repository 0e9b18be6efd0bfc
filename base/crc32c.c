/* base/crc32c.c - CRC-32C (Castagnoli, RFC 3720 appendix B.4): a cheap check before the digest. */
#include "base/crc32c.h"

#include <string.h>

/* The reflected polynomial 0x1EDC6F41, four bits at a time: 16 entries need no start-up code. */
uint32_t crc32c_portable(uint32_t crc, struct span data)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };
    crc = ~crc;
    for (size_t i = 0; i < data.len; i++) {
        crc ^= data.data[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, struct span data)
{
    uint64_t acc = ~crc;
    const uint8_t *p = data.data;
    size_t len = data.len;
    for (; len >= 8; len -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        acc = __builtin_ia32_crc32di(acc, word);
    }
    uint32_t rest = (uint32_t)acc;
    for (; len > 0; len--, p++)
        rest = __builtin_ia32_crc32qi(rest, *p);
    return ~rest;
}

uint32_t crc32c(uint32_t crc, struct span data)
{
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42(crc, data);
    return crc32c_portable(crc, data);
}
#else
uint32_t crc32c(uint32_t crc, struct span data)
{
    return crc32c_portable(crc, data);
}
#endif
