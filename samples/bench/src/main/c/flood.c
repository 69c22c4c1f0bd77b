/*
 * Floods one end of a veth pair with 64-byte UDP frames of many flows, each with its sequence number.
 *
 * The frames are made in the kernel: BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (Documentation/bpf/bpf_prog_run.rst)
 * runs a program of a few instructions once for each frame and transmits it. A veth takes such frames only when its peer
 * polls with NAPI, so an XDP program that passes everything is held on the peer meanwhile. One system call makes all
 * frames, for its end waits for RCU; so the program keeps the pace itself. Where the kernel refuses, "user" sends the
 * same frames with sendmmsg.
 *
 * usage: flood kernel|user INTERFACE PEER PACKETS RATE FLOWS MAX_SECONDS
 *        (RATE in packets/s, at least 50000 from the kernel; 0: as fast as it goes)
 */
#include "datagram.h"
#include "xdp_program.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

enum {
    BATCH = 64,            /* veth's ring holds 256 frames: a batch never overruns it */
    CLOCK_READINGS = 1024, /* most that the program waits for its pace, 20 us and more: the verifier wants a bound */
};

struct flood {
    const char *interface, *peer;
    uint64_t packets, rate;
    uint32_t flows;
    unsigned max_seconds;
    uint8_t frame[FRAME_BYTES];
};

static volatile sig_atomic_t time_is_up;

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static unsigned interface_index(const char *name) {
    unsigned index = if_nametoindex(name);
    if (index == 0) {
        die(name);
    }
    return index;
}

/* The addresses are nobody's: the stack of the receiving end drops the frame right behind the packet sockets. */
static void fill_frame(uint8_t *frame) {
    static const uint8_t headers[SEQUENCE_OFFSET] = {
        0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,                           /* Ethernet */
        0x45, 0, 0, FRAME_BYTES - IPV4_OFFSET, 0, 0, 0x40, 0, 64, IPPROTO_UDP, 0, 0,    /* IPv4 */
        198, 18, 0, 1, 198, 18, 0, 2,                                                   /* RFC 2544 addresses */
        FIRST_SOURCE_PORT >> 8, FIRST_SOURCE_PORT & 0xff, 0, DISCARD_PORT, 0, FRAME_BYTES - UDP_OFFSET, 0, 0,
    };
    memset(frame, 0, FRAME_BYTES);
    memcpy(frame, headers, sizeof headers);
    uint32_t sum = 0;
    for (int i = IPV4_OFFSET; i < UDP_OFFSET; i += 2) {
        sum += read_u16(frame + i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    frame[IPV4_OFFSET + 10] = (uint8_t)(sum >> 8);
    frame[IPV4_OFFSET + 11] = (uint8_t)sum;
}

/* ---- in the kernel ---- */

static int loaded(int program) {
    if (program < 0) {
        die("bpf BPF_PROG_LOAD");
    }
    return program;
}

/* Where a receiver has a program of its own on the peer, that one does. */
static void pass_on_peer(const char *peer) {
    if (attach_xdp(loaded(load_constant_xdp(XDP_PASS)), interface_index(peer)) < 0 && errno != EBUSY) {
        die("bpf BPF_LINK_CREATE on the peer");
    }
}

/* What the program keeps between two frames: the value of an array map of one element. */
struct pace {
    uint64_t sequence, due_ns, interval_ns;
};

static int pace_map(void) {
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = sizeof(uint32_t);
    attr.value_size = sizeof(struct pace);
    attr.max_entries = 1;
    int map = bpf(BPF_MAP_CREATE, &attr);
    if (map < 0) {
        die("bpf BPF_MAP_CREATE");
    }
    return map;
}

static void access_pace(int command, int map, struct pace *pace) {
    uint32_t key = 0;
    union bpf_attr attr = {0};
    attr.map_fd = (uint32_t)map;
    attr.key = (uintptr_t)&key;
    attr.value = (uintptr_t)pace;
    if (bpf(command, &attr) != 0) {
        die("bpf access to the map");
    }
}

/* Waits until the frame is due, writes the sequence number and the source port of its flow, and transmits it. */
static int load_generator(int map, uint32_t flows) {
    const struct bpf_insn program[] = {
        /* r6: the frame, r7: struct pace */
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 6, .src_reg = 1, .off = offsetof(struct xdp_md, data)},
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 3, .src_reg = 1, .off = offsetof(struct xdp_md, data_end)},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 6},
        {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 4, .imm = FRAME_BYTES},
        {.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 20}, /* too short: to the last return */
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 7, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map},
        {0}, /* upper half of the address */
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 8, .imm = CLOCK_READINGS},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns},
        {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 7, .off = offsetof(struct pace, due_ns)},
        {.code = BPF_JMP | BPF_JGE | BPF_X, .dst_reg = 0, .src_reg = 1, .off = 2},
        {.code = BPF_ALU64 | BPF_SUB | BPF_K, .dst_reg = 8, .imm = 1},
        {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 8, .imm = 0, .off = -5}, /* read the clock again */
        {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 2, .src_reg = 7, .off = offsetof(struct pace, interval_ns)},
        {.code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = 1, .src_reg = 2},
        {.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 7, .src_reg = 1, .off = offsetof(struct pace, due_ns)},
        {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 0, .src_reg = 7, .off = offsetof(struct pace, sequence)},
        {.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 6, .src_reg = 0, .off = SEQUENCE_OFFSET},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 0},
        {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = 1},
        {.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 7, .src_reg = 1, .off = offsetof(struct pace, sequence)},
        {.code = BPF_ALU64 | BPF_MOD | BPF_K, .dst_reg = 0, .imm = (int32_t)flows},
        {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 0, .imm = FIRST_SOURCE_PORT},
        {.code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = 0, .imm = 16},
        {.code = BPF_STX | BPF_MEM | BPF_H, .dst_reg = 6, .src_reg = 0, .off = UDP_OFFSET},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_TX},
        {.code = BPF_JMP | BPF_EXIT},
    };
    return loaded(load_xdp(program, sizeof program / sizeof *program));
}

static uint64_t flood_from_kernel(struct flood *flood) {
    pass_on_peer(flood->peer);
    int map = pace_map();
    struct pace pace = {.due_ns = now_ns(), .interval_ns = flood->rate == 0 ? 0 : 1000000000u / flood->rate};
    access_pace(BPF_MAP_UPDATE_ELEM, map, &pace);
    struct xdp_md context = {.data_end = FRAME_BYTES, .ingress_ifindex = interface_index(flood->interface)};
    union bpf_attr attr = {0};
    attr.test.prog_fd = (uint32_t)load_generator(map, flood->flows);
    attr.test.data_in = (uintptr_t)flood->frame;
    attr.test.data_size_in = FRAME_BYTES;
    attr.test.ctx_in = (uintptr_t)&context;
    attr.test.ctx_size_in = sizeof context;
    attr.test.repeat = (uint32_t)flood->packets;
    attr.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    attr.test.batch_size = BATCH;
    if (bpf(BPF_PROG_TEST_RUN, &attr) != 0 && errno != EINTR) {
        die("bpf BPF_PROG_TEST_RUN with live frames");
    }
    access_pace(BPF_MAP_LOOKUP_ELEM, map, &pace);
    return pace.sequence;
}

/* ---- from user space ---- */

static int open_sender(const char *interface) {
    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    int bypass = 1;
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)interface_index(interface), .sll_protocol = htons(ETH_P_IP)};
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass) != 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        die("packet socket for sending");
    }
    return fd;
}

/* Returns how many of the frames went out; a full queue is no error. */
static unsigned send_batch(int fd, const struct flood *flood, uint64_t sequence, unsigned count) {
    static uint8_t frames[BATCH][FRAME_BYTES];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    for (unsigned i = 0; i < count; i++, sequence++) {
        uint16_t port = htons((uint16_t)(FIRST_SOURCE_PORT + sequence % flood->flows));
        memcpy(frames[i], flood->frame, FRAME_BYTES);
        memcpy(frames[i] + SEQUENCE_OFFSET, &sequence, sizeof sequence);
        memcpy(frames[i] + UDP_OFFSET, &port, sizeof port);
        parts[i] = (struct iovec){.iov_base = frames[i], .iov_len = FRAME_BYTES};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int sent = sendmmsg(fd, messages, count, 0);
    if (sent < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
        die("sendmmsg");
    }
    return sent < 0 ? 0 : (unsigned)sent;
}

static void sleep_until_ns(uint64_t wake_ns) {
    struct timespec wake = {.tv_sec = (time_t)(wake_ns / 1000000000u), .tv_nsec = (long)(wake_ns % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
}

static uint64_t flood_from_user(struct flood *flood) {
    int fd = open_sender(flood->interface);
    uint64_t start_ns = now_ns(), sent = 0;
    prctl(PR_SET_TIMERSLACK, 1);
    while (sent < flood->packets && !time_is_up) {
        uint64_t left = flood->packets - sent;
        sent += send_batch(fd, flood, sent, left < BATCH ? (unsigned)left : BATCH);
        if (flood->rate != 0) {
            sleep_until_ns(start_ns + sent * 1000000000u / flood->rate);
        }
    }
    return sent;
}

static void end_in_time(int signal) {
    (void)signal;
    time_is_up = 1;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: %s kernel|user INTERFACE PEER PACKETS RATE FLOWS MAX_SECONDS\n", argv[0]);
        return 2;
    }
    struct flood flood = {
        .interface = argv[2],
        .peer = argv[3],
        .packets = strtoull(argv[4], NULL, 10),
        .rate = strtoull(argv[5], NULL, 10),
        .flows = (uint32_t)atoi(argv[6]),
        .max_seconds = (unsigned)atoi(argv[7]),
    };
    fill_frame(flood.frame);
    struct sigaction on_alarm = {.sa_handler = end_in_time};
    sigaction(SIGALRM, &on_alarm, NULL);
    alarm(flood.max_seconds);

    uint64_t start_ns = now_ns();
    uint64_t sent = strcmp(argv[1], "kernel") == 0 ? flood_from_kernel(&flood) : flood_from_user(&flood);
    printf("{\"sent\":%" PRIu64 ",\"wall_ns\":%" PRIu64 "}\n", sent, now_ns() - start_ns);
    return 0;
}
