/* `--name value` words to `options`. */
#include "load.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    int value;
} Choice;

static const Choice DIALECTS[] = {{"text", TEXT},       {"sticky", STICKY},   {"nats", NATS},
                                  {"nats-ws", NATS_WS}, {"mqtt-ws", MQTT_WS}, {"engine-io", ENGINE_IO}};
static const Choice MODES[] = {{"follow", FOLLOW}, {"cold", COLD}, {"slow", SLOW}};

#define CHOOSE(from, word) choose(from, sizeof from / sizeof *from, word)

static int choose(const Choice *from, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(from[i].name, word)) return from[i].value;
    fail(word);
    return -1;
}

static const char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(4096);
    if (!file || !text) fail(path);
    *length = fread(text, 1, 4096, file);
    fclose(file);
    return text;
}

/* "upgrade": at once; "control": PONG, SUBACK or Engine.IO's 40; "count:K" messages; "text:T" in a message. */
static void read_ready(const char *word) {
    if (!strncmp(word, "count:", 6)) options.ready_count = strtoull(word + 6, NULL, 10);
    else if (!strncmp(word, "text:", 5)) options.ready_text = word + 5;
    else options.is_ready_by_control = !strcmp(word, "control");
}

static void read_option(const char *name, const char *word) {
    long long number = atoll(word);
    if (!strcmp(name, "--port")) options.port = (int)number;
    else if (!strcmp(name, "--connections")) options.connections = (int)number;
    else if (!strcmp(name, "--at-once")) options.at_once = (int)number;
    else if (!strcmp(name, "--mode")) options.mode = (Mode)CHOOSE(MODES, word);
    else if (!strcmp(name, "--dialect")) options.dialect = (Dialect)CHOOSE(DIALECTS, word);
    else if (!strcmp(name, "--handshake")) options.handshake = read_file(word, &options.handshake_length);
    else if (!strcmp(name, "--greeting")) options.greeting = read_file(word, &options.greeting_length);
    else if (!strcmp(name, "--ready")) read_ready(word);
    else if (!strcmp(name, "--keys")) options.keys = (int)number;
    else if (!strcmp(name, "--folded")) options.is_folded = number;
    else if (!strcmp(name, "--opaque")) options.is_opaque = number;
    else if (!strcmp(name, "--first-n")) options.first_n = number;
    else if (!strcmp(name, "--skip")) options.skip = (size_t)number;
    else if (!strcmp(name, "--interval-ms")) options.interval_us = number * 1000;
    else if (!strcmp(name, "--timeout-s")) options.timeout_us = number * 1000000;
    else if (!strcmp(name, "--read-bytes-per-s")) options.read_bytes_per_s = number;
    else if (!strcmp(name, "--receive-buffer")) options.receive_buffer = (int)number;
    else if (!strcmp(name, "--record")) options.record = (int)number;
    else if (!strcmp(name, "--record-bytes")) options.record_bytes = (size_t)number;
    else if (!strcmp(name, "--record-folder")) options.record_folder = word;
    else fail(name);
}

void read_options(int count, char **words) {
    options.connections = 1;
    options.at_once = 1;
    options.first_n = 1;
    options.timeout_us = 30000000;
    for (int i = 1; i + 1 < count; i += 2) read_option(words[i], words[i + 1]);
    if (options.mode == COLD) options.at_once = 1;
    if (options.keys > MAX_KEYS) fail("too many keys");
}
