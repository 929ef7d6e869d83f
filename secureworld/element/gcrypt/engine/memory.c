/* Memory for the library's handles: pages that are locked, and left out of dumps
 * and of children, which the library's own secure memory is not. */
#define _GNU_SOURCE
#include <gcrypt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "memory.h"

enum {
	PIECES = 4096, /* some twenty handles at a desk; at most 16 desks, some elements in tests */
	PAGE = 4096,
};

/* A piece is one mapping of whole pages. */
struct piece {
	void *at;
	size_t n;
};

static struct {
	pthread_mutex_t mutex;
	struct piece piece[PIECES]; /* guarded by mutex */
} held = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* find returns the piece at p; that at NULL is a free one. */
static struct piece *find(const void *p)
{
	for (size_t i = 0; i < PIECES; i++)
		if (held.piece[i].at == p)
			return &held.piece[i];
	return NULL;
}

static void *map_locked(size_t n)
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

static void *take_secure(size_t n)
{
	size_t whole = (n + PAGE - 1) / PAGE * PAGE;
	struct piece *piece;
	void *p = NULL;

	pthread_mutex_lock(&held.mutex);
	piece = find(NULL);
	if (piece != NULL && n > 0 && (p = map_locked(whole)) != NULL)
		*piece = (struct piece){p, whole};
	pthread_mutex_unlock(&held.mutex);
	return p;
}

/* size_of is 0 for what is no secure memory. */
static size_t size_of(const void *p)
{
	struct piece *piece;
	size_t n;

	if (p == NULL)
		return 0;
	pthread_mutex_lock(&held.mutex);
	piece = find(p);
	n = piece == NULL ? 0 : piece->n;
	pthread_mutex_unlock(&held.mutex);
	return n;
}

static int is_secure(const void *p)
{
	return size_of(p) != 0;
}

static void give_back(void *p)
{
	size_t n = size_of(p);

	if (n == 0) {
		free(p);
		return;
	}
	explicit_bzero(p, n);
	pthread_mutex_lock(&held.mutex);
	*find(p) = (struct piece){NULL, 0};
	munmap(p, n); /* under the mutex: the address is soon another's */
	pthread_mutex_unlock(&held.mutex);
}

static void *resize(void *p, size_t n)
{
	size_t old = size_of(p);
	void *q;

	if (old == 0)
		return realloc(p, n);
	if (n <= old)
		return p;
	q = take_secure(n);
	if (q != NULL) {
		memcpy(q, p, old);
		give_back(p);
	}
	return q;
}

void use_locked_memory(void)
{
	gcry_set_allocation_handler(malloc, take_secure, is_secure, resize, give_back);
}
