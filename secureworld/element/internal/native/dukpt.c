/* The receiver's side of AES DUKPT: ANSI X9.24-3. */
#include "inner.h"

enum { USAGE_DERIVATION = 0x8000, USAGE_INITIAL = 0x8001, MAX_ONES = 16 };

uint32_t ksn_counter(const uint8_t *ksn)
{
	return (uint32_t)ksn[8] << 24 | (uint32_t)ksn[9] << 16 | (uint32_t)ksn[10] << 8 | ksn[11];
}

int valid_counter(uint32_t counter)
{
	int ones = 0;

	for (uint32_t c = counter; c != 0; c &= c - 1)
		ones++;
	return ones > 0 && ones <= MAX_ONES;
}

/* describe writes the derivation data, one block for every 16 bytes of the key:
 * version, number of the block, usage, algorithm, bits, and who and when. */
static void describe(uint8_t data[2 * AES_BLOCK], unsigned usage, size_t size, const uint8_t who[4], const uint8_t when[4])
{
	for (uint8_t i = 0; i < 2; i++, data += AES_BLOCK) {
		data[0] = 1;
		data[1] = (uint8_t)(i + 1);
		data[2] = (uint8_t)(usage >> 8);
		data[3] = (uint8_t)usage;
		data[4] = 0;
		data[5] = size == 32 ? 4 : 2; /* AES-256, AES-128 */
		data[6] = (uint8_t)(size * 8 >> 8);
		data[7] = (uint8_t)(size * 8);
		memcpy(data + 8, who, 4);
		memcpy(data + 12, when, 4);
	}
}

static void big_endian(uint8_t out[4], uint32_t n)
{
	out[0] = (uint8_t)(n >> 24);
	out[1] = (uint8_t)(n >> 16);
	out[2] = (uint8_t)(n >> 8);
	out[3] = (uint8_t)n;
}

/* step derives from the key in seat, and expands the result at AES_WORK. */
static int step(struct desk *d, void *seat, unsigned usage, size_t size, const uint8_t who[4], const uint8_t when[4])
{
	describe(d->s.data, usage, size, who, when);
	d->p->aes_encrypt(seat, d->s.key, d->s.data, size / AES_BLOCK);
	return d->p->aes_key(d->aes[AES_WORK], d->s.key, size);
}

/* initial_key derives from the key at AES_BASE, leaves the result in the scratch and
 * expands it at AES_WORK. */
int initial_key(struct desk *d, const uint8_t id[8], size_t size)
{
	return step(d, d->aes[AES_BASE], USAGE_INITIAL, size, id, id + 4) == 0 ? DONE : INTERNAL;
}

/* derive_walk goes from the base derivation key at AES_BASE over the initial key
 * and the one-bits of the counter, highest first, to the working key. */
int derive_walk(struct desk *d, const uint8_t *ksn, size_t size, unsigned usage)
{
	uint32_t counter = ksn_counter(ksn), reached = 0;
	uint8_t when[4];

	if (initial_key(d, ksn, size) != DONE)
		return INTERNAL;
	for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
		if ((counter & bit) == 0)
			continue;
		reached |= bit;
		big_endian(when, reached);
		if (step(d, d->aes[AES_WORK], USAGE_DERIVATION, size, ksn + 4, when) != 0)
			return INTERNAL;
	}
	big_endian(when, counter);
	return step(d, d->aes[AES_WORK], usage, size, ksn + 4, when) == 0 ? DONE : INTERNAL;
}

const struct bdk *find_base(const struct vault *v, enum purpose purpose, const uint8_t id[4])
{
	for (size_t i = 0; i < v->bdk_count; i++)
		if (v->bdks[i].purpose == purpose && memcmp(v->bdks[i].id, id, 4) == 0)
			return &v->bdks[i];
	return NULL;
}

/* expand_base puts one of the vault's at AES_BASE, where it stays. */
int expand_base(struct desk *d, const struct bdk *base)
{
	if (d->base == base)
		return DONE;
	d->base = NULL;
	if (d->p->aes_key(d->aes[AES_BASE], base->key, AES_KEY) != 0)
		return INTERNAL;
	d->base = base;
	return DONE;
}

int working_key(struct desk *d, enum purpose purpose, const uint8_t *ksn, unsigned usage)
{
	const struct bdk *base = find_base(d->vault, purpose, ksn);

	if (base == NULL || !valid_counter(ksn_counter(ksn)))
		return NO_KEY;
	enter(d);
	if (expand_base(d, base) != DONE)
		return INTERNAL;
	return derive_walk(d, ksn, AES_KEY, usage);
}
