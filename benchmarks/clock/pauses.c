/* Notes for how long the whole machine stood still, as a virtual machine does when its host stops it.
 *
 * On each of two cores a thread of real-time priority wakes every millisecond. When both are late,
 * nothing ran in between: neither server nor generator. The sum of those times, in microseconds, stands
 * in a file that the others map; they subtract it from CLOCK_MONOTONIC. On a machine of one's own it
 * stays 0. The accountant runs on the generator's core, so nobody there reads the clock before it wrote.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_US 1000 /* waking more often would itself cost what is measured */
#define LATE_US 1800   /* below this it may have been an interrupt */
#define GAPS 256       /* of the other core, remembered until this one wakes */

typedef struct {
    _Atomic int64_t from_us, to_us;
} Gap;

static _Atomic int64_t *paused_us;
static Gap gaps[GAPS];
static _Atomic uint64_t gap_count;
static _Atomic int64_t other_awake_us;

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void rest(void) {
    struct timespec period = {.tv_nsec = PERIOD_US * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &period, NULL);
}

static void take_core(int core) {
    struct sched_param priority = {.sched_priority = 50};
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) || sched_setscheduler(0, SCHED_FIFO, &priority)) {
        fputs("not allowed to run at real-time priority\n", stderr);
        exit(1);
    }
}

static void *watch_other(void *core) {
    take_core(*(int *)core);
    for (int64_t last = now_us();;) {
        rest();
        int64_t woke = now_us();
        if (woke - last > LATE_US) {
            Gap *gap = &gaps[gap_count % GAPS];
            gap->from_us = last;
            gap->to_us = woke;
            gap_count++;
        }
        other_awake_us = last = woke;
    }
    return NULL;
}

static int64_t overlap(int64_t from, int64_t to, int64_t other_from, int64_t other_to) {
    int64_t begin = from > other_from ? from : other_from, end = to < other_to ? to : other_to;
    return end - begin > PERIOD_US ? end - begin - PERIOD_US : 0;
}

/* Returns how much of this core's gap the other core was not running either; the two resume apart. */
static int64_t shared_us(int64_t from, int64_t to) {
    uint64_t count = gap_count;
    int64_t awake = other_awake_us, sum = to - awake > LATE_US ? overlap(from, to, awake, to) : 0;
    for (uint64_t i = count > GAPS ? count - GAPS : 0; i < count; i++)
        sum += overlap(from, to, gaps[i % GAPS].from_us, gaps[i % GAPS].to_us);
    return sum;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int file = open(words[1], O_RDWR | O_CREAT, 0600), core = atoi(words[2]), other = atoi(words[3]);
    if (file < 0 || ftruncate(file, sizeof *paused_us)) return 1;
    paused_us = mmap(NULL, sizeof *paused_us, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pthread_t thread;
    take_core(core);
    if (paused_us == MAP_FAILED || pthread_create(&thread, NULL, watch_other, &other)) return 1;
    puts("watching");
    fflush(stdout);
    pid_t parent = getppid();
    for (int64_t last = now_us(); getppid() == parent;) {
        rest();
        int64_t woke = now_us();
        if (woke - last > LATE_US) *paused_us += shared_us(last, woke);
        last = woke;
    }
    return 0;
}
