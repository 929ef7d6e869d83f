/*
 * What a library of ciphers must do for a make. A seat is memory of the stated
 * size, zeros at first, locked and the make's own, in which a key lies expanded;
 * one thread at a time uses it. Whatever a library cannot do ends the process:
 * an element that is broken gives no answer.
 */
#ifndef NATIVE_PRIMITIVES_H
#define NATIVE_PRIMITIVES_H

#include <stddef.h>
#include <stdint.h>

struct primitives {
	/* start prepares the library, once in a process; 0 if it can be used. */
	int (*start)(void);

	size_t aes_size, pair_size, gcm_size; /* of the seats, bytes */

	/* AES. A key of 16 or 32 bytes; 0 if it was expanded. */
	int (*aes_key)(void *seat, const uint8_t *key, size_t n);
	void (*aes_encrypt)(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks);
	void (*aes_decrypt)(void *seat, uint8_t *dst, const uint8_t *src, size_t blocks);
	void (*aes_forget)(void *seat); /* overwrites the key; the seat is used again */
	void (*aes_close)(void *seat);  /* gives back what the library holds for it */

	/* A double-length DES key: TDES, and DES under its left half. Weak keys too. */
	int (*pair_key)(void *seat, const uint8_t key[16]);
	void (*pair_left)(void *seat, uint8_t dst[8], const uint8_t src[8]);
	void (*pair_encrypt)(void *seat, uint8_t dst[8], const uint8_t src[8]);
	void (*pair_forget)(void *seat);
	void (*pair_close)(void *seat);

	/* AES-256-GCM: deciphers and gives the tag that should have been sent. */
	int (*gcm_open)(void *seat, const uint8_t key[32], const uint8_t nonce[12],
		const uint8_t *ad, size_t ad_n, uint8_t *dst, const uint8_t *src, size_t n,
		uint8_t tag[16]);
	void (*gcm_forget)(void *seat);
	void (*gcm_close)(void *seat);
};

#endif
