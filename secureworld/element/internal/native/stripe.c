/* Card verification values: Visa's method, and Mastercard's dynamic code. */
#include "inner.h"

enum { PLACE_STRIPE, PLACE_PRINT, PLACE_CHIP };

static const uint8_t service_print[3] = {'0', '0', '0'};
static const uint8_t service_chip[3] = {'9', '9', '9'};

/* pack appends digits as nibbles. */
static size_t pack(uint8_t packed[16], size_t at, const uint8_t *digits, size_t n)
{
	for (size_t i = 0; i < n; i++, at++)
		packed[at / 2] |= (uint8_t)((digits[i] - '0') << (at % 2 == 0 ? 4 : 0));
	return at;
}

/* pick takes three digits: the decimal ones first, then letters less ten. */
static void pick(uint8_t value[3], const uint8_t block[DES_BLOCK])
{
	size_t n = 0;

	for (int letters = 0; letters < 2; letters++)
		for (size_t i = 0; i < 2 * DES_BLOCK && n < 3; i++) {
			unsigned v = block[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0F;

			if ((v > 9) == letters)
				value[n++] = (uint8_t)('0' + v % 10);
		}
}

/* value_of leaves the value in the scratch's digits. */
static void value_of(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n, const uint8_t service[3])
{
	uint8_t *packed = d->s.data, *block = d->s.field;
	size_t at;

	memset(packed, 0, 2 * AES_BLOCK);
	at = pack(packed, 0, pan, n);
	at = pack(packed, at, t->expiry, sizeof t->expiry);
	pack(packed, at, service, 3);
	d->p->pair_left(d->pair[PAIR_CVK], block, packed);
	for (size_t i = 0; i < DES_BLOCK; i++)
		block[i] ^= packed[DES_BLOCK + i];
	d->p->pair_encrypt(d->pair[PAIR_CVK], block, block);
	pick(d->s.digits, block);
}

int native_verify_cvv(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n)
{
	const uint8_t *service = t->service;
	int code;

	if (!d->vault->has_pair[PAIR_CVK])
		return NO_KEY;
	if (t->place == PLACE_PRINT)
		service = service_print;
	else if (t->place == PLACE_CHIP)
		service = service_chip;
	else if (memcmp(service, service_print, 3) == 0 || memcmp(service, service_chip, 3) == 0)
		return BAD_CRYPTOGRAM; /* the printed value must not do on a stripe */
	if (n < MIN_PAN || n > MAX_PAN || !ct_digits(pan, n) || !ct_digits(t->expiry, 4) || !ct_digits(service, 3))
		return MALFORMED;
	enter(d);
	value_of(d, t, pan, n, service);
	code = ct_equal(d->s.digits, t->value, sizeof t->value) ? DONE : BAD_CRYPTOGRAM;
	leave(d);
	return code;
}

/* dynamic: the end of TDES over the end of the track's MAC, UN and ATC. */
static int dynamic(struct desk *d, const struct transaction *t, const uint8_t *track, size_t n)
{
	void *seat = d->pair[PAIR_CARD];
	uint8_t *block = d->s.field;

	retail_start(d);
	retail_add(d, seat, track, n);
	retail_end(d, seat, PAD_80, block);
	memmove(block, block + 6, 2);
	memcpy(block + 2, t->un, sizeof t->un);
	memcpy(block + 6, t->atc, sizeof t->atc);
	d->p->pair_encrypt(seat, block, block);
	return ct_equal(block + 6, t->code, sizeof t->code) ? DONE : BAD_CRYPTOGRAM;
}

int native_verify_cvc3(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *track, size_t track_n)
{
	int code = card_key(d, PAIR_CVC3, t->psn, pan, n);

	if (code == NO_KEY || code == MALFORMED)
		return code;
	if (code == DONE)
		code = dynamic(d, t, track, track_n);
	d->p->pair_forget(d->pair[PAIR_CARD]);
	leave(d);
	return code;
}
