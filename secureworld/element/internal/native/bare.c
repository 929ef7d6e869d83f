/* Building blocks for published vectors, which have keys of other lengths than an
 * element loads. No key of an element is here. */
#include "inner.h"

/* borrowed opens a vault without keys for one call. */
static struct desk *borrowed(const struct primitives *p)
{
	int why;
	struct vault *v = native_open(p, 1, &why);

	return v == NULL ? NULL : native_desk(v, 0);
}

int native_bare_working_key(const struct primitives *p, uint8_t *dst, const uint8_t *bdk, size_t size,
	const uint8_t *ksn, unsigned usage)
{
	struct desk *d = borrowed(p);
	int code = INTERNAL;

	if (d == NULL)
		return code;
	if (!valid_counter(ksn_counter(ksn)))
		code = NO_KEY;
	else if (p->aes_key(d->aes[AES_BASE], bdk, size) == 0)
		code = derive_walk(d, ksn, size, usage);
	if (code == DONE)
		memcpy(dst, d->s.key, size);
	native_close(d->vault);
	return code;
}

int native_bare_pin(const struct primitives *p, const uint8_t *key, size_t size,
	const uint8_t *block, const uint8_t *pan, size_t n, uint8_t *digits, size_t *digits_n)
{
	struct desk *d = borrowed(p);
	uint32_t length;
	int code = BAD_PIN;

	if (d == NULL)
		return INTERNAL;
	if (format4_pan(pan, n) && p->aes_key(d->aes[AES_WORK], key, size) == 0) {
		format4_open(d, d->aes[AES_WORK], block, pan, n);
		if (format4_check(d->s.field, &length)) {
			for (size_t i = 0; i < length; i++)
				digits[i] = (uint8_t)('0' + (d->s.field[1 + i / 2] >> (i % 2 == 0 ? 4 : 0) & 0x0F));
			*digits_n = length;
			code = DONE;
		}
	}
	native_close(d->vault);
	return code;
}

int native_bare_unwrap(const struct primitives *p, const uint8_t kbpk[32], const char *block, size_t block_n,
	const char *expect, size_t size, uint8_t *key)
{
	struct desk *d = borrowed(p);
	int ok;

	if (d == NULL)
		return INTERNAL;
	ok = unwrap(d, d->aes[AES_WORK], kbpk, block, block_n, expect, size, key);
	native_close(d->vault);
	return ok ? DONE : NO_KEY;
}

int native_bare_mac(const struct primitives *p, const uint8_t *key, size_t size,
	const uint8_t *data, size_t n, uint8_t mac[16])
{
	struct desk *d = borrowed(p);
	int code = INTERNAL;

	if (d == NULL)
		return code;
	if (p->aes_key(d->aes[AES_WORK], key, size) == 0) {
		cmac_start(d, d->aes[AES_WORK]);
		cmac_add(d, d->aes[AES_WORK], data, n);
		cmac_end(d, d->aes[AES_WORK], mac);
		code = DONE;
	}
	native_close(d->vault);
	return code;
}

int native_bare_initial(const struct primitives *p, const uint8_t *bdk, size_t size, const uint8_t *id, uint8_t *key)
{
	struct desk *d = borrowed(p);
	int code = INTERNAL;

	if (d == NULL)
		return code;
	if (p->aes_key(d->aes[AES_BASE], bdk, size) == 0)
		code = initial_key(d, id, size);
	if (code == DONE)
		memcpy(key, d->s.key, size);
	native_close(d->vault);
	return code;
}

int native_bare_wrap(const struct primitives *p, const uint8_t kbpk[32], const char *header, size_t header_n,
	const uint8_t *key, size_t size, const uint8_t *fill, char *block, size_t *block_n)
{
	struct desk *d = borrowed(p);

	if (d == NULL)
		return INTERNAL;
	*block_n = wrap(d, d->aes[AES_WORK], kbpk, header, header_n, key, size, fill, block);
	native_close(d->vault);
	return *block_n == 0 ? INTERNAL : DONE;
}
