/* How fast a library translates PINs, without anything around it: the walk from
 * the base derivation key every time, only its schedule and the zone's kept. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "inner.h"

/* now is what this thread has computed: others may be at work, too. */
static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* next_with_as_many_ones is the next higher counter of that kind. */
static uint32_t next_with_as_many_ones(uint32_t c)
{
	uint32_t low = c & (0 - c), ripple = c + low;

	if (ripple == 0)
		return 0xFF;
	return ripple | ((c ^ ripple) >> 2) / low;
}

static void set_counter(uint8_t ksn[KSN_SIZE], uint32_t c)
{
	for (int i = 0; i < 4; i++)
		ksn[8 + i] = (uint8_t)(c >> (24 - 8 * i));
}

/* one translates a block whose field is wrong: the work is the same. */
static int one(struct desk *d, const uint8_t *ksn, size_t size)
{
	static const uint8_t pan[16] = "4761739001010010";
	uint32_t length;

	if (derive_walk(d, ksn, size, 0x1000) != DONE)
		return 0;
	memcpy(d->s.digits, ksn, KSN_SIZE);
	format4_open(d, d->aes[AES_WORK], d->s.digits, pan, sizeof pan);
	(void)format4_check(d->s.field, &length);
	format4_seal(d, d->aes[AES_ZONE], pan, sizeof pan);
	d->p->aes_forget(d->aes[AES_WORK]);
	leave(d);
	return 1;
}

static int64_t loop(struct desk *d, size_t size, size_t n)
{
	uint8_t ksn[KSN_SIZE] = {0x33, 0x33, 0x44, 0x44, 0, 0, 0, 1};
	uint32_t counter = 0xFF;
	int64_t start = now();

	for (size_t i = 0; i < n; i++) {
		set_counter(ksn, counter);
		if (!one(d, ksn, size))
			return 0;
		counter = next_with_as_many_ones(counter);
	}
	return now() - start;
}

int64_t native_bench_translate(const struct primitives *p, size_t key_size, size_t n)
{
	static const uint8_t key[AES_KEY] = {1, 2, 3, 4, 5, 6, 7, 8};
	int64_t spent = 0;
	int why;
	struct vault *v = native_open(p, 1, &why);
	struct desk *d;

	if (v == NULL)
		return 0;
	d = native_desk(v, 0);
	if (p->aes_key(d->aes[AES_BASE], key, key_size) == 0 && p->aes_key(d->aes[AES_ZONE], key, key_size) == 0)
		spent = loop(d, key_size, n);
	native_close(v);
	return spent;
}
