/* Messages to numbers: every event of every connection is found, checked and timed. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t number; /* which 20 ms since the clock began */
    Histogram latency, last, age;
} Slot;

typedef struct {
    int64_t n;
    int seen; /* connections that have it */
} Progress;

static Slot slots[SLOTS];
static Progress progress[LAST_EVENTS];

static Slot *slot_of(int64_t time_us) {
    int64_t number = time_us / SLOT_US;
    Slot *slot = &slots[number % SLOTS];
    if (slot->number > number) return NULL; /* older than the stored slots */
    if (slot->number < number) {
        memset(slot, 0, sizeof *slot);
        slot->number = number;
    }
    return slot;
}

static int64_t number_at(const uint8_t **at, const uint8_t *end) {
    int64_t value = 0;
    while (*at < end && **at == ' ') (*at)++; /* Python's json writes one after each colon */
    while (*at < end && **at >= '0' && **at <= '9') value = value * 10 + *(*at)++ - '0';
    return value;
}

static bool passes(const uint8_t **at, const uint8_t *end, const char *name, size_t length) {
    const uint8_t *here = *at;
    if (here < end && *here == ',') here++;
    if (here < end && *here == ' ') here++;
    if ((size_t)(end - here) < length || memcmp(here, name, length)) return false;
    *at = here + length;
    return true;
}

static void check_order(Connection *c, int64_t n) {
    int64_t expected = c->last_n < 0 ? options.first_n : c->last_n + 1;
    if (!options.is_folded && expected >= 0) {
        if (n > expected) totals.missing += (uint64_t)(n - expected);
        if (n < expected) totals.repeated++;
    }
    if (n > c->last_n) c->last_n = n;
}

static void count_last(int64_t n, int64_t late_us, Slot *slot) {
    Progress *of = &progress[n % LAST_EVENTS];
    if (of->n != n) *of = (Progress){.n = n};
    if (++of->seen < options.connections) return;
    note(&last_latencies, late_us);
    if (slot) note(&slot->last, late_us);
}

static void take_event(Connection *c, int64_t n, int64_t t, int64_t key, int64_t at_us) {
    Slot *slot = slot_of(t);
    check_order(c, n);
    totals.deliveries++;
    note(&latencies, at_us - t);
    if (slot) note(&slot->latency, at_us - t);
    if (!options.is_folded) count_last(n, at_us - t, slot);
    if (options.keys == 1) key = 0; /* the newest of all keys */
    if (key >= 0 && key < MAX_KEYS && t > c->newest_t[key]) c->newest_t[key] = t;
}

static void find_events(Connection *c, const uint8_t *text, size_t length, int64_t at_us) {
    const uint8_t *at = text, *end = text + length;
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        int64_t n, t, key = 0;
        if (end - at < 4 || memcmp(at, "\"n\":", 4)) {
            at++;
            continue;
        }
        at += 4;
        n = number_at(&at, end);
        if (!passes(&at, end, "\"t\":", 4)) continue;
        t = number_at(&at, end);
        if (passes(&at, end, "\"k\":", 4)) key = number_at(&at, end);
        take_event(c, n, t, key, at_us);
        /* The rest of an event has a known length, at least. */
        at = (size_t)(end - at) > options.skip ? at + options.skip : end;
    }
}

void become_ready(Connection *c, int64_t at_us) {
    if (c->is_ready) return;
    c->is_ready = true;
    c->ready_us = at_us;
    totals.ready++;
}

static void record(Connection *c, const uint8_t *text, size_t length) {
    if (!c->record || c->recorded_bytes + length > options.record_bytes) {
        if (c->record) fclose(c->record);
        c->record = NULL; /* a recording is a prefix without gaps */
        return;
    }
    fwrite(text, 1, length, c->record);
    fputc(0x1e, c->record); /* no message contains it, but the entries of a whole keyspace have a line each */
    c->recorded_bytes += length;
}

void take_message(Connection *c, const uint8_t *text, size_t length, int64_t at_us) {
    c->messages++;
    if (c->record) record(c, text, length);
    find_events(c, text, length, at_us);
    if (c->is_ready) return;
    if (options.ready_count && c->messages >= options.ready_count) become_ready(c, at_us);
    if (options.ready_text && memmem(text, length, options.ready_text, strlen(options.ready_text)))
        become_ready(c, at_us);
}

/* The age of what a browser displays is that of the newest value of each key. */
void sample_ages(int64_t at_us) {
    Slot *slot = slot_of(at_us);
    for (int i = 0; i < options.connections; i++) {
        Connection *c = &connections[i];
        for (int key = 0; c->is_ready && key < options.keys; key++) {
            if (!c->newest_t[key]) continue;
            note(&ages, at_us - c->newest_t[key]);
            if (slot) note(&slot->age, at_us - c->newest_t[key]);
        }
    }
}

void sum_slots(int64_t from_us, int64_t to_us, Histogram *latency, Histogram *last, Histogram *age) {
    for (int64_t number = from_us / SLOT_US; number < to_us / SLOT_US; number++) {
        Slot *slot = &slots[number % SLOTS];
        if (slot->number != number) continue;
        merge(latency, &slot->latency);
        merge(last, &slot->last);
        merge(age, &slot->age);
    }
}
