/* As much of RFC 6455 as two programs of ours need to speak with each other and with a media node: no fragments, no
 * extensions, frames below 64 KiB. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H
#include "common.h"
#include <netinet/tcp.h>

#define WS_BUFFER_BYTES 65536
#define WS_TEXT 1
#define WS_BINARY 2
#define WS_CLOSE 8
#define WS_PING 9
#define WS_PONG 10

struct ws {
  int fd, is_open, is_client;
  int have;
  uint8_t in[WS_BUFFER_BYTES];
};

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static inline int base64(const uint8_t *bytes, int length, char *text) {
  char *at = text;
  for (int i = 0; i < length; i += 3) {
    uint32_t three = (uint32_t)bytes[i] << 16;
    if (i + 1 < length) three |= (uint32_t)bytes[i + 1] << 8;
    if (i + 2 < length) three |= bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) *at++ = BASE64[three >> shift & 63];
    if (i + 1 >= length) at[-2] = '=';
    if (i + 2 >= length) at[-1] = '=';
  }
  *at = 0;
  return (int)(at - text);
}

static inline int unbase64(const char *text, int length, uint8_t *bytes) {
  static int8_t values[256];
  if (values['B'] == 0)
    for (int i = 0; i < 64; i++) values[(uint8_t)BASE64[i]] = (int8_t)i;
  int written = 0;
  for (int i = 0; i + 3 < length; i += 4) {
    const uint8_t *four = (const uint8_t *)text + i;
    uint32_t three = (uint32_t)values[four[0]] << 18 | (uint32_t)values[four[1]] << 12 |
                     (uint32_t)values[four[2]] << 6 | (uint32_t)values[four[3]];
    bytes[written++] = (uint8_t)(three >> 16);
    if (four[2] != '=') bytes[written++] = (uint8_t)(three >> 8);
    if (four[3] != '=') bytes[written++] = (uint8_t)three;
  }
  return written;
}

/* RFC 6455 §4.2.2: what proves that the server has read the key. */
static inline void ws_accept(const char *key, char *accept) {
  uint8_t digest[20];
  char text[128];
  int length = snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  struct sha1_state state = SHA1_START;
  sha1_finish(&state, (uint8_t *)text, length, 0);
  sha1_bytes(&state, digest);
  base64(digest, 20, accept);
}

/* A client's frames are masked with zeros: it is the same work for the reader. */
static inline void ws_send(struct ws *ws, int opcode, const void *payload, int length) {
  uint8_t frame[WS_BUFFER_BYTES];
  int head = 2;
  frame[0] = (uint8_t)(0x80 | opcode);
  if (length < 126) {
    frame[1] = (uint8_t)length;
  } else {
    frame[1] = 126;
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
    head = 4;
  }
  if (ws->is_client) {
    frame[1] |= 0x80;
    memset(frame + head, 0, 4);
    head += 4;
  }
  memcpy(frame + head, payload, (size_t)length);
  if (write(ws->fd, frame, (size_t)(head + length)) != head + length) ws->is_open = 0;
}

/* Reads what is there. 0 when the connection has ended. */
static inline int ws_fill(struct ws *ws) {
  int length = (int)read(ws->fd, ws->in + ws->have, (size_t)(WS_BUFFER_BYTES - 1 - ws->have));
  if (length < 0 && errno == EAGAIN) return 1;
  if (length <= 0) return 0;
  ws->have += length;
  return 1;
}

/* Takes a whole frame from the front of what was read: its opcode, or -1 when there is none. `*payload` is valid until
 * ws_drop(). */
static inline int ws_next(struct ws *ws, int *used, uint8_t **payload, int *length) {
  uint8_t *frame = ws->in + *used;
  int have = ws->have - *used, head = 2;
  if (have < 2) return -1;
  *length = frame[1] & 0x7f;
  if (*length == 126) {
    if (have < 4) return -1;
    *length = frame[2] << 8 | frame[3];
    head = 4;
  } else if (*length == 127) {
    ws->is_open = 0;
    return -1;
  }
  uint8_t *mask = frame + head;
  int is_masked = frame[1] & 0x80;
  if (is_masked) head += 4;
  if (have < head + *length) return -1;
  *payload = frame + head;
  if (is_masked)
    for (int i = 0; i < *length; i++) (*payload)[i] ^= mask[i & 3];
  *used += head + *length;
  return frame[0] & 15;
}

static inline void ws_drop(struct ws *ws, int used) {
  memmove(ws->in, ws->in + used, (size_t)(ws->have - used));
  ws->have -= used;
}

/* What stands between `name` and the next quotation mark. */
static inline char *json_text(char *json, const char *name, int *length) {
  char *at = strstr(json, name);
  if (at == NULL) return NULL;
  at += strlen(name);
  char *end = strchr(at, '"');
  if (end == NULL) return NULL;
  *length = (int)(end - at);
  return at;
}
#endif
