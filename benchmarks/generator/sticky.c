/* Stickyboard's browsers: count updates, and acknowledge them within the window in hello. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

#define PACE_US 100000   /* minimum interval */
#define SILENT_US 250000 /* after the last update */
#define HELD_US 1000000  /* after the first unacknowledged update, at most */
#define MOST_BYTES 1048576

static bool starts_with(const uint8_t *text, size_t length, const char *start) {
    return length >= strlen(start) && !memcmp(text, start, strlen(start));
}

static uint64_t number_after(const uint8_t *text, size_t length, const char *name) {
    const uint8_t *at = memmem(text, length, name, strlen(name));
    return at ? strtoull((const char *)at + strlen(name), NULL, 10) : 0;
}

/* All browsers receive an update at the same time, but must not acknowledge it at the same time. */
static void draw_share(Connection *c) {
    c->ack_share = 0.25 + drand48() / 4;
}

static void take_hello(Connection *c, const uint8_t *text, size_t length) {
    const uint8_t *window = memmem(text, length, "\"window\":", 9);
    if (!window) fail("hello contains no window");
    size_t rest = length - (size_t)(window - text);
    c->window_updates = number_after(window, rest, "\"updates\":");
    c->window_bytes = number_after(window, rest, "\"bytes\":");
    draw_share(c);
}

static void take_update(Connection *c, size_t length, int64_t at_us) {
    c->updates++;
    c->unacked_bytes += length;
    if (!c->unacked_since_us) c->unacked_since_us = at_us;
    c->received_us = at_us;
}

/* Hello and heartbeats are never compressed. */
void take_compressed(Connection *c, size_t length, int64_t at_us) {
    c->messages++;
    take_update(c, length, at_us);
    acknowledge_due(c, at_us);
}

void take_sticky(Connection *c, const uint8_t *text, size_t length, int64_t at_us) {
    if (starts_with(text, length, "{\"op\":\"hello\"")) take_hello(c, text, length);
    if (starts_with(text, length, "{\"op\":\"update\"")) take_update(c, length, at_us);
    take_message(c, text, length, at_us);
    acknowledge_due(c, at_us);
}

static bool is_used(const Connection *c) {
    return (double)(c->updates - c->acked_updates) >= c->ack_share * (double)c->window_updates ||
           (double)c->unacked_bytes >= c->ack_share * (double)c->window_bytes;
}

static bool is_late(const Connection *c, int64_t at_us) {
    return at_us - c->received_us >= SILENT_US || at_us - c->unacked_since_us >= (int64_t)(2 * c->ack_share * HELD_US);
}

void acknowledge_due(Connection *c, int64_t at_us) {
    char text[64];
    if (c->state != OPEN || c->updates == c->acked_updates || at_us - c->acked_us < PACE_US) return;
    /* A slow reader acknowledges each update when it has read it completely. */
    bool is_share_used = is_used(c);
    if (options.mode != SLOW && !is_share_used && !is_late(c, at_us)) return;
    bool is_fast = is_share_used && at_us - c->acked_us < SILENT_US;
    if (is_fast && c->window_bytes < MOST_BYTES) c->window_bytes *= 2;
    int length = snprintf(text, sizeof text, "{\"op\":\"ack\",\"updates\":%llu}", (unsigned long long)c->updates);
    send_text(c, 1, (uint8_t *)text, (size_t)length);
    c->acked_updates = c->updates;
    c->unacked_bytes = 0;
    c->unacked_since_us = 0;
    c->acked_us = at_us;
    draw_share(c);
    totals.acks++;
}
