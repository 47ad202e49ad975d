/* Counts of microseconds in buckets whose width grows with the value. */
#include "load.h"

static int bucket_of(uint64_t value) {
    if (value < STEPS) return (int)value;
    int doubling = 63 - __builtin_clzll(value) - 6; /* 6: STEPS is 2 to the 6th */
    int bucket = (doubling + 1) * STEPS + (int)((value >> doubling) & (STEPS - 1));
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static int64_t middle_of(int bucket) {
    if (bucket < STEPS) return bucket;
    int doubling = bucket / STEPS - 1;
    int64_t low = (int64_t)(STEPS + bucket % STEPS) << doubling;
    return low + ((int64_t)1 << doubling) / 2;
}

void note(Histogram *into, int64_t value_us) {
    into->count++;
    into->buckets[bucket_of(value_us < 0 ? 0 : (uint64_t)value_us)]++;
}

void merge(Histogram *into, const Histogram *from) {
    into->count += from->count;
    for (int bucket = 0; bucket < BUCKETS; bucket++) into->buckets[bucket] += from->buckets[bucket];
}

/* What was expected and is not there counts as later than everything: -1 when that is the answer. */
int64_t percentile(const Histogram *of, double share, uint64_t expected) {
    uint64_t all = of->count > expected ? of->count : expected;
    uint64_t wanted = (uint64_t)(share * (double)all), seen = 0;
    if (!all) return -1;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
        seen += of->buckets[bucket];
        if (seen > wanted) return middle_of(bucket);
    }
    return wanted < of->count ? middle_of(BUCKETS - 1) : -1;
}
