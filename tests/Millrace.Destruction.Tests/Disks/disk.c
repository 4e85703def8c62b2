/*
 * A disk that can lose what was not synced, and fail. Loaded before the C library (LD_PRELOAD) into a server, it stands before the calls
 * that change files below DISK_DIRECTORY:
 *
 *   DISK_LOG=FILE     before each change, what was there is noted in FILE, and each sync; what was never synced can be undone from that.
 *   DISK_FAIL=KIND:N:EVERY:TIMES
 *                     the N-th change fails (eio, enospc), is done by half (short), or the N-th sync (sync) or read (read) fails; and so do the
 *                     next TIMES - 1, and as many again after every EVERY.
 *   DISK_FAILED=FILE  gets a byte for each failure.
 *
 * Memory that processes share (-shm) and locks are no part of a disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_FILES = 65536 };

/* Followed in the log by the path, and by what was there. */
struct record {
  int64_t kind; /* 'W'rite, 'T'runcate, 'S'ync, 'R'ename */
  int64_t inode;
  int64_t offset;
  int64_t length;   /* of what was changed */
  int64_t size;     /* of the file before */
  int64_t upto;     /* of a sync: how many records were written before it began */
  int64_t path;     /* bytes */
  int64_t old;      /* bytes of what was there; of a rename: of the old name */
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static unsigned char tracked[MOST_FILES];
static char directory[PATH_MAX];
static int log_file = -1;
static int64_t records;
static const char *fail_kind = "";
static int failed_file = -1;
static long fail_at, fail_every, fail_times, changes, syncs, reads;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_close)(int);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pread = dlsym(RTLD_NEXT, "pread");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_close = dlsym(RTLD_NEXT, "close");
  const char *where = getenv("DISK_DIRECTORY"), *log = getenv("DISK_LOG"), *fail = getenv("DISK_FAIL"), *failed = getenv("DISK_FAILED");
  if (where)
    snprintf(directory, sizeof directory, "%s/", where);
  if (log)
    log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (failed)
    failed_file = syscall(SYS_openat, AT_FDCWD, failed, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fail) {
    char *copy = strdup(fail), *colon = strchr(copy, ':');
    *colon = 0;
    fail_kind = copy;
    sscanf(colon + 1, "%ld:%ld:%ld", &fail_at, &fail_every, &fail_times);
  }
}

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), most = strlen(end);
  return length >= most && !strcmp(text + length - most, end);
}

static int is_ours(const char *path) {
  return directory[0] && path && !strncmp(path, directory, strlen(directory)) && !ends_with(path, "-shm") && !ends_with(path, ".lock");
}

static void opened(int file, const char *path) {
  char full[PATH_MAX];
  if (file < 0 || file >= MOST_FILES)
    return;
  tracked[file] = is_ours(realpath(path, full) ? full : path);
}

static int is_tracked(int file) { return file >= 0 && file < MOST_FILES && tracked[file]; }

static int is(const char *kind) { return !strcmp(fail_kind, kind); }

static void put(const void *bytes, size_t count) {
  for (const char *at = bytes; count > 0;) {
    ssize_t done = syscall(SYS_write, log_file, at, count);
    if (done <= 0)
      abort();
    at += done;
    count -= done;
  }
}

/* Under the gate, before the change. */
static void note(int kind, int file, int64_t offset, int64_t length) {
  struct stat stat;
  char link[64], path[PATH_MAX];
  if (log_file < 0 || fstat(file, &stat))
    return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t named = readlink(link, path, sizeof path);
  int64_t end = kind == 'T' ? stat.st_size : offset + length;
  int64_t old = (end < stat.st_size ? end : stat.st_size) - offset;
  struct record record = {kind, stat.st_ino, offset, length, stat.st_size, 0, named < 0 ? 0 : named, old < 0 ? 0 : old};
  char *was = malloc(record.old + 1);
  for (int64_t got = 0; got < record.old;) {
    ssize_t more = syscall(SYS_pread64, file, was + got, record.old - got, offset + got);
    if (more <= 0) {
      record.old = got;
      break;
    }
    got += more;
  }
  put(&record, sizeof record);
  put(path, record.path);
  put(was, record.old);
  free(was);
  records++;
}

static void note_sync(int file, int64_t before) {
  struct stat stat;
  if (log_file < 0 || fstat(file, &stat))
    return;
  struct record record = {'S', stat.st_ino, 0, 0, stat.st_size, before, 0, 0};
  pthread_mutex_lock(&gate);
  put(&record, sizeof record);
  records++;
  pthread_mutex_unlock(&gate);
}

static int fails(long count) {
  if (count < fail_at || (count - fail_at) % fail_every >= fail_times)
    return 0;
  if (failed_file >= 0)
    syscall(SYS_write, failed_file, "x", 1);
  return 1;
}

/* Under the gate: the error that this change is to have; 0: none, -1: it is done by half. */
static int trouble(void) {
  if (!(is("eio") || is("enospc") || is("short")) || !fails(++changes))
    return 0;
  return is("eio") ? EIO : is("enospc") ? ENOSPC : -1;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (!is_tracked(file))
    return real_pwrite(file, bytes, count, offset);
  pthread_mutex_lock(&gate);
  int error = trouble();
  if (error < 0 && count > 1)
    count /= 2;
  ssize_t done = -1;
  if (error <= 0) {
    note('W', file, offset, count);
    done = real_pwrite(file, bytes, count, offset);
    error = errno;
  }
  pthread_mutex_unlock(&gate);
  if (done < 0)
    errno = error;
  return done;
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (!is_tracked(file))
    return real_write(file, bytes, count);
  pthread_mutex_lock(&gate);
  int error = trouble();
  if (error < 0 && count > 1)
    count /= 2;
  ssize_t done = -1;
  if (error <= 0) {
    note('W', file, fcntl(file, F_GETFL) & O_APPEND ? lseek(file, 0, SEEK_END) : lseek(file, 0, SEEK_CUR), count);
    done = real_write(file, bytes, count);
    error = errno;
  }
  pthread_mutex_unlock(&gate);
  if (done < 0)
    errno = error;
  return done;
}

int ftruncate(int file, off_t size) {
  if (!is_tracked(file))
    return real_ftruncate(file, size);
  pthread_mutex_lock(&gate);
  int error = trouble(), done = -1;
  if (error <= 0) {
    note('T', file, size, 0);
    done = real_ftruncate(file, size);
    error = errno;
  }
  pthread_mutex_unlock(&gate);
  if (done < 0)
    errno = error;
  return done;
}

static int sync_with(int (*real)(int), int file) {
  if (!is_tracked(file))
    return real(file);
  pthread_mutex_lock(&gate);
  int64_t before = records;
  int is_bad = is("sync") && fails(++syncs);
  pthread_mutex_unlock(&gate);
  if (is_bad) {
    errno = EIO;
    return -1;
  }
  int done = real(file);
  if (!done)
    note_sync(file, before);
  return done;
}

int fsync(int file) { return sync_with(real_fsync, file); }

int fdatasync(int file) { return sync_with(real_fdatasync, file); }

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  if (is_tracked(file) && is("read") && fails(__sync_add_and_fetch(&reads, 1))) {
    errno = EIO;
    return -1;
  }
  return real_pread(file, bytes, count, offset);
}

/* The name of a file is durable with the next sync of the file. */
int rename(const char *from, const char *to) {
  struct stat stat_;
  if (!is_ours(from) || stat(from, &stat_))
    return real_rename(from, to);
  pthread_mutex_lock(&gate);
  int error = trouble(), done = -1;
  if (error <= 0) {
    struct record record = {'R', stat_.st_ino, 0, 0, stat_.st_size, 0, strlen(to), strlen(from)};
    if (log_file >= 0) {
      put(&record, sizeof record);
      put(to, record.path);
      put(from, record.old);
      records++;
    }
    done = real_rename(from, to);
    error = errno;
  }
  pthread_mutex_unlock(&gate);
  if (done < 0)
    errno = error;
  return done;
}

int close(int file) {
  if (file >= 0 && file < MOST_FILES)
    tracked[file] = 0;
  return real_close(file);
}

#define OPEN(name)                                                                  \
  int name(const char *path, int flags, ...) {                                      \
    static int (*real)(const char *, int, ...);                                     \
    if (!real)                                                                      \
      real = dlsym(RTLD_NEXT, #name);                                               \
    va_list more;                                                                   \
    va_start(more, flags);                                                          \
    int file = real(path, flags, va_arg(more, int));                                \
    va_end(more);                                                                   \
    int error = errno;                                                              \
    opened(file, path);                                                             \
    errno = error;                                                                  \
    return file;                                                                    \
  }
OPEN(open)
OPEN(open64)

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) { return pwrite(file, bytes, count, offset); }
ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) { return pread(file, bytes, count, offset); }
int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }
