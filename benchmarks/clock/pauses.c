/* Notes for how long this machine did not run, as a virtual machine does when its host stops it.
 *
 * On each of two cores a thread of real-time priority wakes every millisecond; one that is late was not
 * late because of other programs. While either core is paused, time does not count: the sum of
 * those times, in microseconds, is in a file that the other programs map and subtract from CLOCK_MONOTONIC.
 * On a machine of one's own it stays 0. The accountant runs on the generator's core, so after a pause
 * it writes before anybody there reads.
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

static _Atomic int64_t *paused_us;
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
    for (;;) {
        other_awake_us = now_us();
        rest();
    }
    return NULL;
}

/* Returns how much of the time since this core last woke does not count. */
static int64_t pause_us(int64_t last, int64_t woke) {
    if (woke - last > LATE_US) return woke - last - PERIOD_US;
    return woke - other_awake_us > LATE_US ? woke - last : 0;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    int file = open(words[1], O_RDWR | O_CREAT, 0600), core = atoi(words[2]), other = atoi(words[3]);
    if (file < 0 || ftruncate(file, sizeof *paused_us)) return 1;
    paused_us = mmap(NULL, sizeof *paused_us, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pthread_t thread;
    take_core(core);
    other_awake_us = now_us();
    if (paused_us == MAP_FAILED || pthread_create(&thread, NULL, watch_other, &other)) return 1;
    puts("watching");
    fflush(stdout);
    pid_t parent = getppid();
    for (int64_t last = now_us(); getppid() == parent;) {
        rest();
        int64_t woke = now_us();
        *paused_us += pause_us(last, woke);
        last = woke;
    }
    return 0;
}
