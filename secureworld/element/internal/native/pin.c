/* PINs: translated, compared with a reference, and references made. The method
 * is that of the IBM 3624. Every fault is one code. */
#include "inner.h"

enum { USAGE_PIN_ENCRYPTION = 0x1000, FILL = 8 };

/* translate seals under the zone's seat what it opens under AES_WORK. */
int translate(struct desk *d, void *zone, const uint8_t *block, const uint8_t *pan, size_t n,
	const uint8_t *chance, uint8_t *out)
{
	uint32_t length, ok;

	if (!format4_pan(pan, n))
		return BAD_PIN;
	format4_open(d, d->aes[AES_WORK], block, pan, n); /* all steps, whatever the block holds */
	ok = format4_check(d->s.field, &length);
	memcpy(d->s.field + FILL, chance, FILL);
	format4_seal(d, zone, pan, n);
	if (!ok)
		return BAD_PIN;
	memcpy(out, d->s.field, AES_BLOCK);
	return DONE;
}

int native_translate(struct desk *d, const uint8_t *ksn, const uint8_t *block,
	const uint8_t *pan, size_t n, const uint8_t *chance, uint8_t *out)
{
	int code;

	if (!d->vault->has_aes[AES_ZONE])
		return NO_KEY;
	code = working_key(d, FOR_PIN_PADS, ksn, USAGE_PIN_ENCRYPTION);
	if (code == NO_KEY)
		return code;
	if (code == DONE)
		code = translate(d, d->aes[AES_ZONE], block, pan, n, chance, out);
	d->p->aes_forget(d->aes[AES_WORK]);
	leave(d);
	return code;
}

/* validation writes the last 16 digits of the PAN, F behind a shorter one. */
static void validation(uint8_t out[DES_BLOCK], const uint8_t *pan, size_t n)
{
	size_t skip = n > 16 ? n - 16 : 0;

	for (size_t i = 0; i < DES_BLOCK; i++) {
		size_t at = skip + 2 * i;
		unsigned high = at < n ? (unsigned)(pan[at] - '0') : 0xF;
		unsigned low = at + 1 < n ? (unsigned)(pan[at + 1] - '0') : 0xF;

		out[i] = (uint8_t)(high << 4 | low);
	}
}

/* decimal looks a nibble up and touches the whole table. */
static uint32_t decimal(const uint8_t table[16], uint32_t nibble)
{
	uint32_t digit = 0;

	for (uint32_t i = 0; i < 16; i++)
		digit |= table[i] & (0 - ct_same(i, nibble));
	return digit;
}

/* reference leaves PIN less natural PIN in the scratch's digits, ASCII; the field
 * holds the PIN. What stands behind the PIN's length means nothing. */
static void reference(struct desk *d, const uint8_t *pan, size_t n)
{
	uint8_t *natural = d->s.master;

	validation(natural, pan, n);
	d->p->pair_encrypt(d->pair[PAIR_PVK], natural, natural);
	for (size_t i = 0; i < MAX_PIN; i++) {
		unsigned shift = i % 2 == 0 ? 4 : 0;
		uint32_t pin = d->s.field[1 + i / 2] >> shift & 0x0F;
		uint32_t digit = decimal(d->vault->table, natural[i / 2] >> shift & 0x0F);
		uint32_t less = pin + 10 - digit;

		less -= 10 & (0 - (1 - ct_less(less, 10)));
		d->s.digits[i] = (uint8_t)('0' + less);
	}
}

/* open_pin opens a block under the zone's key and makes the reference of its PIN. */
static int open_pin(struct desk *d, const uint8_t *block, const uint8_t *pan, size_t n, uint32_t *length)
{
	if (!d->vault->has_aes[AES_ZONE] || !d->vault->has_pair[PAIR_PVK])
		return NO_KEY;
	if (n < MIN_PAN || !format4_pan(pan, n))
		return BAD_PIN;
	enter(d);
	format4_open(d, d->aes[AES_ZONE], block, pan, n);
	if (!format4_check(d->s.field, length))
		return BAD_PIN;
	reference(d, pan, n);
	return DONE;
}

int native_verify_pin(struct desk *d, const uint8_t *block, const uint8_t *pan, size_t n,
	const uint8_t *offset, size_t offset_n)
{
	uint32_t length;
	int code = open_pin(d, block, pan, n, &length);

	if (code == DONE && (offset_n != length || !ct_equal(offset, d->s.digits, length)))
		code = BAD_PIN;
	leave(d);
	return code;
}

int native_pin_offset(struct desk *d, const uint8_t *block, const uint8_t *pan, size_t n,
	uint8_t *offset, size_t *offset_n)
{
	uint32_t length;
	int code = open_pin(d, block, pan, n, &length);

	if (code == DONE) {
		memcpy(offset, d->s.digits, length);
		*offset_n = length;
	}
	leave(d);
	return code;
}
