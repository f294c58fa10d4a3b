/* SPDX-License-Identifier: Apache-2.0
 *
 * For LD_PRELOAD: the time of day is as many seconds later as the file SHIFT says, at every call anew. Debian's
 * libfaketime does more, and hangs where the program brings jemalloc, as redis does.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *shift = MAP_FAILED;

__attribute__((constructor)) static void begin(void)
{
    shift = mmap(NULL, 16, PROT_READ, MAP_SHARED, open(SHIFT, O_RDONLY), 0);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && shift != MAP_FAILED)
        now->tv_sec += atol(shift);
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}
