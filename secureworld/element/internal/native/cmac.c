/* CMAC over AES: NIST SP 800-38B. */
#include "inner.h"

/* cmac_double multiplies by x in the field of 64 or 128 bits. */
void cmac_double(uint8_t *k, size_t n)
{
	uint8_t carry = (uint8_t)-(k[0] >> 7);

	for (size_t i = 0; i + 1 < n; i++)
		k[i] = (uint8_t)(k[i] << 1 | k[i + 1] >> 7);
	k[n - 1] = (uint8_t)(k[n - 1] << 1) ^ (carry & (n == DES_BLOCK ? 0x1B : 0x87));
}

void cmac_start(struct desk *d, void *seat)
{
	struct mac *m = &d->s.mac;

	memset(m, 0, sizeof *m);
	d->p->aes_encrypt(seat, m->subkey, m->subkey, 1);
	cmac_double(m->subkey, AES_BLOCK);
}

static void chain(struct desk *d, void *seat)
{
	struct mac *m = &d->s.mac;

	for (size_t i = 0; i < AES_BLOCK; i++)
		m->chain[i] ^= m->last[i];
	d->p->aes_encrypt(seat, m->chain, m->chain, 1);
	m->filled = 0;
}

void cmac_add(struct desk *d, void *seat, const uint8_t *p, size_t n)
{
	struct mac *m = &d->s.mac;

	while (n > 0) {
		size_t take = AES_BLOCK - m->filled;

		if (take == 0) {
			chain(d, seat);
			continue;
		}
		take = n < take ? n : take;
		memcpy(m->last + m->filled, p, take);
		m->filled += take;
		p += take;
		n -= take;
	}
}

void cmac_end(struct desk *d, void *seat, uint8_t tag[AES_BLOCK])
{
	struct mac *m = &d->s.mac;

	if (m->filled < AES_BLOCK) {
		memset(m->last + m->filled, 0, AES_BLOCK - m->filled);
		m->last[m->filled] = 0x80;
		cmac_double(m->subkey, AES_BLOCK);
	}
	for (size_t i = 0; i < AES_BLOCK; i++)
		m->last[i] ^= m->subkey[i];
	chain(d, seat);
	memcpy(tag, m->chain, AES_BLOCK);
}
