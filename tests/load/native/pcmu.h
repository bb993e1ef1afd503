/* ITU-T G.711 mu-law by tables. */
#ifndef PCMU_H
#define PCMU_H
#include <stdint.h>

static int16_t linear_of[256];
static uint8_t ulaw_of[65536];

static inline void build_pcmu_tables(void) {
  for (int code = 0; code < 256; code++) {
    int bits = ~code & 0xff, magnitude = (((bits & 15) * 2 + 33) << (bits >> 4 & 7)) - 33;
    linear_of[code] = (int16_t)((bits & 0x80 ? -magnitude : magnitude) * 4);
  }
  for (int sample = -32768; sample < 32768; sample++) {
    int sign = sample < 0 ? 0x80 : 0, magnitude = (sample < 0 ? -sample : sample) / 4 + 33, exponent = 0;
    if (magnitude > 8191) magnitude = 8191;
    while (magnitude >> (exponent + 6) != 0) exponent++;
    ulaw_of[(uint16_t)sample] = (uint8_t)~(sign | exponent << 4 | (magnitude >> (exponent + 1) & 15));
  }
}
#endif
