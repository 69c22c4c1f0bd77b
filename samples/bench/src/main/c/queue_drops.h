/* What the kernel counts for a netfilter queue, in /proc/net/netfilter/nfnetlink_queue. */
#ifndef WEIR_BENCH_QUEUE_DROPS_H
#define WEIR_BENCH_QUEUE_DROPS_H

#include "control.h"

#include <stdio.h>

static unsigned queue_number;

enum { QUEUE_LENGTH = 100000, RECEIVE_BUFFER_BYTES = 64 << 20, COPY_RANGE = 65531 };

/* Dropped because the queue or the receive buffer was full. */
static uint64_t queue_drops(void) {
    FILE *file = fopen("/proc/net/netfilter/nfnetlink_queue", "r");
    unsigned queue, queue_full = 0, buffer_full = 0;
    if (file == NULL) {
        die("/proc/net/netfilter/nfnetlink_queue");
    }
    while (fscanf(file, "%u %*u %*u %*u %*u %u %u %*u %*u", &queue, &queue_full, &buffer_full) == 3 &&
           queue != queue_number) {
    }
    fclose(file);
    return (uint64_t)queue_full + buffer_full;
}

#endif
