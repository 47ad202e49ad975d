/* Bytes to messages: WebSocket frames, NATS and MQTT streams, Engine.IO packets. */
#define _GNU_SOURCE
#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef size_t (*TakeOne)(Connection *, uint8_t *, size_t, int64_t);

static void take_control(Connection *c, int64_t at_us) {
    if (options.is_ready_by_control && !c->is_ready) become_ready(c, at_us);
}

static size_t take_nats(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    static const uint8_t pong[] = "PONG\r\n";
    uint8_t *end = memmem(bytes, length, "\r\n", 2);
    if (!end) return 0;
    size_t line = (size_t)(end + 2 - bytes);
    if (!memcmp(bytes, "MSG ", 4) || !memcmp(bytes, "HMSG", 4)) {
        uint8_t *size = end;
        while (size[-1] != ' ') size--;
        size_t payload = strtoul((char *)size, NULL, 10);
        if (length < line + payload + 2) return 0;
        take_message(c, bytes + line, payload, at_us);
        return line + payload + 2;
    }
    if (!memcmp(bytes, "PING", 4)) {
        if (options.dialect == NATS) send_raw(c, pong, 6);
        else send_text(c, 2, pong, 6);
    }
    if (!memcmp(bytes, "PONG", 4)) take_control(c, at_us);
    if (!memcmp(bytes, "-ERR", 4)) fail("NATS answered with -ERR");
    return line;
}

static size_t take_mqtt(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    size_t remaining = 0, head = 1;
    for (int shift = 0;; shift += 7) {
        if (head >= length) return 0;
        remaining |= (size_t)(bytes[head] & 0x7f) << shift;
        if (!(bytes[head++] & 0x80)) break;
    }
    if (length < head + remaining) return 0;
    int kind = bytes[0] >> 4;
    if (kind == 3) { /* PUBLISH at QoS 0: topic, then the payload */
        size_t topic = 2 + (size_t)(bytes[head] << 8 | bytes[head + 1]);
        take_message(c, bytes + head + topic, remaining - topic, at_us);
    }
    if (kind == 9) take_control(c, at_us); /* SUBACK */
    return head + remaining;
}

static void take_engine_io(Connection *c, uint8_t *text, size_t length, int64_t at_us) {
    if (length && text[0] == '2') send_text(c, 1, (const uint8_t *)"3", 1);
    else if (length > 1 && text[0] == '4' && text[1] == '0') take_control(c, at_us);
    else if (length > 1 && text[0] == '4' && text[1] == '2') take_message(c, text, length, at_us);
}

/* Passes a fragmented byte stream to a parser of complete units. */
static void take_stream(Connection *c, uint8_t *bytes, size_t length, int64_t at_us, TakeOne take_one) {
    bool is_kept = c->inner.length > 0;
    if (is_kept) {
        append(&c->inner, bytes, length);
        bytes = c->inner.bytes;
        length = c->inner.length;
    }
    size_t used = 0, step;
    while (used < length && (step = take_one(c, bytes + used, length - used, at_us))) used += step;
    if (is_kept) drop_front(&c->inner, used);
    else if (used < length) append(&c->inner, bytes + used, length - used);
}

static void take_payload(Connection *c, uint8_t *payload, size_t length, int64_t at_us) {
    switch (options.dialect) {
        case STICKY: take_sticky(c, payload, length, at_us); break;
        case NATS_WS: take_stream(c, payload, length, at_us, take_nats); break;
        case MQTT_WS: take_stream(c, payload, length, at_us, take_mqtt); break;
        case ENGINE_IO: take_engine_io(c, payload, length, at_us); break;
        default: take_message(c, payload, length, at_us);
    }
}

static void take_data_frame(Connection *c, bool is_last, bool is_first, uint8_t *payload, size_t length, int64_t at_us) {
    /* Streams inside frames need no complete messages; the other dialects join fragments first. */
    if ((is_last && is_first) || options.dialect == NATS_WS || options.dialect == MQTT_WS) {
        take_payload(c, payload, length, at_us);
        return;
    }
    append(&c->inner, payload, length);
    if (!is_last) return;
    take_payload(c, c->inner.bytes, c->inner.length, at_us);
    c->inner.length = 0;
}

static size_t take_frame(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    if (length < 2) return 0;
    uint64_t payload = bytes[1] & 0x7f;
    size_t head = payload == 126 ? 4 : payload == 127 ? 10 : 2;
    if (length < head) return 0;
    if (head > 2) payload = 0;
    for (size_t i = 2; i < head; i++) payload = payload << 8 | bytes[i];
    if (length < head + payload) return 0;
    int opcode = bytes[0] & 0x0f;
    uint8_t *data = bytes + head;
    bool is_compressed = bytes[0] & 0x40 || (options.dialect == STICKY && opcode == 2) || (!opcode && c->is_opaque);
    if (is_compressed && !options.is_opaque) fail("a frame is compressed, but that was not requested");
    if (is_compressed && bytes[0] & 0x80 && options.dialect == STICKY) take_compressed(c, payload, at_us);
    if (is_compressed) c->is_opaque = !(bytes[0] & 0x80);
    else if (opcode <= 2) take_data_frame(c, bytes[0] & 0x80, opcode != 0, data, payload, at_us);
    if (opcode == 9) send_text(c, 10, data, payload);
    if (opcode == 8) {
        if (payload >= 2) totals.last_close_code = data[0] << 8 | data[1];
        close_connection(c, false);
    }
    return head + payload;
}

/* Takes every whole unit and returns how many bytes that was. */
size_t take_bytes(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    TakeOne take_one = options.dialect == NATS ? take_nats : take_frame;
    size_t used = 0, step;
    while (c->state == OPEN && used < length && (step = take_one(c, bytes + used, length - used, at_us))) used += step;
    return used;
}
