/* An agent that says what it hears, as cheaply as a server can: the native protocol (binary audio) and Media Streams
 * (JSON audio), whichever the client speaks. Prints its port, runs until stdin closes, and then prints how long marks
 * in binary audio were on their way to it since the last line of stdin. */
#include "marks.h"
#include "websocket.h"
#include "pcmu.h"

#define MAX_CONNECTIONS 8192
struct connection {
  struct ws ws;
  struct mark_reader marks;
};
static struct connection *connections[MAX_CONNECTIONS];
static uint32_t delays[HISTOGRAM_STEPS];

static void found_mark(int64_t left_ns, int64_t delay_ns) {
  (void)left_ns;
  count_ns(delays, delay_ns);
}

static void listen_to(struct connection *connection, const uint8_t *payload, int length) {
  uint8_t audio[MAX_AUDIO_BYTES];
  int samples = length / 2 < MAX_AUDIO_BYTES ? length / 2 : MAX_AUDIO_BYTES;
  for (int i = 0; i < samples; i++) audio[i] = ulaw_of[payload[2 * i] | payload[2 * i + 1] << 8];
  read_marks(&connection->marks, audio, samples, now_ns(CLOCK_MONOTONIC), found_mark);
}

static int upgrade(struct ws *ws) {
  ws->in[ws->have] = 0;
  char *text = (char *)ws->in, *end = strstr(text, "\r\n\r\n"), accept[32], answer[512];
  if (end == NULL) return 1;
  char *key = strcasestr(text, "sec-websocket-key: ");
  if (key == NULL) return 0;
  ws_accept(key + strlen("sec-websocket-key: "), accept);
  const char *subprotocol =
      strcasestr(text, "sec-websocket-protocol: ") == NULL ? "" : "Sec-WebSocket-Protocol: trunkline.agent.v1\r\n";
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                        accept, subprotocol);
  if (write(ws->fd, answer, (size_t)length) != length) return 0;
  ws->is_open = 1;
  ws_drop(ws, (int)(end + 4 - text));
  return 1;
}

static void treat_text(struct ws *ws, uint8_t *payload, int length) {
  char saved = (char)payload[length], answer[2048];
  payload[length] = 0;
  int size, sid_size = 0;
  char *json = (char *)payload, *audio = json_text(json, "\"payload\":\"", &size);
  char *sid = audio == NULL ? NULL : json_text(json, "\"streamSid\":\"", &sid_size);
  if (sid != NULL) {
    int total = snprintf(answer, sizeof answer,
                         "{\"event\":\"media\",\"streamSid\":\"%.*s\",\"media\":{\"payload\":\"%.*s\"}}", sid_size, sid,
                         size, audio);
    ws_send(ws, WS_TEXT, answer, total);
  } else if (strstr(json, "\"type\":\"start\"") != NULL) {
    const char ready[] = "{\"type\":\"ready\"}";
    ws_send(ws, WS_TEXT, ready, sizeof ready - 1);
  }
  payload[length] = (uint8_t)saved;
}

static int serve(struct connection *connection) {
  struct ws *ws = &connection->ws;
  if (!ws_fill(ws)) return 0;
  if (!ws->is_open && !upgrade(ws)) return 0;
  int used = 0, length, opcode;
  uint8_t *payload;
  while (ws->is_open && (opcode = ws_next(ws, &used, &payload, &length)) >= 0) {
    if (opcode == WS_BINARY) {
      ws_send(ws, WS_BINARY, payload, length);
      listen_to(connection, payload, length);
    } else if (opcode == WS_PING) ws_send(ws, WS_PONG, payload, length);
    else if (opcode == WS_TEXT) treat_text(ws, payload, length);
    else if (opcode == WS_CLOSE) return 0;
  }
  ws_drop(ws, used);
  return 1;
}

int main(void) {
  raise_file_limit();
  build_pcmu_tables();
  int epoll = epoll_create1(0), on = 1;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1024) != 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  watch(epoll, listener, (uint64_t)listener);
  watch(epoll, STDIN_FILENO, STDIN_FILENO);
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = (int)events[i].data.u64;
      if (fd == STDIN_FILENO) {
        char line[64];
        if (read(STDIN_FILENO, line, sizeof line) > 0) {
          memset(delays, 0, sizeof delays);
          continue;
        }
        printf("{\"delayP50Ms\":%.2f,\"delayP99Ms\":%.2f}\n", percentile(delays, 0.5), percentile(delays, 0.99));
        return 0;
      }
      if (fd == listener) {
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (accepted < 0) continue;
        if (accepted >= MAX_CONNECTIONS || (connections[accepted] = calloc(1, sizeof(struct connection))) == NULL) {
          close(accepted);
          continue;
        }
        setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[accepted]->ws.fd = accepted;
        watch(epoll, accepted, (uint64_t)accepted);
      } else if (connections[fd] != NULL && !serve(connections[fd])) {
        close(fd);
        free(connections[fd]);
        connections[fd] = NULL;
      }
    }
  }
}
