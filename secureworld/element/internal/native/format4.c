/* PIN blocks of format 4: ISO 9564-1. */
#include "inner.h"

enum { PAN_MINIMUM = 12, NIBBLES = 14 };

int format4_pan(const uint8_t *pan, size_t n)
{
	return n >= 1 && n <= MAX_PAN && ct_digits(pan, n);
}

static void toggle(uint8_t *field, size_t nibble, unsigned value)
{
	field[nibble / 2] ^= (uint8_t)(value << (nibble % 2 == 0 ? 4 : 0));
}

/* add_pan adds the PAN field: length over 12, digits (short ones with zeros on
 * the left), zeros. */
static void add_pan(uint8_t *field, const uint8_t *pan, size_t n)
{
	size_t padded = n < PAN_MINIMUM ? PAN_MINIMUM : n;

	toggle(field, 0, (unsigned)(padded - PAN_MINIMUM));
	for (size_t i = 0; i < n; i++)
		toggle(field, 1 + padded - n + i, (unsigned)(pan[i] - '0'));
}

/* format4_open leaves the clear PIN field in the scratch. */
void format4_open(struct desk *d, void *seat, const uint8_t *block, const uint8_t *pan, size_t n)
{
	uint8_t *field = d->s.field;

	d->p->aes_decrypt(seat, field, block, 1);
	add_pan(field, pan, n);
	d->p->aes_decrypt(seat, field, field, 1);
}

/* format4_seal enciphers the field in the scratch in its place. */
void format4_seal(struct desk *d, void *seat, const uint8_t *pan, size_t n)
{
	uint8_t *field = d->s.field;

	d->p->aes_encrypt(seat, field, field, 1);
	add_pan(field, pan, n);
	d->p->aes_encrypt(seat, field, field, 1);
}

/* format4_check: control nibble 4, length, digits, and A behind them. */
uint32_t format4_check(const uint8_t field[AES_BLOCK], uint32_t *n)
{
	uint32_t length = field[0] & 0x0F;
	uint32_t ok = ct_same(field[0] >> 4, 4) & ct_less(MIN_PIN - 1, length) & ct_less(length, MAX_PIN + 1);

	for (uint32_t i = 0; i < NIBBLES; i++) {
		uint32_t v = i % 2 == 0 ? field[1 + i / 2] >> 4 : field[1 + i / 2] & 0x0F;
		uint32_t inside = ct_less(i, length);

		ok &= (inside & ct_less(v, 10)) | ((1 - inside) & ct_same(v, 0xA));
	}
	*n = length;
	return ok;
}
