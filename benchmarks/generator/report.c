/* Numbers to JSON lines on standard output, one for each thing that the harness asked. */
#include "load.h"

#include <string.h>
#include <sys/resource.h>

static double cpu_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void print_percentiles(const char *name, const Histogram *of, uint64_t expected) {
    printf(",\"%s\":{\"count\":%llu,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}", name,
           (unsigned long long)of->count, (long long)percentile(of, 0.5, expected),
           (long long)percentile(of, 0.99, expected), (long long)percentile(of, 0.999999, 0));
}

static void end_line(void) {
    puts("}");
    fflush(stdout);
}

void report_ready(int64_t started_us, int64_t at_us) {
    printf("{\"kind\":\"ready\",\"ready\":%d,\"took_us\":%lld,\"bytes\":%llu", totals.ready,
           (long long)(at_us - started_us), (unsigned long long)totals.bytes);
    end_line();
}

static void print_totals(void) {
    printf(",\"deliveries\":%llu,\"bytes\":%llu,\"missing\":%llu,\"repeated\":%llu,\"closed\":%llu,"
           "\"close_code\":%d,\"acks\":%llu,\"ready\":%d,\"cpu_s\":%.6f",
           (unsigned long long)totals.deliveries, (unsigned long long)totals.bytes, (unsigned long long)totals.missing,
           (unsigned long long)totals.repeated, (unsigned long long)totals.closed, totals.last_close_code,
           (unsigned long long)totals.acks, totals.ready, cpu_s());
}

static void report_sums(const char *kind, int64_t from_us, int64_t to_us, uint64_t expected) {
    static Histogram latency, last, age;
    memset(&latency, 0, sizeof latency);
    memset(&last, 0, sizeof last);
    memset(&age, 0, sizeof age);
    sum_slots(from_us, to_us, &latency, &last, &age);
    printf("{\"kind\":\"%s\",\"from_us\":%lld,\"to_us\":%lld", kind, (long long)from_us, (long long)to_us);
    print_percentiles("latency", &latency, expected);
    print_percentiles("last", &last, expected / (uint64_t)options.connections);
    print_percentiles("age", &age, 0);
    print_totals();
    end_line();
}

void report_interval(int64_t from_us, int64_t to_us) {
    report_sums("interval", from_us, to_us, 0);
}

void report_window(int64_t from_us, int64_t to_us, uint64_t expected) {
    report_sums("window", from_us, to_us, expected);
}

void report_reached(int64_t n, bool has_reached) {
    printf("{\"kind\":\"reached\",\"n\":%lld,\"is_reached\":%s", (long long)n, has_reached ? "true" : "false");
    print_totals();
    end_line();
}

void report_totals(const char *kind) {
    printf("{\"kind\":\"%s\"", kind);
    print_percentiles("latency", &latencies, 0);
    print_percentiles("last", &last_latencies, 0);
    print_percentiles("age", &ages, 0);
    print_totals();
    end_line();
}

void report_cold(Histogram *times, uint64_t bytes, int count) {
    printf("{\"kind\":\"cold\",\"connects\":%d,\"bytes_each\":%llu", count, (unsigned long long)bytes);
    print_percentiles("whole_state", times, 0);
    print_totals();
    end_line();
}
