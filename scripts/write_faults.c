/* A library to be preloaded into a program. It makes one of the calls fail with which the program
   changes files, or kills the program at that call. Calls on paths that contain
   WRITE_FAULTS_DIRECTORY are counted, and calls on descriptors of such paths. Each is a line `call
   path` in the file WRITE_FAULTS_LOG.

   WRITE_FAULTS_AT: the number of the call, counted from 1; 0 for none
   WRITE_FAULTS_KIND:
     ENOSPC, EIO  the call fails and does nothing, but a file that it should close is closed
     EINTR        as above; only open, write, fsync and close are counted
     KILL         SIGKILL comes before the call, or when a write has written half */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char* directory;
static int error; /* 0: SIGKILL */
static long fault_at;
static atomic_long calls;
static int log_file = -1;

static const char* setting(const char* name) {
  const char* value = getenv(name);
  if (value == NULL) {
    fprintf(stderr, "write_faults: %s is not set\n", name);
    _exit(99);
  }
  return value;
}

__attribute__((constructor)) static void set_up(void) {
  const char* kind = setting("WRITE_FAULTS_KIND");
  fault_at = atol(setting("WRITE_FAULTS_AT"));
  error = !strcmp(kind, "ENOSPC")  ? ENOSPC
          : !strcmp(kind, "EIO")   ? EIO
          : !strcmp(kind, "EINTR") ? EINTR
                                   : 0;
  log_file = open(setting("WRITE_FAULTS_LOG"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  directory = setting("WRITE_FAULTS_DIRECTORY");
}

/* Whether this call shall fail, with the reason in errno. */
static int fails(const char* call, int interruptible, const char* path) {
  if (directory == NULL || strstr(path, directory) == NULL) return 0;
  if (error == EINTR && !interruptible) return 0;
  dprintf(log_file, "%s %s\n", call, path);
  if (atomic_fetch_add(&calls, 1) + 1 != fault_at) return 0;
  if (error == 0 && strcmp(call, "write") != 0) raise(SIGKILL);
  errno = error;
  return 1;
}

static int descriptor_fails(const char* call, int interruptible, int descriptor) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  return fails(call, interruptible, path);
}

/* NEXT(call): the function of that name which would have been called. */
#define NEXT(call) ((__typeof__(&call))dlsym(RTLD_NEXT, #call))

#define DEFINE_OPEN(open)                                               \
  int open(const char* path, int flags, ...) {                          \
    va_list arguments;                                                  \
    va_start(arguments, flags);                                         \
    const mode_t mode = va_arg(arguments, mode_t);                      \
    va_end(arguments);                                                  \
    return fails("open", 1, path) ? -1 : NEXT(open)(path, flags, mode); \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_FOPEN(fopen)                                          \
  FILE* fopen(const char* path, const char* mode) {                  \
    return fails("fopen", 0, path) ? NULL : NEXT(fopen)(path, mode); \
  }
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

ssize_t write(int descriptor, const void* bytes, size_t count) {
  if (!descriptor_fails("write", 1, descriptor)) return NEXT(write)(descriptor, bytes, count);
  if (error != 0) return -1;
  NEXT(write)(descriptor, bytes, count / 2);
  return raise(SIGKILL);
}

/* Streams write what is longer than their buffer together with the buffer. */
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  if (!descriptor_fails("write", 1, descriptor)) return NEXT(writev)(descriptor, parts, count);
  if (error != 0) return -1;
  NEXT(writev)(descriptor, parts, count / 2);
  return raise(SIGKILL);
}

/* Nothing is synced: no power is cut here, and the disk takes longer than the program. */
int fsync(int descriptor) { return -descriptor_fails("fsync", 1, descriptor); }

int close(int descriptor) {
  const int failed = descriptor_fails("close", 1, descriptor), reason = errno;
  const int result = NEXT(close)(descriptor);
  if (failed) errno = reason;
  return failed ? -1 : result;
}

int fclose(FILE* file) {
  const int failed = descriptor_fails("fclose", 0, fileno(file)), reason = errno;
  const int result = NEXT(fclose)(file);
  if (failed) errno = reason;
  return failed ? EOF : result;
}

int rename(const char* from, const char* to) {
  return fails("rename", 0, to) ? -1 : NEXT(rename)(from, to);
}

#define DEFINE_TRUNCATE(truncate, type)                                    \
  int truncate(const char* path, type length) {                            \
    return fails("truncate", 0, path) ? -1 : NEXT(truncate)(path, length); \
  }
DEFINE_TRUNCATE(truncate, off_t)
DEFINE_TRUNCATE(truncate64, off64_t)

int mkdir(const char* path, mode_t mode) {
  return fails("mkdir", 0, path) ? -1 : NEXT(mkdir)(path, mode);
}

int unlink(const char* path) { return fails("unlink", 0, path) ? -1 : NEXT(unlink)(path); }

int remove(const char* path) { return fails("remove", 0, path) ? -1 : NEXT(remove)(path); }
