/* Records what a program writes to the files of one folder, and what it brings to the disk; for LD_PRELOAD.
 *
 * POWER_FOLDER is the folder, and POWER_LOG a file to which records are appended:
 *   write NAME OFFSET SIZE\n<bytes>   truncate NAME SIZE\n   sync NAME\n   create NAME\n   unlink NAME\n   note TEXT\n
 * NAME is "." for the folder itself. Nothing is really synchronised, which the disk would take long for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 1024
#define NAME_BYTES 128

static char names[FILES][NAME_BYTES]; /* by descriptor; "" is another file */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static ssize_t real_write(int fd, const void *bytes, size_t size) {
    static __typeof__(&write) call;
    if (!call) call = REAL(write);
    return call(fd, bytes, size);
}

static const char *name_in(const char *path) {
    const char *folder = getenv("POWER_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    if (!length || strncmp(path, folder, length)) return NULL;
    if (!path[length]) return ".";
    return path[length] == '/' && strlen(path + length) < NAME_BYTES ? path + length + 1 : NULL;
}

static void record(const void *bytes, size_t size, const char *format, ...) {
    char head[2 * NAME_BYTES + 64];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(head, sizeof head, format, values);
    va_end(values);
    if (log_fd < 0) log_fd = REAL(open)(getenv("POWER_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (real_write(log_fd, head, (size_t)length) < 0 || real_write(log_fd, bytes, size) < 0) abort();
}

/* For the recorded program itself, such as "acknowledged 7". */
void power_note(const char *text) {
    pthread_mutex_lock(&turn);
    record("", 0, "note %s\n", text);
    pthread_mutex_unlock(&turn);
}

static const char *name_of(int fd) { return fd >= 0 && fd < FILES && names[fd][0] ? names[fd] : NULL; }

static int opened(int fd, const char *path, int is_new) {
    const char *name = fd >= 0 && fd < FILES ? name_in(path) : NULL;
    if (fd >= 0 && fd < FILES) snprintf(names[fd], NAME_BYTES, "%s", name ? name : "");
    if (name && is_new) record("", 0, "create %s\n", name);
    return fd;
}

static int open_with(int (*call)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    struct stat found;
    pthread_mutex_lock(&turn);
    int is_new = (flags & O_CREAT) && stat(path, &found) != 0;
    int fd = opened(call(path, flags, mode), path, is_new);
    pthread_mutex_unlock(&turn);
    return fd;
}

#define OPEN(name)                                  \
    int name(const char *path, int flags, ...) {    \
        va_list values;                             \
        va_start(values, flags);                    \
        mode_t mode = va_arg(values, mode_t);       \
        va_end(values);                             \
        return open_with(REAL(name), path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < FILES) names[fd][0] = 0;
    return REAL(close)(fd);
}

#define PWRITE(name)                                                                         \
    ssize_t name(int fd, const void *bytes, size_t size, __off64_t offset) {                 \
        pthread_mutex_lock(&turn);                                                           \
        ssize_t done = ((ssize_t (*)(int, const void *, size_t, __off64_t))dlsym(RTLD_NEXT, #name))(fd, bytes, size, offset); \
        if (name_of(fd) && done > 0)                                                         \
            record(bytes, (size_t)done, "write %s %lld %zd\n", name_of(fd), (long long)offset, done); \
        pthread_mutex_unlock(&turn);                                                         \
        return done;                                                                         \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *bytes, size_t size) {
    if (!name_of(fd)) return real_write(fd, bytes, size);
    pthread_mutex_lock(&turn);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = real_write(fd, bytes, size);
    if (done > 0) record(bytes, (size_t)done, "write %s %lld %zd\n", name_of(fd), (long long)offset, done);
    pthread_mutex_unlock(&turn);
    return done;
}

#define TRUNCATE(name)                                                                         \
    int name(int fd, __off64_t size) {                                                         \
        pthread_mutex_lock(&turn);                                                             \
        int failed = ((int (*)(int, __off64_t))dlsym(RTLD_NEXT, #name))(fd, size);             \
        if (name_of(fd) && !failed) record("", 0, "truncate %s %lld\n", name_of(fd), (long long)size); \
        pthread_mutex_unlock(&turn);                                                           \
        return failed;                                                                         \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                                        \
    int name(int fd) {                                    \
        if (!name_of(fd)) return REAL(name)(fd);          \
        pthread_mutex_lock(&turn);                        \
        record("", 0, "sync %s\n", name_of(fd));          \
        pthread_mutex_unlock(&turn);                      \
        return 0;                                         \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    pthread_mutex_lock(&turn);
    int failed = REAL(unlink)(path);
    if (!failed && name_in(path)) record("", 0, "unlink %s\n", name_in(path));
    pthread_mutex_unlock(&turn);
    return failed;
}
