/*
 * The most a C program gets out of a netfilter queue: netlink without a library, 64 packets a receive, their verdicts in
 * one send.
 *
 * usage: queue_batched WINDOW_PACKETS [QUEUE [busy]]
 *   WINDOW_PACKETS  0: receive without waiting for windows
 *   busy            never sleep
 */
#include "control.h"
#include "datagram.h"
#include "queue_drops.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, BUFFER_BYTES = COPY_RANGE + 2048 };

static int fd;

struct message {
    struct nlmsghdr header;
    struct nfgenmsg netfilter;
} __attribute__((aligned(4)));

static struct message message_of(uint16_t type, uint16_t flags) {
    return (struct message){
        .header = {.nlmsg_len = sizeof(struct message), .nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | type,
                   .nlmsg_flags = NLM_F_REQUEST | flags},
        .netfilter = {.res_id = htons(queue_number)},
    };
}

/* Appends an attribute to the message that begins at start. */
static void add(char *start, uint16_t type, const void *value, uint16_t length) {
    struct nlmsghdr *message = (struct nlmsghdr *)start;
    struct nlattr attribute = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + length)};
    memcpy(start + message->nlmsg_len, &attribute, sizeof attribute);
    memcpy(start + message->nlmsg_len + NLA_HDRLEN, value, length);
    message->nlmsg_len += NLA_ALIGN(attribute.nla_len);
}

static void bind_queue(void) {
    char request[128] __attribute__((aligned(4)));
    *(struct message *)request = message_of(NFQNL_MSG_CONFIG, NLM_F_ACK);
    struct nfqnl_msg_config_cmd bind_command = {.command = NFQNL_CFG_CMD_BIND};
    struct nfqnl_msg_config_params params = {.copy_range = htonl(COPY_RANGE), .copy_mode = NFQNL_COPY_PACKET};
    uint32_t length = htonl(QUEUE_LENGTH), gso = htonl(NFQA_CFG_F_GSO);
    add(request, NFQA_CFG_CMD, &bind_command, sizeof bind_command);
    add(request, NFQA_CFG_PARAMS, &params, sizeof params);
    add(request, NFQA_CFG_QUEUE_MAXLEN, &length, sizeof length);
    add(request, NFQA_CFG_FLAGS, &gso, sizeof gso);
    add(request, NFQA_CFG_MASK, &gso, sizeof gso);
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[256];
    } answer;
    if (send(fd, request, ((struct nlmsghdr *)request)->nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0) {
        die("netlink");
    }
    if ((errno = -answer.error.error) != 0) {
        die("bind the queue");
    }
}

/* Appends the verdict for the packet of a datagram; returns the bytes appended. */
static size_t decide(const struct nlmsghdr *packet, char *verdicts) {
    const char *end = (const char *)packet + packet->nlmsg_len;
    const struct nlattr *attribute = (const struct nlattr *)((const char *)packet + sizeof(struct message));
    struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT)};
    while ((const char *)attribute + NLA_HDRLEN <= end && attribute->nla_len >= NLA_HDRLEN) {
        const uint8_t *value = (const uint8_t *)attribute + NLA_HDRLEN;
        uint32_t length = attribute->nla_len - NLA_HDRLEN;
        if (attribute->nla_type == NFQA_PACKET_HDR) {
            verdict.id = ((const struct nfqnl_msg_packet_hdr *)value)->packet_id;
        } else if (attribute->nla_type == NFQA_PAYLOAD) {
            count_batch(1, length, is_flood_ipv4(value, length));
        }
        attribute = (const struct nlattr *)((const char *)attribute + NLA_ALIGN(attribute->nla_len));
    }
    *(struct message *)verdicts = message_of(NFQNL_MSG_VERDICT, 0);
    add(verdicts, NFQA_VERDICT_HDR, &verdict, sizeof verdict);
    return ((struct message *)verdicts)->header.nlmsg_len;
}

int main(int argc, char **argv) {
    uint64_t window = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, due = window;
    queue_number = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int busy = argc > 3 && strcmp(argv[3], "busy") == 0;
    fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    int receive_buffer = RECEIVE_BUFFER_BYTES, yes = 1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0 ||
        setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &yes, sizeof yes) != 0) {
        die("socket NETLINK_NETFILTER");
    }
    bind_queue();

    static char verdicts[BATCH * 64] __attribute__((aligned(4)));
    struct mmsghdr messages[BATCH] = {0};
    struct iovec vectors[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){.iov_base = malloc(BUFFER_BYTES), .iov_len = BUFFER_BYTES};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    control_start(queue_drops);

    struct pollfd readable = {.fd = fd, .events = POLLIN};
    for (;;) {
        if (window != 0) {
            control_await_window();
        }
        int received = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        if (received < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                die("recvmmsg");
            }
            if (!busy) {
                poll(&readable, 1, window != 0 ? 1 : -1);
            }
            continue;
        }
        size_t length = 0;
        for (int i = 0; i < received; i++) {
            const struct nlmsghdr *packet = vectors[i].iov_base;
            if (packet->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)) {
                length += decide(packet, verdicts + length);
            }
        }
        if (length != 0 && send(fd, verdicts, length, 0) < 0) {
            die("send of verdicts");
        }
        if (window != 0 && counters.packets >= due) {
            due += window;
            control_window_done();
        }
    }
}
