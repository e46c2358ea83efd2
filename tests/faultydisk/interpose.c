/* Stands between a process and its C library, and lets calls that change files go wrong: see __init__.py.

   Every call is counted whose file's path has one of the armed words in it. At the armed number the process is
   killed as by kill -9, before the call or in the middle of what it writes; or the call, and each one after it,
   fails with an error. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, KILL, TORN, ERROR };

static char words[512];
static long at, seen;
static int how, error;

/* Arm a fault; the number of calls that the one before has seen. */
long faulty_arm(const char *new_words, long new_at, int new_how, int new_error)
{
    long before = seen;
    strncpy(words, new_words, sizeof words - 1);
    at = new_at, how = new_how, error = new_error, seen = 0;
    return before;
}

static int watched(const char *path)
{
    char copy[sizeof words], *rest = copy, *word;
    memcpy(copy, words, sizeof words);
    while ((word = strsep(&rest, "\n")))
        if (*word && strstr(path, word))
            return 1;
    return 0;
}

/* Whether the call is to fail; does not return when the process is to die. A write of `size` bytes goes half
   its way first where that is what was asked for. */
static int fails(const char *path, int fd, const void *from, size_t size, off_t offset)
{
    if (!*words || !watched(path))
        return 0;
    seen++;
    if (!at || seen < at)
        return 0;
    if (how == TORN && from)
        offset < 0 ? syscall(SYS_write, fd, from, size / 2) : syscall(SYS_pwrite64, fd, from, size / 2, offset);
    if (how == KILL || how == TORN)
        kill(getpid(), SIGKILL), pause();
    if (how != ERROR)
        return 0;
    errno = error;
    return 1;
}

static int fails_open(int fd, const void *from, size_t size, off_t offset)
{
    char link[64], path[4096];
    ssize_t length;
    if (!*words)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(path, fd, from, size, offset);
}

ssize_t write(int fd, const void *from, size_t size)
{
    return fails_open(fd, from, size, -1) ? -1 : syscall(SYS_write, fd, from, size);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t offset)
{
    return fails_open(fd, from, size, offset) ? -1 : syscall(SYS_pwrite64, fd, from, size, offset);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
    return pwrite64(fd, from, size, offset);
}

int fsync(int fd)
{
    return fails_open(fd, NULL, 0, 0) ? -1 : syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fails_open(fd, NULL, 0, 0) ? -1 : syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t size)
{
    return fails_open(fd, NULL, 0, 0) ? -1 : syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int rename(const char *from, const char *to)
{
    return fails(to, -1, NULL, 0, 0) ? -1 : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    return fails(path, -1, NULL, 0, 0) ? -1 : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
