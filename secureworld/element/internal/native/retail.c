/* MAC algorithm 3 of ISO 9797-1: DES in a chain under the left half of the key,
 * the last block by TDES. */
#include "inner.h"

void retail_start(struct desk *d)
{
	memset(&d->s.mac, 0, sizeof d->s.mac);
}

static void add_block(struct mac *m)
{
	for (size_t i = 0; i < DES_BLOCK; i++)
		m->chain[i] ^= m->last[i];
	m->filled = 0;
}

void retail_add(struct desk *d, void *seat, const uint8_t *p, size_t n)
{
	struct mac *m = &d->s.mac;

	for (size_t i = 0; i < n; i++) {
		if (m->filled == DES_BLOCK) {
			add_block(m);
			d->p->pair_left(seat, m->chain, m->chain);
		}
		m->last[m->filled++] = p[i];
	}
}

/* retail_end pads: method 1 up to a whole block, one at least; method 2 with 80
 * first, so that a full last block gets another one behind it. */
void retail_end(struct desk *d, void *seat, enum padding padding, uint8_t mac[DES_BLOCK])
{
	static const uint8_t mark = 0x80;
	struct mac *m = &d->s.mac;

	if (padding == PAD_80)
		retail_add(d, seat, &mark, 1);
	memset(m->last + m->filled, 0, DES_BLOCK - m->filled);
	add_block(m);
	d->p->pair_encrypt(seat, mac, m->chain);
}
