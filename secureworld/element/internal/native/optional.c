/* Optional blocks of key blocks, and the check values in them: ANSI X9.143. */
#include "inner.h"

enum { SHORT_HEAD = 4, LONG_HEAD = 10, MAX_SHORT = 255 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static long hex_number(const char *text, size_t n)
{
	long value = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static int upper_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (hex_digit(text[i]) < 0)
			return 0;
	return n % 2 == 0;
}

/* One optional block: identifier, and its data. */
struct optional {
	const char *id, *data;
	size_t n, whole;
};

/* next reads the block at text. A length of 00 announces the long form, which is
 * there for what the short one cannot say and for nothing else. */
static int next(const char *text, size_t n, struct optional *o)
{
	size_t head = SHORT_HEAD;
	long whole;

	if (n < SHORT_HEAD)
		return 0;
	whole = hex_number(text + 2, 2);
	if (whole == 0) {
		head = LONG_HEAD;
		if (n < LONG_HEAD || memcmp(text + 2, "0004", 4) != 0)
			return 0;
		whole = hex_number(text + 6, 4);
		if (whole - LONG_HEAD + SHORT_HEAD <= MAX_SHORT)
			return 0;
	}
	if (whole < (long)head || whole > (long)n)
		return 0;
	*o = (struct optional){text, text + head, (size_t)whole - head, (size_t)whole};
	return 1;
}

static int is(const struct optional *o, const char *id)
{
	return memcmp(o->id, id, 2) == 0;
}

/* A check value: method 00 with two or three bytes, or 01 with two to five. */
static int well_formed_value(const struct optional *o)
{
	if (o->n < 6 || !upper_hex(o->data, o->n) || o->data[0] != '0')
		return 0;
	return (o->data[1] == '0' && o->n <= 8) || (o->data[1] == '1' && o->n <= 12);
}

static int identifier(const char *id)
{
	for (int i = 0; i < 2; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'A' && id[i] <= 'Z')))
			return 0;
	return 1;
}

static int well_formed(const struct optional *o, int last)
{
	if (!identifier(o->id))
		return 0;
	for (size_t i = 0; i < o->n; i++)
		if (o->data[i] < ' ' || o->data[i] > '~')
			return 0;
	if (is(o, "KS"))
		return o->n > 0 && upper_hex(o->data, o->n);
	if (is(o, "IK"))
		return o->n == 16 && upper_hex(o->data, o->n);
	if (is(o, "KC") || is(o, "KP"))
		return well_formed_value(o);
	return !is(o, "PB") || (last && o->n < AES_BLOCK);
}

/* seen_before reads again from the start: there are few. */
static int seen_before(const char *text, size_t at, const struct optional *o)
{
	struct optional earlier;

	for (size_t i = 0; i < at; i += earlier.whole)
		if (!next(text + i, at - i, &earlier) || is(&earlier, o->id))
			return 1;
	return 0;
}

/* optional_blocks checks them all and says how many characters they have. */
int optional_blocks(const char *text, size_t n, unsigned count, size_t *used)
{
	struct optional o;

	*used = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!next(text + *used, n - *used, &o) || !well_formed(&o, i + 1 == count) || seen_before(text, *used, &o))
			return 0;
		*used += o.whole;
	}
	return 1;
}

/* value_of makes the check value of a block cipher: a zero block enciphered, or
 * its CMAC. */
static void value_of(const struct primitives *p, void *seat, int pair, int method, uint8_t value[AES_BLOCK])
{
	size_t size = pair ? DES_BLOCK : AES_BLOCK;

	memset(value, 0, AES_BLOCK);
	for (int i = 0; i <= method; i++) {
		if (i == 1)
			cmac_double(value, size);
		if (pair)
			p->pair_encrypt(seat, value, value);
		else
			p->aes_encrypt(seat, value, value, 1);
	}
}

/* check_value makes the whole CMAC of a zero block of AES. */
void check_value(const struct primitives *p, void *seat, uint8_t value[AES_BLOCK])
{
	value_of(p, seat, 0, 1, value);
}

static int has_value(struct desk *d, void *seat, int pair, const uint8_t *key, size_t size, const struct optional *o)
{
	uint8_t *value = d->s.field;
	uint32_t ok = 1;

	if ((pair ? d->p->pair_key(seat, key) : d->p->aes_key(seat, key, size)) != 0)
		return 0;
	value_of(d->p, seat, pair, o->data[1] - '0', value);
	for (size_t i = 0; i < o->n / 2 - 1; i++)
		ok &= ct_same(value[i], (uint32_t)hex_number(o->data + 2 + 2 * i, 2));
	if (pair)
		d->p->pair_forget(seat);
	else
		d->p->aes_forget(seat);
	return ok == 1;
}

/* check_values holds the keys to what the header says of them: KC of the key
 * inside, KP of the one that protects it. */
int check_values(struct desk *d, void *aes_seat, void *pair_seat, const uint8_t kbpk[AES_KEY],
	const char *text, unsigned count, char algorithm, const uint8_t *key, size_t size)
{
	struct optional o;

	for (unsigned i = 0; i < count; i++, text += o.whole) {
		int pair = algorithm == 'T';

		if (!next(text, 9999, &o)) /* it was read before */
			return 0;
		if (is(&o, "KC") && !has_value(d, pair ? pair_seat : aes_seat, pair, key, size, &o))
			return 0;
		if (is(&o, "KP") && !has_value(d, aes_seat, 0, kbpk, AES_KEY, &o))
			return 0;
	}
	return 1;
}

/* base_id reads BI of a block that was opened: 01, and the id of a base derivation
 * key of AES DUKPT. */
int base_id(const char *block, uint8_t id[4])
{
	const char *text = block + 16;
	struct optional o;

	for (int count = 10 * (block[12] - '0') + block[13] - '0'; count > 0; count--, text += o.whole) {
		if (!next(text, 9999, &o)) /* it was read before */
			return 0;
		if (!is(&o, "BI"))
			continue;
		if (o.n != 10 || memcmp(o.data, "01", 2) != 0 || !upper_hex(o.data, o.n))
			return 0;
		for (size_t i = 0; i < 4; i++)
			id[i] = (uint8_t)hex_number(o.data + 2 + 2 * i, 2);
		return 1;
	}
	return 0;
}
