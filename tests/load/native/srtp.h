/* SRTP with AES_CM_128_HMAC_SHA1_80 (RFC 3711) by the processor's own instructions: what no program that runs on this
 * machine does for less. One SSRC per context; no replay window, which costs nothing beside the rest. */
#ifndef SRTP_H
#define SRTP_H
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define RTP_HEADER_BYTES 12
#define SRTP_TAG_BYTES 10
#define SRTP_MASTER_BYTES 30

struct sha1_state {
  uint32_t h[5];
};

struct srtp_context {
  __m128i round_keys[11];
  uint8_t salt[14];
  struct sha1_state inner, outer;
  uint32_t rollover;
  uint16_t last_sequence;
  int has_sequence;
};

#define AES_EXPAND(rcon)                                                                \
  do {                                                                                  \
    __m128i assist = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, rcon), 0xff);     \
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));                                   \
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));                                   \
    key = _mm_xor_si128(key, assist);                                                   \
    *next++ = key;                                                                      \
  } while (0)

static inline void aes_expand(const uint8_t bytes[16], __m128i round_keys[11]) {
  __m128i key = _mm_loadu_si128((const __m128i *)bytes), *next = round_keys;
  *next++ = key;
  AES_EXPAND(0x01); AES_EXPAND(0x02); AES_EXPAND(0x04); AES_EXPAND(0x08); AES_EXPAND(0x10);
  AES_EXPAND(0x20); AES_EXPAND(0x40); AES_EXPAND(0x80); AES_EXPAND(0x1b); AES_EXPAND(0x36);
}

/* RFC 3711 §4.1.1: the key stream of one packet, four blocks in flight. */
static inline void aes_cm(const __m128i round_keys[11], const uint8_t iv[16], uint8_t *data, int length) {
  uint8_t counter[4][16], stream[4][16];
  for (int done = 0; done < length; done += 64) {
    __m128i block[4];
    for (int i = 0; i < 4; i++) {
      int index = done / 16 + i;
      memcpy(counter[i], iv, 14);
      counter[i][14] = (uint8_t)(index >> 8);
      counter[i][15] = (uint8_t)index;
      block[i] = _mm_xor_si128(_mm_loadu_si128((__m128i *)counter[i]), round_keys[0]);
    }
    for (int round = 1; round < 10; round++)
      for (int i = 0; i < 4; i++) block[i] = _mm_aesenc_si128(block[i], round_keys[round]);
    for (int i = 0; i < 4; i++)
      _mm_storeu_si128((__m128i *)stream[i], _mm_aesenclast_si128(block[i], round_keys[10]));
    int some = length - done < 64 ? length - done : 64;
    const uint8_t *bytes = stream[0];
    for (int i = 0; i < some; i++) data[done + i] ^= bytes[i];
  }
}

#define SHA1_ROUNDS(group, function)                                                    \
  do {                                                                                  \
    __m128i *w = words + (group) % 4;                                                   \
    __m128i before = abcd;                                                              \
    e = (group) == 0 ? _mm_add_epi32(e, *w) : _mm_sha1nexte_epu32(e, *w);               \
    abcd = _mm_sha1rnds4_epu32(abcd, e, function);                                      \
    e = before;                                                                         \
    if ((group) < 16)                                                                   \
      *w = _mm_sha1msg2_epu32(                                                          \
          _mm_xor_si128(_mm_sha1msg1_epu32(*w, words[((group) + 1) % 4]), words[((group) + 2) % 4]), \
          words[((group) + 3) % 4]);                                                    \
  } while (0)

static inline void sha1_block(struct sha1_state *state, const uint8_t block[64]) {
  const __m128i swap = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
  __m128i words[4];
  for (int i = 0; i < 4; i++)
    words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), swap);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state->h), 0x1b);
  __m128i e = _mm_set_epi32((int)state->h[4], 0, 0, 0);
  const __m128i abcd_before = abcd, e_before = e;
  SHA1_ROUNDS(0, 0); SHA1_ROUNDS(1, 0); SHA1_ROUNDS(2, 0); SHA1_ROUNDS(3, 0); SHA1_ROUNDS(4, 0);
  SHA1_ROUNDS(5, 1); SHA1_ROUNDS(6, 1); SHA1_ROUNDS(7, 1); SHA1_ROUNDS(8, 1); SHA1_ROUNDS(9, 1);
  SHA1_ROUNDS(10, 2); SHA1_ROUNDS(11, 2); SHA1_ROUNDS(12, 2); SHA1_ROUNDS(13, 2); SHA1_ROUNDS(14, 2);
  SHA1_ROUNDS(15, 3); SHA1_ROUNDS(16, 3); SHA1_ROUNDS(17, 3); SHA1_ROUNDS(18, 3); SHA1_ROUNDS(19, 3);
  e = _mm_sha1nexte_epu32(e, e_before);
  abcd = _mm_add_epi32(abcd, abcd_before);
  _mm_storeu_si128((__m128i *)state->h, _mm_shuffle_epi32(abcd, 0x1b));
  state->h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

static const struct sha1_state SHA1_START = {
    {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};

/* The last blocks of a message of `length` bytes, of which `before` have been hashed in whole blocks already. */
static inline void sha1_finish(struct sha1_state *state, const uint8_t *data, int length, int before) {
  for (; length >= 64; length -= 64, data += 64, before += 64) sha1_block(state, data);
  uint8_t last[128] = {0};
  memcpy(last, data, (size_t)length);
  last[length] = 0x80;
  int end = length < 56 ? 64 : 128;
  uint32_t bits = __builtin_bswap32((uint32_t)(before + length) * 8);
  memcpy(last + end - 4, &bits, 4);
  sha1_block(state, last);
  if (end == 128) sha1_block(state, last + 64);
}

static inline void sha1_bytes(const struct sha1_state *state, uint8_t digest[20]) {
  for (int i = 0; i < 5; i++) {
    uint32_t word = __builtin_bswap32(state->h[i]);
    memcpy(digest + 4 * i, &word, 4);
  }
}

/* RFC 3711 §4.3.1: a key from the master key; `label` is 0 for cipher, 1 for authentication, 2 for salt. */
static inline void srtp_derive(const uint8_t master[SRTP_MASTER_BYTES], int label, uint8_t *key, int length) {
  __m128i round_keys[11];
  uint8_t iv[16] = {0};
  memcpy(iv, master + 16, 14);
  iv[7] ^= (uint8_t)label;
  aes_expand(master, round_keys);
  memset(key, 0, (size_t)length);
  aes_cm(round_keys, iv, key, length);
}

static inline void srtp_init(struct srtp_context *context, const uint8_t master[SRTP_MASTER_BYTES]) {
  uint8_t key[16], authentication[20], pad[64];
  memset(context, 0, sizeof *context);
  srtp_derive(master, 0, key, 16);
  srtp_derive(master, 1, authentication, 20);
  srtp_derive(master, 2, context->salt, 14);
  aes_expand(key, context->round_keys);
  for (int side = 0; side < 2; side++) {
    struct sha1_state *state = side == 0 ? &context->inner : &context->outer;
    memset(pad, side == 0 ? 0x36 : 0x5c, sizeof pad);
    for (int i = 0; i < 20; i++) pad[i] ^= authentication[i];
    *state = SHA1_START;
    sha1_block(state, pad);
  }
}

static inline uint32_t srtp_rollover(const struct srtp_context *context, uint16_t sequence) {
  if (!context->has_sequence) return 0;
  int distance = (int16_t)(sequence - context->last_sequence);
  if (distance > 0 && sequence < context->last_sequence) return context->rollover + 1;
  if (distance < 0 && sequence > context->last_sequence) return context->rollover - 1;
  return context->rollover;
}

static inline void srtp_heard(struct srtp_context *context, uint16_t sequence, uint32_t rollover) {
  if (context->has_sequence && (int16_t)(sequence - context->last_sequence) < 0) return;
  context->has_sequence = 1;
  context->last_sequence = sequence;
  context->rollover = rollover;
}

static inline void srtp_crypt(const struct srtp_context *context, uint8_t *packet, int length, uint32_t rollover) {
  uint8_t iv[16] = {0};
  memcpy(iv, context->salt, 14);
  for (int i = 0; i < 4; i++) iv[4 + i] ^= packet[8 + i];
  for (int i = 0; i < 4; i++) iv[8 + i] ^= (uint8_t)(rollover >> (24 - 8 * i));
  iv[12] ^= packet[2];
  iv[13] ^= packet[3];
  aes_cm(context->round_keys, iv, packet + RTP_HEADER_BYTES, length - RTP_HEADER_BYTES);
}

/* The ROC is hashed after the packet, where the tag will stand. */
static inline void srtp_tag(const struct srtp_context *context, uint8_t *packet, int length, uint32_t rollover,
                     uint8_t tag[20]) {
  uint8_t digest[20];
  uint32_t network = __builtin_bswap32(rollover);
  memcpy(packet + length, &network, 4);
  struct sha1_state inner = context->inner, outer = context->outer;
  sha1_finish(&inner, packet, length + 4, 64);
  sha1_bytes(&inner, digest);
  sha1_finish(&outer, digest, 20, 64);
  sha1_bytes(&outer, tag);
}

/* A packet with the fixed header only; there must be room for 10 bytes more. */
static inline int srtp_protect(struct srtp_context *context, uint8_t *packet, int length) {
  uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
  uint32_t rollover = srtp_rollover(context, sequence);
  uint8_t tag[20];
  srtp_crypt(context, packet, length, rollover);
  srtp_tag(context, packet, length, rollover, tag);
  memcpy(packet + length, tag, SRTP_TAG_BYTES);
  srtp_heard(context, sequence, rollover);
  return length + SRTP_TAG_BYTES;
}

/* The length of the RTP packet, or -1 when its tag is wrong. */
static inline int srtp_unprotect(struct srtp_context *context, uint8_t *packet, int length) {
  length -= SRTP_TAG_BYTES;
  if (length < RTP_HEADER_BYTES) return -1;
  uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
  uint32_t rollover = srtp_rollover(context, sequence);
  uint8_t expected[SRTP_TAG_BYTES], tag[20];
  memcpy(expected, packet + length, SRTP_TAG_BYTES);
  srtp_tag(context, packet, length, rollover, tag);
  if (memcmp(expected, tag, SRTP_TAG_BYTES) != 0) return -1;
  srtp_crypt(context, packet, length, rollover);
  srtp_heard(context, sequence, rollover);
  return length;
}
#endif
