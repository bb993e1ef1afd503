/* N calls of 50 packets/s from ports of their own, and what became of them: every fifth frame carries a mark with its number
 * and the time at which it left, which is looked for in the audio that comes back, wherever in a packet it lies.
 * Times of arrival are the kernel's. usage: rtp-generator WARM_UP_SECONDS SECONDS PAYLOAD_TYPE < calls; prints `begin` and `end` when
 * the time that is measured begins and ends, and one JSON object for it. */
#include "marks.h"
#include <linux/net_tstamp.h>

#define FRAME_NS 20000000LL

struct call {
  int fd, is_secure;
  struct srtp_context send, receive;
  uint16_t sequence;
  uint32_t timestamp, ssrc, frame;
  struct mark_reader marks;
  /* From the sequence numbers of what came: the first, and how far the newest is ahead of it. */
  uint16_t first_sequence;
  int32_t newest_ahead;
  int64_t packets;
  int64_t due_ns, first_arrival_ns, last_arrival_ns, arrivals;
};

static uint32_t latencies[HISTOGRAM_STEPS], intervals[HISTOGRAM_STEPS];
static int64_t sent, marked, received, found, unreadable;
static uint8_t payload_type;
static int64_t measure_from_ns, measure_to_ns, wall_offset_ns;

static void send_frame(struct call *call, int64_t now) {
  uint8_t packet[MAX_PACKET_BYTES] = {0x80, payload_type};
  uint16_t sequence = htons(call->sequence++);
  uint32_t timestamp = htonl(call->timestamp), ssrc = htonl(call->ssrc);
  memcpy(packet + 2, &sequence, 2);
  memcpy(packet + 4, &timestamp, 4);
  memcpy(packet + 8, &ssrc, 4);
  call->timestamp += FRAME_BYTES;
  int is_marked = put_frame(packet + RTP_HEADER_BYTES, call->frame++, now);
  int length = RTP_HEADER_BYTES + FRAME_BYTES;
  if (call->is_secure) length = srtp_protect(&call->send, packet, length);
  if (send(call->fd, packet, (size_t)length, 0) != length || now < measure_from_ns || now >= measure_to_ns) return;
  sent += 1;
  marked += is_marked;
}

/* Frames that left while we measured are counted, whenever they come back. */
static void found_mark(int64_t left_ns, int64_t delay_ns) {
  if (left_ns < measure_from_ns || left_ns >= measure_to_ns) return;
  found += 1;
  count_ns(latencies, delay_ns);
}

static void receive_packet(struct call *call) {
  uint8_t packet[MAX_PACKET_BYTES], control[128];
  struct iovec part = {packet, sizeof packet};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  int length = (int)recvmsg(call->fd, &message, 0);
  if (length <= 0) return;
  int64_t arrival = now_ns(CLOCK_MONOTONIC);
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
    arrival = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec - wall_offset_ns;
  }
  /* RTCP shares the port (RFC 5761 §4). */
  if (length >= 2 && packet[1] >= 192 && packet[1] <= 223) return;
  if (call->is_secure) length = srtp_unprotect(&call->receive, packet, length);
  if (length < RTP_HEADER_BYTES) {
    unreadable += 1;
    return;
  }
  uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
  if (call->packets++ == 0) call->first_sequence = sequence;
  int32_t ahead = call->newest_ahead + (int16_t)(sequence - call->first_sequence - call->newest_ahead);
  if (ahead > call->newest_ahead) call->newest_ahead = ahead;
  if (arrival >= measure_from_ns && arrival < measure_to_ns) {
    received += 1;
    if (call->arrivals == 0) call->first_arrival_ns = arrival;
    else {
      int64_t off = arrival - call->last_arrival_ns - FRAME_NS;
      count_ns(intervals, off < 0 ? -off : off);
    }
    call->arrivals += 1;
    call->last_arrival_ns = arrival;
  }
  read_marks(&call->marks, packet + RTP_HEADER_BYTES, length - RTP_HEADER_BYTES, arrival, found_mark);
}

static struct call *read_calls(int epoll, int *count_of_calls) {
  int room = 256, calls_read = 0, on = 1;
  struct call *calls = calloc((size_t)room, sizeof *calls);
  struct call_line line;
  while (read_call(&line)) {
    if (calls_read == room) calls = realloc(calls, sizeof *calls * (size_t)(room *= 2));
    if (calls == NULL) fail("realloc");
    struct call *call = &calls[calls_read];
    memset(call, 0, sizeof *call);
    call->fd = udp_socket(line.local_port, line.remote_port);
    setsockopt(call->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    call->is_secure = line.is_secure;
    if (line.is_secure) {
      srtp_init(&call->send, line.send_key);
      srtp_init(&call->receive, line.receive_key);
    }
    call->ssrc = 0x10000u + (uint32_t)calls_read;
    call->sequence = (uint16_t)(calls_read * 7);
    watch(epoll, call->fd, (uint64_t)calls_read);
    calls_read += 1;
  }
  *count_of_calls = calls_read;
  return calls;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: rtp-generator WARM_UP_SECONDS SECONDS PAYLOAD_TYPE < calls\n");
    return 2;
  }
  raise_file_limit();
  payload_type = (uint8_t)atoi(argv[3]);
  int epoll = epoll_create1(0), call_count;
  struct call *calls = read_calls(epoll, &call_count);
  wall_offset_ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
  int64_t start = now_ns(CLOCK_MONOTONIC);
  measure_from_ns = start + (int64_t)(atof(argv[1]) * 1e9);
  measure_to_ns = measure_from_ns + (int64_t)(atof(argv[2]) * 1e9);
  const int64_t stop_at = measure_to_ns + 1000000000LL;
  for (int i = 0; i < call_count; i++) calls[i].due_ns = start + FRAME_NS * i / call_count;
  double cpu_before = 0, own_ms = 0;
  int next = 0;
  const char *announced = "";
  struct epoll_event events[512];
  for (;;) {
    int64_t now = now_ns(CLOCK_MONOTONIC);
    if (now >= stop_at) break;
    const char *phase = now < measure_from_ns ? "" : now < measure_to_ns ? "begin" : "end";
    if (phase != announced) {
      announced = phase;
      if (strcmp(phase, "begin") == 0) cpu_before = cpu_ms();
      else own_ms = cpu_ms() - cpu_before;
      printf("%s\n", phase);
      fflush(stdout);
    }
    /* In order of their phase: the first one that is not due ends the round. */
    while (call_count > 0 && calls[next].due_ns <= now) {
      send_frame(&calls[next], now);
      calls[next].due_ns += FRAME_NS;
      next = (next + 1) % call_count;
    }
    int ready = epoll_wait(epoll, events, 512, 1);
    for (int i = 0; i < ready; i++) receive_packet(&calls[events[i].data.u64]);
  }
  double intervals_heard = 0, heard_ns = 0;
  int64_t missing = 0;
  for (int i = 0; i < call_count; i++) {
    if (calls[i].packets > 0) missing += calls[i].newest_ahead + 1 - calls[i].packets;
    if (calls[i].arrivals < 2) continue;
    intervals_heard += (double)(calls[i].arrivals - 1);
    heard_ns += (double)(calls[i].last_arrival_ns - calls[i].first_arrival_ns);
  }
  double seconds = (measure_to_ns - measure_from_ns) / 1e9;
  printf("{\"sent\":%lld,\"received\":%lld,\"marked\":%lld,\"found\":%lld,\"unreadable\":%lld,\"missing\":%lld,\"seconds\":%.3f,\"receivedHz\":%.4f,"
         "\"latencyP50Ms\":%.2f,\"latencyP99Ms\":%.2f,\"latencyMaxMs\":%.2f,\"jitterP50Ms\":%.2f,\"jitterP99Ms\":%.2f,"
         "\"ownCpu\":%.3f}\n",
         (long long)sent, (long long)received, (long long)marked, (long long)found, (long long)unreadable, (long long)missing, seconds,
         heard_ns > 0 ? intervals_heard / heard_ns * 1e9 : 0, percentile(latencies, 0.5), percentile(latencies, 0.99),
         percentile(latencies, 1), percentile(intervals, 0.5), percentile(intervals, 0.99),
         own_ms / seconds / 1e3);
  return 0;
}
