/* The load generator's shared declarations. Times are microseconds of benchmarks/clock, sizes bytes.
 *
 * Read in this order: load.c (the loop), connection.c (one connection's life), framing.c (bytes to
 * messages), events.c (messages to numbers), sticky.c (acknowledgements of Stickyboard's browsers),
 * histogram.c, report.c (numbers to JSON lines).
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SLOT_US 20000      /* latencies are stored by the 20 ms in which their event was sent */
#define SLOTS 1024         /* so a window may be asked for up to 20 s later */
#define LAST_EVENTS 262144 /* events that may be in flight to the last connection at once */
#define MAX_KEYS 16        /* keys of a coalesced event type that a connection may follow */
#define TICK_US 10000      /* interval of sampling ages and checking acknowledgements */

/* 64 steps for each doubling: a value is known to 1.6 %, from 1 us to over an hour. */
#define STEPS 64
#define BUCKETS (STEPS * 28)

typedef struct {
    uint64_t count;
    uint32_t buckets[BUCKETS];
} Histogram;

typedef enum { TEXT, STICKY, NATS, NATS_WS, MQTT_WS, ENGINE_IO } Dialect;
typedef enum { FOLLOW, COLD, SLOW } Mode;
typedef enum { CLOSED, CONNECTING, UPGRADING, OPEN } State;

typedef struct {
    uint8_t *bytes;
    size_t length, capacity;
} Buffer;

typedef struct {
    int fd, index;
    State state;
    bool is_ready; /* has received the complete state */
    bool is_opaque; /* in the middle of a compressed message */
    Buffer outer, inner;
    uint64_t messages, bytes;
    int64_t last_n;               /* the newest event's number, -1 before the first */
    int64_t started_us, ready_us; /* connect() and the last byte of the whole state */
    int64_t newest_t[MAX_KEYS];   /* per key, when the newest value was sent */
    /* Stickyboard's window */
    uint64_t updates, acked_updates, unacked_bytes;
    uint64_t window_updates, window_bytes;
    int64_t acked_us, unacked_since_us, received_us;
    double ack_share;
    FILE *record;
    size_t recorded_bytes;
} Connection;

typedef struct {
    int port, connections, at_once, keys, record, receive_buffer;
    Mode mode;
    Dialect dialect;
    const char *handshake, *greeting, *ready_text, *record_folder;
    size_t handshake_length, greeting_length, record_bytes, skip;
    uint64_t ready_count;
    bool is_ready_by_control, is_folded;
    bool is_opaque; /* compressed frames are counted, and not read */
    int64_t read_bytes_per_s, interval_us, first_n, timeout_us;
} Options;

typedef struct {
    uint64_t deliveries, bytes, missing, repeated, closed, acks;
    int ready, last_close_code;
} Totals;

extern Options options;
extern Totals totals;
extern Connection *connections;
extern Histogram latencies, last_latencies, ages; /* of the whole run */

int64_t now_us(void);
void fail(const char *what); /* prints a sentence and ends the program */

/* histogram.c */
void note(Histogram *into, int64_t value_us);
void merge(Histogram *into, const Histogram *from);
int64_t percentile(const Histogram *of, double share, uint64_t expected);

/* connection.c */
void open_connection(Connection *c, int epoll);
void close_connection(Connection *c, bool is_expected);
void finish_connecting(Connection *c, int epoll);
size_t read_some(Connection *c, size_t limit);
void send_text(Connection *c, int opcode, const uint8_t *payload, size_t length);
void send_raw(Connection *c, const uint8_t *bytes, size_t length);
void append(Buffer *to, const uint8_t *bytes, size_t length);
void drop_front(Buffer *of, size_t length);

/* framing.c */
size_t take_bytes(Connection *c, uint8_t *bytes, size_t length, int64_t at_us);

/* events.c */
void take_message(Connection *c, const uint8_t *text, size_t length, int64_t at_us);
void become_ready(Connection *c, int64_t at_us);
void sample_ages(int64_t at_us);
void sum_slots(int64_t from_us, int64_t to_us, Histogram *latency, Histogram *last, Histogram *age);

/* sticky.c */
void take_sticky(Connection *c, const uint8_t *text, size_t length, int64_t at_us);
void take_compressed(Connection *c, size_t length, int64_t at_us);
void acknowledge_due(Connection *c, int64_t at_us);

/* report.c */
void report_ready(int64_t started_us, int64_t at_us);
void report_interval(int64_t from_us, int64_t to_us);
void report_window(int64_t from_us, int64_t to_us, uint64_t expected);
void report_reached(int64_t n, bool has_reached);
void report_totals(const char *kind);
void report_cold(Histogram *times, uint64_t bytes, int count);

#endif
