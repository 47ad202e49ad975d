/* Opens many connections to a server on this machine and checks and times all they receive.
 *
 * One thread, one epoll. Standard input brings commands, one a line; each is answered by one line:
 *   window FROM_US TO_US EXPECTED   percentiles of what was sent in that time
 *   until N TIMEOUT_MS              waits until every connection has event N
 *   totals                          everything since the start
 *   quit                            the same, and ends
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define AT_A_TIME 256
#define NAP_US 200

void read_options(int count, char **words); /* options.c */

Options options;
Totals totals;
Connection *connections;
Histogram latencies, last_latencies, ages;

static int64_t awaited_n = -1, await_until_us, started_us;
static int opened;
static bool is_ready_reported, is_over;
static Histogram cold_times;

static const volatile int64_t *paused_us;

/* The total that benchmarks/clock writes, if pauses are detected. */
static void map_pauses(void) {
    static const int64_t none;
    const char *path = getenv("BENCHMARK_PAUSES");
    int file = path ? open(path, O_RDONLY) : -1;
    void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
    paused_us = map == MAP_FAILED ? &none : map;
}

int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - *paused_us;
}

void fail(const char *what) {
    fprintf(stderr, "%s (%s)\n", what, strerror(errno));
    exit(1);
}

static bool have_all(int64_t n) {
    for (int i = 0; i < options.connections; i++)
        if (connections[i].last_n < n) return false;
    return true;
}

static void answer(char *line) {
    long long a = 0, b = 0, c = 0;
    if (sscanf(line, "window %lld %lld %lld", &a, &b, &c) == 3) report_window(a, b, (uint64_t)c);
    else if (sscanf(line, "until %lld %lld", &a, &b) == 2) awaited_n = a, await_until_us = now_us() + b * 1000;
    else if (!strncmp(line, "totals", 6)) report_totals("totals");
    else if (!strncmp(line, "quit", 4)) is_over = true;
    else fail("no such command");
}

static void take_commands(void) {
    static char text[4096];
    static size_t length;
    ssize_t got = read(STDIN_FILENO, text + length, sizeof text - length - 1);
    if (got <= 0) exit(0); /* the harness has ended */
    length += (size_t)got;
    text[length] = 0;
    for (char *end; (end = strchr(text, '\n'));) {
        *end = 0;
        answer(text);
        length -= (size_t)(end + 1 - text);
        memmove(text, end + 1, length + 1);
    }
}

static void start_recording(Connection *c) {
    char path[512];
    int apart = options.record > 1 ? (options.connections - 1) / (options.record - 1) : 1;
    if (apart < 1) apart = 1;
    if (!options.record_folder || c->index % apart || c->index / apart >= options.record) return;
    snprintf(path, sizeof path, "%s/%d.json-seq", options.record_folder, c->index);
    c->record = fopen(path, "w");
    if (!c->record) fail("cannot record");
}

static void open_more(int epoll) {
    while (opened < options.connections && opened - totals.ready < options.at_once) {
        Connection *c = &connections[opened];
        c->index = opened++;
        start_recording(c);
        open_connection(c, epoll);
    }
}

/* One connection after another, in the same slot. */
static void go_on_cold(int epoll) {
    Connection *c = &connections[opened - 1];
    if (!c->is_ready) return;
    note(&cold_times, c->ready_us - c->started_us);
    close_connection(c, true);
    if (opened < options.connections) {
        open_more(epoll);
        return;
    }
    report_cold(&cold_times, c->bytes, opened);
    is_over = true;
}

static void read_slowly(int64_t at_us) {
    static int64_t read_until_us, total;
    if (!read_until_us) read_until_us = at_us;
    int64_t allowed = (at_us - read_until_us) * options.read_bytes_per_s / 1000000 - total;
    Connection *c = &connections[0];
    if (allowed <= 0 || c->state < UPGRADING) return;
    size_t got = read_some(c, (size_t)allowed);
    /* An unused allowance is not carried over. */
    total = got ? total + (int64_t)got : total + allowed;
}

static void look_at_clock(int64_t at_us) {
    static int64_t reported_us;
    if (options.keys) sample_ages(at_us);
    if (options.mode == SLOW) read_slowly(at_us);
    for (int i = 0; options.dialect == STICKY && i < opened; i++) acknowledge_due(&connections[i], at_us);
    if (options.interval_us && at_us - reported_us >= options.interval_us) {
        /* Reported one interval late, so that its events have time to arrive. */
        if (reported_us) report_interval(reported_us - options.interval_us, at_us - options.interval_us);
        reported_us = at_us;
    }
    int64_t since_us = options.mode == COLD && opened ? connections[opened - 1].started_us : started_us;
    if (!is_ready_reported && at_us - since_us > options.timeout_us) {
        fprintf(stderr, "%d of %d connections had the whole state in time\n", totals.ready, options.connections);
        exit(1);
    }
}

static void look_at_waiting(int64_t at_us) {
    if (options.mode != COLD && !is_ready_reported && totals.ready == options.connections) {
        is_ready_reported = true;
        report_ready(started_us, at_us);
    }
    if (awaited_n < 0) return;
    bool is_reached = have_all(awaited_n);
    if (!is_reached && at_us < await_until_us) return;
    report_reached(awaited_n, is_reached);
    awaited_n = -1;
}

static void take_events(int epoll, struct epoll_event *events, int count) {
    for (int i = 0; i < count; i++) {
        Connection *c = events[i].data.ptr;
        if (!c) take_commands();
        else if (c->state == CONNECTING) finish_connecting(c, epoll);
        else if (c->state != CLOSED) read_some(c, 0);
    }
}

/* Followers are looked at every NAP_US instead of being woken for each message: on one machine the
 * sender pays for waking its reader, a third of what a send costs, and a browser elsewhere costs no such thing. */
static int wait_for_events(int epoll, struct epoll_event *events, int64_t left_us) {
    static const struct timespec nap = {.tv_nsec = NAP_US * 1000};
    if (options.mode != FOLLOW || !is_ready_reported) return epoll_wait(epoll, events, AT_A_TIME, (int)((left_us + 999) / 1000));
    int count = epoll_wait(epoll, events, AT_A_TIME, 0);
    if (count < AT_A_TIME) nanosleep(&nap, NULL);
    return count;
}

static void run(int epoll) {
    struct epoll_event events[AT_A_TIME];
    int64_t next_tick_us = started_us = now_us();
    while (!is_over) {
        open_more(epoll);
        int64_t at_us = now_us();
        if (at_us >= next_tick_us) {
            look_at_clock(at_us);
            next_tick_us = at_us + TICK_US - at_us % TICK_US;
        }
        look_at_waiting(at_us);
        int count = wait_for_events(epoll, events, next_tick_us - at_us);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        take_events(epoll, events, count);
        if (options.mode == COLD) go_on_cold(epoll);
    }
}

int main(int count, char **words) {
    read_options(count, words);
    map_pauses();
    connections = calloc((size_t)options.connections, sizeof *connections);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = NULL};
    if (!connections || epoll < 0) fail("cannot start");
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &wish);
    run(epoll);
    for (int i = 0; i < opened; i++)
        if (connections[i].record) fclose(connections[i].record);
    if (options.mode != COLD) report_totals("final");
    return 0;
}
