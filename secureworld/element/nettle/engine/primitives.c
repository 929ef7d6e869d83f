#include <nettle/aes.h>
#include <nettle/des.h>
#include <nettle/gcm.h>
#include <stdlib.h>
#include <string.h>

#include "primitives.h"

const struct primitives *nettle_make_primitives(void);

static int start(void)
{
	return 0;
}

/* nothing: a seat is all that the library uses, and its owner wipes it. */
static void nothing(void *seat)
{
	(void)seat;
}

/* AES. The schedule of deciphering is made when it is first needed. */

struct aes_seat {
	size_t n;
	int inverted;
	union {
		struct aes128_ctx small;
		struct aes256_ctx large;
	} there, back;
};

static int aes_key(void *seat, const uint8_t *key, size_t n)
{
	struct aes_seat *s = seat;

	if (n == 16)
		aes128_set_encrypt_key(&s->there.small, key);
	else if (n == 32)
		aes256_set_encrypt_key(&s->there.large, key);
	else
		return -1;
	s->n = n;
	s->inverted = 0;
	return 0;
}

static void seat_encrypt(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks)
{
	struct aes_seat *s = seat;

	if (s->n == 32)
		aes256_encrypt(&s->there.large, 16 * blocks, dst, src);
	else if (s->n == 16)
		aes128_encrypt(&s->there.small, 16 * blocks, dst, src);
	else
		abort(); /* a seat without a key */
}

static void invert(struct aes_seat *s)
{
	if (s->n == 32)
		aes256_invert_key(&s->back.large, &s->there.large);
	else if (s->n == 16)
		aes128_invert_key(&s->back.small, &s->there.small);
	else
		abort(); /* a seat without a key */
	s->inverted = 1;
}

static void seat_decrypt(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks)
{
	struct aes_seat *s = seat;

	if (!s->inverted)
		invert(s);
	if (s->n == 32)
		aes256_decrypt(&s->back.large, 16 * blocks, dst, src);
	else
		aes128_decrypt(&s->back.small, 16 * blocks, dst, src);
}

static void aes_forget(void *seat)
{
	explicit_bzero(seat, sizeof(struct aes_seat));
}

/* Double-length DES keys. The library's TDES wants three schedules; the third is
 * the first. A weak key is a key, and the library expands it, too. */

struct pair_seat {
	int keyed;
	struct des3_ctx whole;
};

static int pair_key(void *seat, const uint8_t key[16])
{
	struct pair_seat *s = seat;

	(void)des_set_key(&s->whole.des[0], key);
	(void)des_set_key(&s->whole.des[1], key + 8);
	s->whole.des[2] = s->whole.des[0];
	s->keyed = 1;
	return 0;
}

static void pair_left(void *seat, uint8_t dst[8], const uint8_t src[8])
{
	struct pair_seat *s = seat;

	if (!s->keyed)
		abort(); /* a seat without a key */
	des_encrypt(&s->whole.des[0], 8, dst, src);
}

static void pair_encrypt(void *seat, uint8_t dst[8], const uint8_t src[8])
{
	struct pair_seat *s = seat;

	if (!s->keyed)
		abort(); /* a seat without a key */
	des3_encrypt(&s->whole, 8, dst, src);
}

static void pair_forget(void *seat)
{
	explicit_bzero(seat, sizeof(struct pair_seat));
}

/* GCM. */

static int gcm_open(void *seat, const uint8_t key[32], const uint8_t nonce[12],
	const uint8_t *ad, size_t ad_n, uint8_t *dst, const uint8_t *src, size_t n, uint8_t tag[16])
{
	struct gcm_aes256_ctx *c = seat;

	gcm_aes256_set_key(c, key);
	gcm_aes256_set_iv(c, 12, nonce);
	gcm_aes256_update(c, ad_n, ad);
	gcm_aes256_decrypt(c, n, dst, src);
	gcm_aes256_digest(c, 16, tag);
	return 0;
}

static void gcm_forget(void *seat)
{
	explicit_bzero(seat, sizeof(struct gcm_aes256_ctx));
}

const struct primitives *nettle_make_primitives(void)
{
	static const struct primitives p = {
		.start = start,
		.aes_size = sizeof(struct aes_seat),
		.pair_size = sizeof(struct pair_seat),
		.gcm_size = sizeof(struct gcm_aes256_ctx),
		.aes_key = aes_key,
		.aes_encrypt = seat_encrypt,
		.aes_decrypt = seat_decrypt,
		.aes_forget = aes_forget,
		.aes_close = nothing,
		.pair_key = pair_key,
		.pair_left = pair_left,
		.pair_encrypt = pair_encrypt,
		.pair_forget = pair_forget,
		.pair_close = nothing,
		.gcm_open = gcm_open,
		.gcm_forget = gcm_forget,
		.gcm_close = nothing,
	};

	return &p;
}
