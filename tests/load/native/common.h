/* What the programs of the media bench share: their calls come on stdin, their sockets are non-blocking. */
#ifndef COMMON_H
#define COMMON_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "srtp.h"

#define MAX_PACKET_BYTES 1500
#define SOCKET_BUFFER_BYTES (1 << 20)

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline int64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline double cpu_ms(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* One line of stdin: our port, theirs, and the 30 bytes of each master key in hex, or `-` for plain RTP. */
struct call_line {
  int local_port, remote_port, is_secure;
  uint8_t send_key[SRTP_MASTER_BYTES], receive_key[SRTP_MASTER_BYTES];
};

static inline void parse_key(const char *hex, uint8_t key[SRTP_MASTER_BYTES]) {
  for (int i = 0; i < SRTP_MASTER_BYTES; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) fail("a key");
    key[i] = (uint8_t)byte;
  }
}

/* 0 at the empty line that ends the list, or at the end of input. */
static inline int read_call(struct call_line *call) {
  char line[256], send[80], receive[80];
  if (fgets(line, sizeof line, stdin) == NULL || line[0] == '\n') return 0;
  int fields = sscanf(line, "%d %d %79s %79s", &call->local_port, &call->remote_port, send, receive);
  if (fields != 4) fail("a call's line");
  call->is_secure = send[0] != '-';
  if (!call->is_secure) return 1;
  parse_key(send, call->send_key);
  parse_key(receive, call->receive_key);
  return 1;
}

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/* A UDP socket on loopback, connected when the peer's port is known. */
static inline int udp_socket(int local_port, int remote_port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), bytes = SOCKET_BUFFER_BYTES;
  struct sockaddr_in local = loopback(local_port), remote = loopback(remote_port);
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
  if (remote_port != 0 && connect(fd, (struct sockaddr *)&remote, sizeof remote) != 0) fail("connect");
  return fd;
}

static inline void watch(int epoll, int fd, uint64_t value) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = value};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

static inline void raise_file_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}
#endif
