#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct counters counters;

struct snapshot {
    uint64_t packets, bytes, datagrams, kernel_drops;
    int64_t cpu_user_ns, cpu_sys_ns; /* the split is sampled: one of them may come out negative, the sum is exact */
    uint64_t wall_ns;
};

static uint64_t (*read_kernel_drops)(void);
static _Atomic int window_open;
static pthread_mutex_t window_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t window_opened = PTHREAD_COND_INITIALIZER;
static _Atomic uint64_t done_ns;

void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t timeval_ns(struct timeval t) { return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000; }

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void control_await_window(void) {
    if (window_open) {
        return;
    }
    pthread_mutex_lock(&window_lock);
    while (!window_open) {
        pthread_cond_wait(&window_opened, &window_lock);
    }
    pthread_mutex_unlock(&window_lock);
}

static void open_window(void) {
    pthread_mutex_lock(&window_lock);
    window_open = 1;
    pthread_cond_signal(&window_opened);
    pthread_mutex_unlock(&window_lock);
}

void control_window_done(void) {
    done_ns = now_ns();
    window_open = 0; /* what it does with an empty queue is not measured */
}

static struct rusage usage_of(int who) {
    struct rusage usage;
    if (getrusage(who, &usage) != 0) {
        die("getrusage");
    }
    return usage;
}

static struct snapshot snapshot_now(void) {
    struct rusage process = usage_of(RUSAGE_SELF);
    struct rusage thread = usage_of(RUSAGE_THREAD); /* it measures and is not measured */
    return (struct snapshot){
        .packets = counters.packets,
        .bytes = counters.bytes,
        .datagrams = counters.datagrams,
        .kernel_drops = read_kernel_drops(),
        .cpu_user_ns = timeval_ns(process.ru_utime) - timeval_ns(thread.ru_utime),
        .cpu_sys_ns = timeval_ns(process.ru_stime) - timeval_ns(thread.ru_stime),
        .wall_ns = now_ns(),
    };
}

static void print_window(struct snapshot begin, struct snapshot end) {
    printf("{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"datagrams\":%" PRIu64 ",\"kernel_drops\":%" PRIu64
           ",\"cpu_user_ns\":%" PRId64 ",\"cpu_sys_ns\":%" PRId64 ",\"wall_ns\":%" PRIu64 "}\n",
           end.packets - begin.packets, end.bytes - begin.bytes, end.datagrams - begin.datagrams,
           end.kernel_drops - begin.kernel_drops, end.cpu_user_ns - begin.cpu_user_ns,
           end.cpu_sys_ns - begin.cpu_sys_ns, end.wall_ns - begin.wall_ns);
    fflush(stdout);
}

static void *answer_harness(void *unused) {
    (void)unused;
    struct snapshot begin = snapshot_now();
    char line[32];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "begin\n") == 0) {
            done_ns = 0;
            puts("begun");
            fflush(stdout);
            begin = snapshot_now();
            open_window();
        } else if (strcmp(line, "end\n") == 0) {
            window_open = 0;
            struct snapshot end = snapshot_now();
            end.wall_ns = done_ns != 0 ? done_ns : end.wall_ns;
            print_window(begin, end);
        }
    }
    exit(0);
}

void control_start(uint64_t (*kernel_drops)(void)) {
    read_kernel_drops = kernel_drops;
    pthread_t thread;
    if ((errno = pthread_create(&thread, NULL, answer_harness, NULL)) != 0) {
        die("pthread_create");
    }
    puts("ready");
    fflush(stdout);
}
