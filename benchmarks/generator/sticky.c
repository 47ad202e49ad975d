/* What only Stickyboard's browsers do: count frames, keep to the window that hello tells, acknowledge. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

#define PACE_US 100000   /* never more often, whatever the window */
#define SILENT_US 250000 /* never later, once there is something to acknowledge */

static uint64_t number_after(const uint8_t *text, size_t length, const char *name) {
    const uint8_t *at = memmem(text, length, name, strlen(name));
    return at ? strtoull((const char *)at + strlen(name), NULL, 10) : 0;
}

static void take_hello(Connection *c, const uint8_t *text, size_t length) {
    const uint8_t *window = memmem(text, length, "\"window\":", 9);
    if (!window) fail("hello tells no window");
    size_t rest = length - (size_t)(window - text);
    c->window_frames = number_after(window, rest, "\"frames\":");
    c->window_bytes = number_after(window, rest, "\"bytes\":");
}

void take_sticky(Connection *c, const uint8_t *text, size_t length, int64_t at_us) {
    if (length > 13 && !memcmp(text, "{\"op\":\"hello\"", 13)) take_hello(c, text, length);
    if (length > 13 && !memcmp(text, "{\"op\":\"frame\"", 13)) {
        c->frames++;
        c->unacked_bytes += length;
        if (!c->unacked_since_us) c->unacked_since_us = at_us;
    }
    take_message(c, text, length, at_us);
    acknowledge_due(c, at_us);
}

static bool is_half_used(const Connection *c) {
    return 2 * (c->frames - c->acked_frames) >= c->window_frames || 2 * c->unacked_bytes >= c->window_bytes;
}

void acknowledge_due(Connection *c, int64_t at_us) {
    char text[64];
    if (c->state != OPEN || c->frames == c->acked_frames || at_us - c->acked_us < PACE_US) return;
    /* A slow reader tells of each frame when it has read it whole. */
    if (options.mode != SLOW && !is_half_used(c) && at_us - c->unacked_since_us < SILENT_US) return;
    int length = snprintf(text, sizeof text, "{\"op\":\"ack\",\"frames\":%llu}", (unsigned long long)c->frames);
    send_text(c, 1, (uint8_t *)text, (size_t)length);
    c->acked_frames = c->frames;
    c->unacked_bytes = 0;
    c->unacked_since_us = 0;
    c->acked_us = at_us;
    totals.acks++;
}
