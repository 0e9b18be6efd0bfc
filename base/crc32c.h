/* base/crc32c.h - CRC-32C (Castagnoli, RFC 3720 appendix B.4): a cheap check before the digest. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include "base/bytes.h"

/* crc32c(0, "123456789") is 0xE3069283. Feed the result back in to go on. SSE4.2 when the machine
 * has it, else a table; both give the same. */
uint32_t crc32c(uint32_t crc, struct span data);
uint32_t crc32c_portable(uint32_t crc, struct span data); /* for the test that compares them */

#endif
