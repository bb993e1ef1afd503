// The floor of packet I/O: what an echo on many UDP ports costs a C program, with nothing done to the packets. One epoll
// descriptor, recvfrom and sendto for each readable socket: with a packet at a time in each, recvmmsg and sendmmsg cost
// more. It speaks to its parent over Node's channel (a line of JSON on the descriptor NODE_CHANNEL_FD) and ends when that
// closes.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_SOCKETS = 4096, MAX_EVENTS = 256, SLOT_BYTES = 2048 };

static int sockets[MAX_SOCKETS];
static char slot[SLOT_BYTES];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static unsigned open_socket(int index, int epoll) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (bind(fd, (struct sockaddr *)&address, length) < 0) die("bind");
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) die("getsockname");
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)index};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  sockets[index] = fd;
  return ntohs(address.sin_port);
}

static void echo(int fd) {
  struct sockaddr_in source;
  socklen_t length = sizeof source;
  ssize_t bytes = recvfrom(fd, slot, sizeof slot, 0, (struct sockaddr *)&source, &length);
  if (bytes >= 0) sendto(fd, slot, (size_t)bytes, 0, (struct sockaddr *)&source, length);
}

int main(int argc, char **argv) {
  const char *channel_text = getenv("NODE_CHANNEL_FD");
  int count = argc > 1 ? atoi(argv[1]) : 0;
  if (channel_text == NULL || count < 1 || count > MAX_SOCKETS) return 2;
  int channel = atoi(channel_text);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die("epoll_create1");
  dprintf(channel, "{\"kind\":\"ready\",\"ports\":[");
  for (int i = 0; i < count; i++) dprintf(channel, "%s%u", i > 0 ? "," : "", open_socket(i, epoll));
  dprintf(channel, "]}\n");
  struct epoll_event closed = {.events = EPOLLRDHUP, .data.u32 = MAX_SOCKETS};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, channel, &closed) < 0) die("epoll_ctl");
  struct epoll_event events[MAX_EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.u32 == MAX_SOCKETS) return 0;
      echo(sockets[events[i].data.u32]);
    }
  }
}
