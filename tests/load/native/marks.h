/* Marks in PCMU audio: the number of a frame and the time at which it left, found again wherever in a packet they lie. */
#ifndef MARKS_H
#define MARKS_H
#include "common.h"

#define FRAME_BYTES 160
#define MARK_BYTES 20
#define MAX_AUDIO_BYTES 1280
#define SILENCE 0xff
/* Codes that survive a way through linear samples: 0x7f, the other zero, is not among them. */
#define NIBBLE 0xc0
static const uint8_t MARK_START[4] = {0x81, 0xb2, 0x93, 0xa4};

static inline void put_nibbles(uint8_t *at, uint32_t value, int nibbles) {
  for (int i = 0; i < nibbles; i++) at[i] = NIBBLE | (value >> (4 * (nibbles - 1 - i)) & 15);
}

static inline int get_nibbles(const uint8_t *at, uint32_t *value, int nibbles) {
  *value = 0;
  for (int i = 0; i < nibbles; i++) {
    if ((at[i] & 0xf0) != NIBBLE) return 0;
    *value = *value << 4 | (at[i] & 15);
  }
  return 1;
}

/* Silence; every so many frames with a mark at its front. Between them a jitter buffer finds what it may cut out. */
#define FRAMES_PER_MARK 5
static inline int put_frame(uint8_t audio[FRAME_BYTES], uint32_t frame, int64_t now) {
  memset(audio, SILENCE, FRAME_BYTES);
  if (frame % FRAMES_PER_MARK != 0) return 0;
  memcpy(audio, MARK_START, 4);
  put_nibbles(audio + 4, frame, 8);
  put_nibbles(audio + 12, (uint32_t)(now / 1000), 8);
  return 1;
}

/* What is kept of a stream, for a mark that is cut by the end of a packet. */
struct mark_reader {
  uint8_t tail[MARK_BYTES + MAX_AUDIO_BYTES];
  int tail_bytes;
};

/* `found` is told when each mark left, and how much later it was heard: its own place in the packet counts. */
static inline void read_marks(struct mark_reader *reader, const uint8_t *audio, int length, int64_t arrival,
                              void (*found)(int64_t left_ns, int64_t delay_ns)) {
  if (length > MAX_AUDIO_BYTES) length = MAX_AUDIO_BYTES;
  memcpy(reader->tail + reader->tail_bytes, audio, (size_t)length);
  int end = reader->tail_bytes + length, at = 0;
  for (; at + MARK_BYTES <= end; at++) {
    uint32_t frame, stamp;
    if (reader->tail[at] != MARK_START[0] || memcmp(reader->tail + at, MARK_START, 4) != 0) continue;
    if (!get_nibbles(reader->tail + at + 4, &frame, 8) || !get_nibbles(reader->tail + at + 12, &stamp, 8)) continue;
    int64_t elapsed_ns = (int64_t)((uint32_t)(arrival / 1000) - stamp) * 1000;
    found(arrival - elapsed_ns, elapsed_ns + (int64_t)(at - reader->tail_bytes) * 125000);
    at += MARK_BYTES - 1;
  }
  int kept = end - at < MARK_BYTES - 1 ? end - at : MARK_BYTES - 1;
  memmove(reader->tail, reader->tail + end - kept, (size_t)kept);
  reader->tail_bytes = kept;
}

#define HISTOGRAM_STEPS 100000 /* of 10 us */

static inline void count_ns(uint32_t *histogram, int64_t ns) {
  int64_t step = ns / 10000;
  histogram[step < 0 ? 0 : step >= HISTOGRAM_STEPS ? HISTOGRAM_STEPS - 1 : step] += 1;
}

/* In milliseconds. */
static inline double percentile(const uint32_t *histogram, double share) {
  int64_t total = 0, seen = 0;
  for (int i = 0; i < HISTOGRAM_STEPS; i++) total += histogram[i];
  for (int i = 0; i < HISTOGRAM_STEPS; i++) {
    seen += histogram[i];
    if (seen > 0 && seen >= total * share) return i / 100.0;
  }
  return 0;
}
#endif
