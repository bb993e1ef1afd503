/* The floor of an SRTP echo: receive, unprotect, protect, send, one port per call. Runs until stdin closes. */
#include "common.h"

struct call {
  int fd;
  struct srtp_context receive, send;
};

int main(void) {
  raise_file_limit();
  int epoll = epoll_create1(0), room = 0, count = 0;
  struct call *calls = NULL;
  struct call_line line;
  while (read_call(&line)) {
    if (count == room) {
      room = room == 0 ? 256 : room * 2;
      calls = realloc(calls, sizeof *calls * (size_t)room);
      if (calls == NULL) fail("realloc");
    }
    struct call *call = &calls[count];
    call->fd = udp_socket(line.local_port, line.remote_port);
    srtp_init(&call->receive, line.receive_key);
    srtp_init(&call->send, line.send_key);
    watch(epoll, call->fd, (uint64_t)count);
    count += 1;
  }
  watch(epoll, STDIN_FILENO, UINT64_MAX);
  printf("ready\n");
  fflush(stdout);
  uint8_t packet[MAX_PACKET_BYTES + SRTP_TAG_BYTES];
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.u64 == UINT64_MAX) return 0;
      struct call *call = &calls[events[i].data.u64];
      int length = (int)recv(call->fd, packet, MAX_PACKET_BYTES, 0);
      if (length <= 0) continue;
      int plain = srtp_unprotect(&call->receive, packet, length);
      if (plain < 0) continue;
      send(call->fd, packet, (size_t)srtp_protect(&call->send, packet, plain), 0);
    }
  }
}
