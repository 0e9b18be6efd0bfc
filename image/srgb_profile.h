/* image/srgb_profile.h - inside image/ only: the colour space sRGB as an ICC profile. */
#ifndef IMAGE_SRGB_PROFILE_H
#define IMAGE_SRGB_PROFILE_H

#include "base/bytes.h"

#define SRGB_PROFILE_BYTES 576

/* Appends the profile: ICC version 2, class monitor, made of the primaries, the white point and the
 * curve of IEC 61966-2-1. Always the same bytes. */
MUST_USE int srgb_profile(struct bytes *out, struct err *err);

#endif
