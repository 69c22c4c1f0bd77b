/* An AF_XDP socket of libxdp on queue 0 of an interface, in copy mode on native XDP, as the Java side has it on a veth. */
#ifndef WEIR_BENCH_XSK_PORT_H
#define WEIR_BENCH_XSK_PORT_H

#include "control.h"
#include "xdp_program.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xdp/xsk.h>

enum { FRAME_SIZE = XSK_UMEM__DEFAULT_FRAME_SIZE / 2, BATCH_SIZE = 64 };

struct xsk_port {
    struct xsk_socket *socket;
    struct xsk_ring_prod fill, tx;
    struct xsk_ring_cons completion, rx;
};

static inline void check(int result, const char *what) {
    if (result < 0) {
        errno = -result;
        die(what);
    }
}

/* The first port's fill and completion ring are the umem's own. */
static inline struct xsk_umem *open_umem(struct xsk_port *first, uint8_t **frames, uint32_t count, uint32_t ring) {
    struct xsk_umem *umem;
    struct xsk_umem_config config = {
        .fill_size = 2 * ring, .comp_size = ring, .frame_size = FRAME_SIZE, .frame_headroom = 0};
    *frames = mmap(NULL, (size_t)count * FRAME_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (*frames == MAP_FAILED) {
        die("mmap of the umem");
    }
    check(xsk_umem__create(&umem, *frames, (uint64_t)count * FRAME_SIZE, &first->fill, &first->completion, &config),
          "xsk_umem__create");
    return umem;
}

static inline void open_port(struct xsk_port *port, struct xsk_umem *umem, const char *interface, uint32_t ring) {
    struct xsk_socket_config config = {
        .rx_size = ring,
        .tx_size = ring,
        .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
        .bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
    };
    int result, tries = 100;
    /* A socket that was closed may keep its queue for a moment. */
    while ((result = xsk_socket__create_shared(&port->socket, interface, 0, umem, &port->rx, &port->tx, &port->fill,
                                               &port->completion, &config)) == -EBUSY && tries-- > 0) {
        usleep(10000);
    }
    check(result, "xsk_socket__create_shared");
}

/* bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS) */
static inline void redirect_to(struct xsk_port *port, const char *interface) {
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_XSKMAP;
    attr.key_size = sizeof(uint32_t);
    attr.value_size = sizeof(int);
    attr.max_entries = 1;
    int map = bpf(BPF_MAP_CREATE, &attr);
    const struct bpf_insn program[] = {
        {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = offsetof(struct xdp_md, rx_queue_index)},
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
        {0}, /* upper half of the address */
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
        {.code = BPF_JMP | BPF_EXIT},
    };
    int loaded = load_xdp(program, sizeof program / sizeof *program);
    if (map < 0 || loaded < 0 || attach_xdp(loaded, if_nametoindex(interface)) < 0) {
        die("the XDP program");
    }
    check(xsk_socket__update_xskmap(port->socket, map), "xsk_socket__update_xskmap");
}

static inline void fill_with(struct xsk_port *port, uint32_t first_frame, uint32_t count) {
    uint32_t at;
    if (xsk_ring_prod__reserve(&port->fill, count, &at) != count) {
        die("the fill ring is too small");
    }
    for (uint32_t i = 0; i < count; i++) {
        *xsk_ring_prod__fill_addr(&port->fill, at + i) = (uint64_t)(first_frame + i) * FRAME_SIZE;
    }
    xsk_ring_prod__submit(&port->fill, count);
}

static inline void kick(struct xsk_port *port) {
    if (xsk_ring_prod__needs_wakeup(&port->tx)) {
        sendto(xsk_socket__fd(port->socket), NULL, 0, MSG_DONTWAIT, NULL, 0);
    }
}

static inline uint64_t port_drops(const struct xsk_port *port) {
    struct xdp_statistics stats = {0};
    socklen_t length = sizeof stats;
    if (getsockopt(xsk_socket__fd(port->socket), SOL_XDP, XDP_STATISTICS, &stats, &length) != 0) {
        die("getsockopt XDP_STATISTICS");
    }
    return stats.rx_dropped + stats.rx_ring_full;
}

#endif
