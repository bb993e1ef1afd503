/* The whole loop of a call and nothing else: SRTP in, linear samples to the agent's WebSocket, its samples back, SRTP
 * out, as they come. Without jitter buffer, pacing, RTCP or counters. usage: call-loop AGENT_PORT binary|json < calls;
 * runs until stdin closes. */
#include "websocket.h"
#include "pcmu.h"

struct call {
  int fd;
  struct srtp_context receive, send;
  struct ws *agent;
  uint16_t sequence;
  uint32_t timestamp;
};

static int is_json;

static struct ws *connect_agent(int port) {
  char request[] = "GET / HTTP/1.1\r\nHost: agent\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  struct ws *ws = calloc(1, sizeof *ws);
  struct sockaddr_in address = loopback(port);
  int on = 1;
  if (ws == NULL || (ws->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("socket");
  if (connect(ws->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect to the agent");
  setsockopt(ws->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (write(ws->fd, request, sizeof request - 1) < 0) fail("write");
  while (memmem(ws->in, (size_t)ws->have, "\r\n\r\n", 4) == NULL)
    if (!ws_fill(ws)) fail("the agent's handshake");
  ws->have = 0;
  ws->is_open = ws->is_client = 1;
  fcntl(ws->fd, F_SETFL, O_NONBLOCK);
  return ws;
}

static void from_caller(struct call *call) {
  uint8_t packet[MAX_PACKET_BYTES];
  int length = (int)recv(call->fd, packet, sizeof packet, 0);
  if (length <= 0 || (length = srtp_unprotect(&call->receive, packet, length)) < RTP_HEADER_BYTES) return;
  uint8_t *audio = packet + RTP_HEADER_BYTES;
  int samples = length - RTP_HEADER_BYTES;
  if (is_json) {
    char text[1024] = "{\"event\":\"media\",\"streamSid\":\"MZ\",\"media\":{\"payload\":\"";
    int at = (int)strlen(text);
    at += base64(audio, samples, text + at);
    memcpy(text + at, "\"}}", 3);
    ws_send(call->agent, WS_TEXT, text, at + 3);
    return;
  }
  int16_t pcm[MAX_PACKET_BYTES];
  for (int i = 0; i < samples; i++) pcm[i] = linear_of[audio[i]];
  ws_send(call->agent, WS_BINARY, pcm, samples * 2);
}

static void send_packet(struct call *call, uint8_t *packet, int samples) {
  uint16_t sequence = htons(call->sequence++);
  uint32_t timestamp = htonl(call->timestamp), ssrc = htonl(0x7000);
  packet[0] = 0x80;
  packet[1] = 0;
  memcpy(packet + 2, &sequence, 2);
  memcpy(packet + 4, &timestamp, 4);
  memcpy(packet + 8, &ssrc, 4);
  call->timestamp += (uint32_t)samples;
  int length = srtp_protect(&call->send, packet, RTP_HEADER_BYTES + samples);
  send(call->fd, packet, (size_t)length, 0);
}

static void from_agent(struct call *call) {
  uint8_t packet[MAX_PACKET_BYTES], *payload, *audio = packet + RTP_HEADER_BYTES;
  if (!ws_fill(call->agent)) fail("the agent has gone");
  int used = 0, length, opcode;
  while ((opcode = ws_next(call->agent, &used, &payload, &length)) >= 0) {
    if (opcode == WS_BINARY) {
      int16_t pcm[MAX_PACKET_BYTES];
      memcpy(pcm, payload, (size_t)length);
      for (int i = 0; i < length / 2; i++) audio[i] = ulaw_of[(uint16_t)pcm[i]];
      send_packet(call, packet, length / 2);
    } else if (opcode == WS_TEXT) {
      uint8_t saved = payload[length];
      int size;
      payload[length] = 0;
      char *text = json_text((char *)payload, "\"payload\":\"", &size);
      if (text != NULL) send_packet(call, packet, unbase64(text, size, audio));
      payload[length] = saved;
    }
  }
  ws_drop(call->agent, used);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: call-loop AGENT_PORT binary|json < calls\n");
    return 2;
  }
  raise_file_limit();
  build_pcmu_tables();
  is_json = strcmp(argv[2], "json") == 0;
  int epoll = epoll_create1(0), room = 256, count = 0;
  struct call *calls = calloc((size_t)room, sizeof *calls);
  struct call_line line;
  while (read_call(&line)) {
    if (count == room) calls = realloc(calls, sizeof *calls * (size_t)(room *= 2));
    if (calls == NULL) fail("realloc");
    struct call *call = &calls[count];
    memset(call, 0, sizeof *call);
    call->fd = udp_socket(line.local_port, line.remote_port);
    srtp_init(&call->receive, line.receive_key);
    srtp_init(&call->send, line.send_key);
    call->agent = connect_agent(atoi(argv[1]));
    watch(epoll, call->fd, (uint64_t)count * 2);
    watch(epoll, call->agent->fd, (uint64_t)count * 2 + 1);
    count += 1;
  }
  watch(epoll, STDIN_FILENO, UINT64_MAX);
  printf("ready\n");
  fflush(stdout);
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      uint64_t value = events[i].data.u64;
      if (value == UINT64_MAX) return 0;
      if (value % 2 == 0) from_caller(&calls[value / 2]);
      else from_agent(&calls[value / 2]);
    }
  }
}
