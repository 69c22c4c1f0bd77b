/*
 * How the harness talks to a receiver: the receiver prints "ready" when it can receive; "begin" on its standard input
 * starts the measured window, "end" ends it and is answered by one line of JSON. End of file ends the process too, so
 * no receiver outlives its harness. The harness sends both while no packet is under way, so counts need no lock.
 */
#ifndef WEIR_BENCH_CONTROL_H
#define WEIR_BENCH_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

struct counters {
    _Atomic uint64_t packets;
    _Atomic uint64_t bytes;
    _Atomic uint64_t datagrams; /* packets that were recognised as UDP of the flood */
};

extern struct counters counters;

/* Adds one batch; called by the receiving thread alone. */
static inline void count_batch(uint64_t packets, uint64_t bytes, uint64_t datagrams) {
    atomic_store_explicit(&counters.packets, counters.packets + packets, memory_order_relaxed);
    atomic_store_explicit(&counters.bytes, counters.bytes + bytes, memory_order_relaxed);
    atomic_store_explicit(&counters.datagrams, counters.datagrams + datagrams, memory_order_relaxed);
}

/* Starts the thread that answers the harness. kernel_drops gives all drops since the receiver started. */
void control_start(uint64_t (*kernel_drops)(void));

/*
 * Waits until a measured window is open. A receiver that drains what had piled up before calls it ahead of each receive;
 * others never do.
 */
void control_await_window(void);

/* The window's packets are all done: its wall time ends now. Without it, it ends with "end". */
void control_window_done(void);

/* Prints what failed with its errno and exits. */
void die(const char *what) __attribute__((noreturn));

#endif
