#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "primitives.h"

const struct primitives *gcrypt_primitives(void);

/* must ends the process where the library fails: no answer is better than a
 * wrong one. */
static void must(gcry_error_t err)
{
	if (err != 0)
		abort();
}

/* start may be called again. */
static int start(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return 0;
	use_locked_memory();
	if (!gcry_check_version("1.10.0"))
		return -1;
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return 0;
}

/* expand sets the key of a handle, which is opened when it is first needed. A
 * weak DES key is a key: other makes compute with it, too. */
static int expand(gcry_cipher_hd_t *h, int algorithm, int mode, const void *key, size_t n)
{
	if (*h == NULL) {
		if (gcry_cipher_open(h, algorithm, mode, GCRY_CIPHER_SECURE) != 0)
			return -1;
		if ((algorithm == GCRY_CIPHER_DES || algorithm == GCRY_CIPHER_3DES) &&
			gcry_cipher_ctl(*h, GCRYCTL_SET_ALLOW_WEAK_KEY, NULL, 1) != 0)
			return -1;
	}
	switch (gcry_err_code(gcry_cipher_setkey(*h, key, n))) {
	case GPG_ERR_NO_ERROR:
	case GPG_ERR_WEAK_KEY:
		return 0;
	default:
		return -1;
	}
}

static void shut(gcry_cipher_hd_t *h)
{
	gcry_cipher_close(*h); /* wipes */
	*h = NULL;
}

/* AES: a handle has one key length. */

struct aes_seat {
	gcry_cipher_hd_t h;
	size_t n;
	int deciphered; /* so that there is a schedule for that, too */
};

static void aes_close(void *seat)
{
	struct aes_seat *s = seat;

	shut(&s->h);
}

static int aes_key(void *seat, const uint8_t *key, size_t n)
{
	struct aes_seat *s = seat;

	if (s->n != n)
		aes_close(seat);
	s->n = n;
	return expand(&s->h, n == 16 ? GCRY_CIPHER_AES128 : GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_ECB, key, n);
}

static void aes_encrypt(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks)
{
	struct aes_seat *s = seat;

	must(gcry_cipher_encrypt(s->h, dst, 16 * blocks, src, 16 * blocks));
}

static void aes_decrypt(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks)
{
	struct aes_seat *s = seat;

	s->deciphered = 1;
	must(gcry_cipher_decrypt(s->h, dst, 16 * blocks, src, 16 * blocks));
}

/* aes_forget expands zeros. Only deciphering overwrites the schedule for it, and
 * the library's own copy of both is made when a key is set: hence twice. */
static void aes_forget(void *seat)
{
	static const uint8_t zero[32];
	uint8_t block[16] = {0};
	struct aes_seat *s = seat;

	if (s->h == NULL)
		return;
	must(gcry_cipher_setkey(s->h, zero, s->n));
	if (!s->deciphered)
		return;
	must(gcry_cipher_decrypt(s->h, block, sizeof block, NULL, 0));
	must(gcry_cipher_setkey(s->h, zero, s->n));
	s->deciphered = 0;
}

/* Double-length DES keys: a handle for the left half, and one for TDES. */

struct pair_seat {
	gcry_cipher_hd_t left, whole;
};

static int pair_key(void *seat, const uint8_t key[16])
{
	struct pair_seat *s = seat;
	uint8_t triple[24];
	int bad;

	memcpy(triple, key, 16);
	memcpy(triple + 16, key, 8);
	bad = expand(&s->left, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_ECB, triple, 8) != 0 ||
		expand(&s->whole, GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_ECB, triple, sizeof triple) != 0;
	explicit_bzero(triple, sizeof triple);
	return bad;
}

static void pair_left(void *seat, uint8_t dst[8], const uint8_t src[8])
{
	struct pair_seat *s = seat;

	must(gcry_cipher_encrypt(s->left, dst, 8, src, 8));
}

static void pair_encrypt(void *seat, uint8_t dst[8], const uint8_t src[8])
{
	struct pair_seat *s = seat;

	must(gcry_cipher_encrypt(s->whole, dst, 8, src, 8));
}

static void pair_forget(void *seat)
{
	static const uint8_t zero[16];
	struct pair_seat *s = seat;

	if (s->left != NULL && s->whole != NULL && pair_key(seat, zero) != 0)
		abort();
}

static void pair_close(void *seat)
{
	struct pair_seat *s = seat;

	shut(&s->left);
	shut(&s->whole);
}

/* GCM. */

static int gcm_open(void *seat, const uint8_t key[32], const uint8_t nonce[12],
	const uint8_t *ad, size_t ad_n, uint8_t *dst, const uint8_t *src, size_t n, uint8_t tag[16])
{
	gcry_cipher_hd_t *h = seat;

	if (expand(h, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM, key, 32) != 0 ||
		gcry_cipher_setiv(*h, nonce, 12) != 0 ||
		gcry_cipher_authenticate(*h, ad, ad_n) != 0)
		return -1;
	if (gcry_cipher_final(*h) != 0 || (n > 0 && gcry_cipher_decrypt(*h, dst, n, src, n) != 0))
		return -1;
	return gcry_cipher_gettag(*h, tag, 16) == 0 ? 0 : -1;
}

static void gcm_forget(void *seat)
{
	static const uint8_t zero[32];
	gcry_cipher_hd_t *h = seat;

	if (*h != NULL)
		must(gcry_cipher_setkey(*h, zero, sizeof zero));
}

static void gcm_close(void *seat)
{
	shut(seat);
}

const struct primitives *gcrypt_primitives(void)
{
	static const struct primitives p = {
		.start = start,
		.aes_size = sizeof(struct aes_seat),
		.pair_size = sizeof(struct pair_seat),
		.gcm_size = sizeof(gcry_cipher_hd_t),
		.aes_key = aes_key,
		.aes_encrypt = aes_encrypt,
		.aes_decrypt = aes_decrypt,
		.aes_forget = aes_forget,
		.aes_close = aes_close,
		.pair_key = pair_key,
		.pair_left = pair_left,
		.pair_encrypt = pair_encrypt,
		.pair_forget = pair_forget,
		.pair_close = pair_close,
		.gcm_open = gcm_open,
		.gcm_forget = gcm_forget,
		.gcm_close = gcm_close,
	};

	return &p;
}
