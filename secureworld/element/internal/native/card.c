/* A card's own keys: EMV 4.4 Book 2, annex A1. */
#include "inner.h"

void odd_parity(uint8_t *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t fold = (uint8_t)(key[i] ^ key[i] >> 4);

		fold ^= (uint8_t)(fold >> 2);
		fold ^= (uint8_t)(fold >> 1);
		key[i] ^= (uint8_t)(~fold & 1);
	}
}

/* diversify writes the last 16 digits of PAN and sequence number, zeros on the
 * left, and their complement: option A. */
static void diversify(uint8_t out[PAIR_KEY], uint8_t psn, const uint8_t *pan, size_t n)
{
	memset(out, 0, PAIR_KEY);
	out[7] = psn;
	for (size_t i = 0; i < 14 && i < n; i++) {
		unsigned digit = (unsigned)(pan[n - 1 - i] - '0');

		out[6 - i / 2] |= (uint8_t)(digit << (i % 2 == 0 ? 0 : 4));
	}
	for (size_t i = 0; i < DES_BLOCK; i++)
		out[DES_BLOCK + i] = (uint8_t)~out[i];
}

/* card_key leaves the card's master key in the scratch and at PAIR_CARD. issuer
 * is the seat of the issuer's. */
int card_key(struct desk *d, int issuer, uint8_t psn, const uint8_t *pan, size_t n)
{
	uint8_t *master = d->s.master;

	if (!d->vault->has_pair[issuer])
		return NO_KEY;
	if (n < MIN_PAN || n > MAX_PAN || !ct_digits(pan, n) || psn >> 4 > 9 || (psn & 0x0F) > 9)
		return MALFORMED;
	enter(d);
	diversify(master, psn, pan, n);
	d->p->pair_encrypt(d->pair[issuer], master, master);
	d->p->pair_encrypt(d->pair[issuer], master + DES_BLOCK, master + DES_BLOCK);
	odd_parity(master, PAIR_KEY);
	return d->p->pair_key(d->pair[PAIR_CARD], master) == 0 ? DONE : INTERNAL;
}

/* common_session_key derives from the key at PAIR_CARD: A1.3.1. */
void common_session_key(struct desk *d, const uint8_t diversifier[DES_BLOCK])
{
	static const uint8_t half[2] = {0xF0, 0x0F};

	for (size_t i = 0; i < 2; i++) {
		uint8_t *at = d->s.session + i * DES_BLOCK;

		memcpy(at, diversifier, DES_BLOCK);
		at[2] = half[i];
		d->p->pair_encrypt(d->pair[PAIR_CARD], at, at);
	}
	odd_parity(d->s.session, PAIR_KEY);
}
