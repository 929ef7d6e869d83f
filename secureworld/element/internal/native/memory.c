#define _GNU_SOURCE
#include <sys/mman.h>

#include "inner.h"

/* locked_map returns zeros, or NULL where the pages cannot be locked: keys that
 * might be swapped out are not loaded at all. */
void *locked_map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mlock(p, n) != 0 || madvise(p, n, MADV_DONTDUMP) != 0 || madvise(p, n, MADV_DONTFORK) != 0) {
		munmap(p, n);
		return NULL;
	}
	return p;
}

void locked_unmap(void *p, size_t n)
{
	wipe(p, n);
	munmap(p, n);
}

void wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
