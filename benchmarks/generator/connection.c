/* One connection's life: connect, handshake, read, write, close. */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define PLACEHOLDER "@@@@@@" /* replaced by the connection's number, so that names differ */

static uint8_t shared[READ_BYTES];

void append(Buffer *to, const uint8_t *bytes, size_t length) {
    if (to->length + length > to->capacity) {
        to->capacity = 2 * (to->length + length);
        to->bytes = realloc(to->bytes, to->capacity);
        if (!to->bytes) fail("out of memory");
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

void drop_front(Buffer *of, size_t length) {
    of->length -= length;
    memmove(of->bytes, of->bytes + length, of->length);
}

void send_raw(Connection *c, const uint8_t *bytes, size_t length) {
    ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (sent == (ssize_t)length) return;
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return; /* the next read reports it */
    fail("the send buffer of a connection is full");
}

void send_text(Connection *c, int opcode, const uint8_t *payload, size_t length) {
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t frame[4096];
    size_t head = 2;
    if (length + 8 > sizeof frame) fail("a message to the server is too long");
    frame[0] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (uint8_t)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(length >> 8);
        frame[3] = (uint8_t)length;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    for (size_t i = 0; i < length; i++) frame[head + 4 + i] = payload[i] ^ mask[i % 4];
    send_raw(c, frame, head + 4 + length);
}

static uint8_t *numbered(const char *text, size_t length, int number) {
    char digits[16];
    uint8_t *copy = malloc(length + 1);
    if (!copy) fail("out of memory");
    memcpy(copy, text, length);
    snprintf(digits, sizeof digits, "%06d", number % 1000000);
    for (uint8_t *at = copy; (at = memmem(at, length - (size_t)(at - copy), PLACEHOLDER, 6));) memcpy(at, digits, 6);
    return copy;
}

static void greet(Connection *c) {
    if (!options.greeting_length) return;
    uint8_t *text = numbered(options.greeting, options.greeting_length, c->index);
    if (options.dialect == NATS) send_raw(c, text, options.greeting_length);
    else send_text(c, options.dialect == NATS_WS || options.dialect == MQTT_WS ? 2 : 1, text, options.greeting_length);
    free(text);
}

void open_connection(Connection *c, int epoll) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    struct epoll_event wish = {.events = EPOLLOUT, .data.ptr = c};
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("no more sockets; raise the limit of open files");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (options.receive_buffer)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer);
    c->state = CONNECTING;
    c->last_n = -1;
    c->started_us = now_us();
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        fail("the server's port refuses connections");
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &wish);
}

void finish_connecting(Connection *c, int epoll) {
    int error = 0;
    socklen_t size = sizeof error;
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = c};
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("the server's port refuses connections");
    /* A slow reader reads at a fixed rate, not when data arrives. */
    epoll_ctl(epoll, options.mode == SLOW ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, c->fd, &wish);
    if (options.dialect == NATS) {
        c->state = OPEN;
        greet(c);
        return;
    }
    uint8_t *text = numbered(options.handshake, options.handshake_length, c->index);
    c->state = UPGRADING;
    send_raw(c, text, options.handshake_length);
    free(text);
}

void close_connection(Connection *c, bool is_expected) {
    if (c->state == CLOSED) return;
    close(c->fd);
    c->state = CLOSED;
    c->outer.length = c->inner.length = 0;
    totals.closed += !is_expected;
}

/* Returns the length of the response to the handshake; 0 until it is complete. */
static size_t take_upgrade(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(bytes + 9, "101", 3)) {
        fprintf(stderr, "the server responded to the handshake with: %.*s\n", 60, bytes);
        exit(1);
    }
    c->state = OPEN;
    greet(c);
    if (!options.ready_text && !options.ready_count && !options.is_ready_by_control) become_ready(c, at_us);
    return (size_t)(end + 4 - bytes);
}

static size_t take(Connection *c, uint8_t *bytes, size_t length, int64_t at_us) {
    size_t used = 0;
    if (c->state == UPGRADING) used = take_upgrade(c, bytes, length, at_us);
    return c->state == OPEN ? used + take_bytes(c, bytes + used, length - used, at_us) : used;
}

/* Reads once, at most `limit` bytes, and processes complete messages; returns the number of bytes read. */
size_t read_some(Connection *c, size_t limit) {
    ssize_t got = recv(c->fd, shared, limit && limit < READ_BYTES ? limit : READ_BYTES, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) {
        close_connection(c, false);
        return 0;
    }
    int64_t at_us = now_us();
    totals.bytes += (uint64_t)got;
    c->bytes += (uint64_t)got;
    if (c->outer.length) {
        append(&c->outer, shared, (size_t)got);
        size_t used = take(c, c->outer.bytes, c->outer.length, at_us);
        if (used && c->state != CLOSED) drop_front(&c->outer, used);
    } else {
        size_t used = take(c, shared, (size_t)got, at_us);
        if (used < (size_t)got && c->state != CLOSED) append(&c->outer, shared + used, (size_t)got - used);
    }
    return (size_t)got;
}
