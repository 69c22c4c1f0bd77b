/*
 * How most programs use a netfilter queue: libnetfilter_queue, a packet a receive, a callback and a verdict for each.
 *
 * usage: queue_library WINDOW_PACKETS [QUEUE [busy]]
 *   WINDOW_PACKETS  0: receive without waiting for windows
 *   busy            never sleep
 */
#include "control.h"
#include "datagram.h"
#include "queue_drops.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

static int accept_packet(struct nfq_q_handle *queue, struct nfgenmsg *message, struct nfq_data *data, void *unused) {
    (void)message;
    (void)unused;
    unsigned char *payload;
    int length = nfq_get_payload(data, &payload);
    struct nfqnl_msg_packet_hdr *header = nfq_get_msg_packet_hdr(data);
    count_batch(1, (uint64_t)length, length > 0 && is_flood_ipv4(payload, (uint32_t)length));
    return nfq_set_verdict(queue, ntohl(header->packet_id), NF_ACCEPT, 0, NULL);
}

int main(int argc, char **argv) {
    uint64_t window = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, due = window;
    queue_number = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int busy = argc > 3 && strcmp(argv[3], "busy") == 0;
    struct nfq_handle *handle = nfq_open();
    struct nfq_q_handle *queue = handle ? nfq_create_queue(handle, queue_number, accept_packet, NULL) : NULL;
    if (queue == NULL || nfq_set_mode(queue, NFQNL_COPY_PACKET, COPY_RANGE) < 0 ||
        nfq_set_queue_maxlen(queue, QUEUE_LENGTH) < 0 ||
        nfq_set_queue_flags(queue, NFQA_CFG_F_GSO, NFQA_CFG_F_GSO) < 0) {
        die("nfq_create_queue and its settings");
    }
    int fd = nfq_fd(handle);
    nfnl_rcvbufsiz(nfq_nfnlh(handle), RECEIVE_BUFFER_BYTES);
    if (window != 0) {
        struct timeval patience = {.tv_usec = 1000}; /* or it would sit in a receive when a window begins */
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    control_start(queue_drops);

    static char buffer[COPY_RANGE + 4096] __attribute__((aligned(8)));
    for (;;) {
        if (window != 0) {
            control_await_window();
        }
        ssize_t length = recv(fd, buffer, sizeof buffer, busy ? MSG_DONTWAIT : 0);
        if (length < 0 && errno != ENOBUFS && errno != EINTR && errno != EAGAIN) {
            die("recv");
        }
        if (length >= 0) {
            nfq_handle_packet(handle, buffer, (int)length);
        }
        if (window != 0 && counters.packets >= due) {
            due += window;
            control_window_done();
        }
    }
}
