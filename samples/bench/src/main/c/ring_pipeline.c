/*
 * What Weir's pipeline does with a packet, in plain C on the same ring: the headers decoded and checked, a symmetric hash of
 * the five-tuple, its flow found or made and its counters kept, one classifier asked through a pointer, the verdict counted
 * by outcome and cause, idle flows swept out. Says how much of Weir's time is the work, and how much is Java.
 */
#include "datagram.h"
#include "decode.h"
#include "packet_ring.h"

#include <time.h>
#include <unistd.h>

enum { FIRST_PLACES = 1024, FORWARD = 0, REVERSE = 1 };
enum outcome { ACCEPTED, DROPPED, OUTCOMES };
enum cause { BY_CLASSIFIER, BY_FLOW_VERDICT, CAUSES };

static const uint64_t IDLE_NS = 60000000000, SWEEP_NS = 30000000000;

/* The two ends in a fixed order, so that both directions are the same. */
struct tuple {
    uint64_t low_high, low_low, high_high, high_low, vlans, hash;
    uint32_t ports, kind;
};

struct flow {
    struct tuple tuple;
    bool used, from_high, has_verdict;
    enum outcome verdict;
    uint8_t tcp_flags[2];
    uint64_t active_ns, last_seen_ns, packets[2], bytes[2];
};

struct packet {
    const uint8_t *bytes;
    uint32_t captured, wire;
    uint64_t timestamp_ns;
    struct headers headers;
};

typedef enum outcome classifier(const struct packet *packet, struct flow *flow);

static uint64_t seed[4];
static struct flow *flows;
static size_t places = FIRST_PLACES, flow_count, sweep_at;
static uint64_t swept_ns;
static uint64_t decisions[OUTCOMES][CAUSES];
static uint64_t datagrams;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* Fills in the tuple; true when the packet comes from its higher end. */
static bool tuple_of(struct tuple *tuple, const struct headers *headers) {
    uint32_t source_port = headers->ports >> 16, destination_port = headers->ports & 0xffff;
    bool swap = headers->source_high != headers->destination_high ? headers->source_high > headers->destination_high
                : headers->source_low != headers->destination_low ? headers->source_low > headers->destination_low
                                                                  : source_port > destination_port;
    tuple->low_high = swap ? headers->destination_high : headers->source_high;
    tuple->low_low = swap ? headers->destination_low : headers->source_low;
    tuple->high_high = swap ? headers->source_high : headers->destination_high;
    tuple->high_low = swap ? headers->source_low : headers->destination_low;
    tuple->ports = swap ? destination_port << 16 | source_port : headers->ports;
    tuple->kind = (uint32_t)headers->ip_version << 8 | (headers->protocol & 0xff);
    tuple->vlans = headers->vlans;
    tuple->hash = fold(fold(tuple->low_low ^ seed[0], tuple->high_low ^ seed[1]) ^ tuple->low_high ^ seed[2],
                       fold(tuple->ports ^ seed[1], tuple->kind ^ tuple->vlans ^ seed[3]) ^ tuple->high_high ^ seed[0]);
    return swap;
}

static bool same_tuple(const struct tuple *a, const struct tuple *b) {
    return a->hash == b->hash && a->low_low == b->low_low && a->high_low == b->high_low && a->ports == b->ports &&
           a->kind == b->kind && a->vlans == b->vlans && a->low_high == b->low_high && a->high_high == b->high_high;
}

/* The place of a tuple, or the free one where it belongs. */
static size_t place_of(const struct tuple *tuple) {
    size_t at = tuple->hash & (places - 1);
    while (flows[at].used && !same_tuple(&flows[at].tuple, tuple)) {
        at = (at + 1) & (places - 1);
    }
    return at;
}

static void allocate(size_t count) {
    places = count;
    flows = aligned_alloc(64, count * sizeof *flows);
    if (flows == NULL) {
        die("the flow table");
    }
    memset(flows, 0, count * sizeof *flows);
}

static void grow(void) {
    struct flow *former = flows;
    size_t count = places;
    allocate(2 * count);
    for (size_t i = 0; i < count; i++) {
        if (former[i].used) {
            flows[place_of(&former[i].tuple)] = former[i];
        }
    }
    free(former);
}

static struct flow *flow_of(const struct tuple *tuple, bool from_high) {
    struct flow *flow = &flows[place_of(tuple)];
    if (!flow->used) {
        if (2 * ++flow_count >= places) {
            grow();
            flow = &flows[place_of(tuple)];
        }
        *flow = (struct flow){.tuple = *tuple, .used = true, .from_high = from_high};
    }
    return flow;
}

static void count_packet(struct flow *flow, const struct packet *packet, bool from_high, uint64_t now) {
    int direction = from_high == flow->from_high ? FORWARD : REVERSE;
    flow->active_ns = now;
    flow->packets[direction]++;
    flow->bytes[direction] += packet->wire;
    flow->tcp_flags[direction] |= packet->headers.transport & 0xff;
    if (packet->timestamp_ns > flow->last_seen_ns) {
        flow->last_seen_ns = packet->timestamp_ns;
    }
}

/* Takes a flow out; entries behind it that would no longer be found move forward. */
static void remove_at(size_t hole) {
    size_t mask = places - 1;
    flow_count--;
    for (size_t at = (hole + 1) & mask; flows[at].used; at = (at + 1) & mask) {
        size_t home = flows[at].tuple.hash & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            flows[hole] = flows[at];
            hole = at;
        }
    }
    flows[hole].used = false;
}

/* Looks at as many places as the time since the last look asks for. */
static void sweep(uint64_t now) {
    size_t owed = (size_t)((now - swept_ns) * places / SWEEP_NS);
    if (owed == 0) {
        return;
    }
    swept_ns = now;
    for (size_t i = owed < places ? owed : places; i > 0; i--) {
        if (flows[sweep_at].used && now - flows[sweep_at].active_ns > IDLE_NS) {
            remove_at(sweep_at);
        } else {
            sweep_at = (sweep_at + 1) & (places - 1);
        }
    }
}

static enum outcome classify(const struct packet *packet, struct flow *flow) {
    (void)flow;
    if (packet->headers.protocol == IPPROTO_UDP && (packet->headers.ports & 0xffff) == DISCARD_PORT) {
        datagrams++;
    }
    return ACCEPTED;
}

static classifier *volatile classifiers[] = {classify};

static void judge(const struct packet *packet, uint64_t now) {
    struct tuple tuple;
    bool from_high = tuple_of(&tuple, &packet->headers);
    struct flow *flow = flow_of(&tuple, from_high);
    count_packet(flow, packet, from_high, now);
    if (flow->has_verdict) {
        decisions[flow->verdict][BY_FLOW_VERDICT]++;
    } else {
        decisions[classifiers[0](packet, flow)][BY_CLASSIFIER]++;
    }
}

static void receive_block(const struct tpacket_block_desc *block) {
    uint64_t now = now_ns();
    uint32_t packets = block->hdr.bh1.num_pkts;
    uint64_t bytes = 0, before = datagrams;
    const uint8_t *header = (const uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
    for (uint32_t i = 0; i < packets; i++) {
        const struct tpacket3_hdr *frame = (const struct tpacket3_hdr *)header;
        struct packet packet;
        packet.bytes = header + frame->tp_mac;
        packet.captured = frame->tp_snaplen;
        packet.wire = frame->tp_len;
        packet.timestamp_ns = frame->tp_sec * 1000000000ull + frame->tp_nsec;
        decode(&packet.headers, packet.bytes, (int32_t)packet.captured, (int32_t)packet.wire);
        judge(&packet, now);
        bytes += packet.wire;
        header += frame->tp_next_offset;
    }
    sweep(now);
    count_batch(packets, bytes, datagrams - before);
}

int main(int argc, char **argv) {
    if (getentropy(seed, sizeof seed) != 0) {
        die("getentropy");
    }
    allocate(FIRST_PLACES);
    swept_ns = now_ns();
    return receive_blocks(argc, argv, receive_block);
}
