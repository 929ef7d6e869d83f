/* What the files of this package share with one another, and nobody else. */
#ifndef NATIVE_INNER_H
#define NATIVE_INNER_H

#include <signal.h>
#include <string.h>

#include "native.h"

enum {
	AES_BLOCK = 16,
	DES_BLOCK = 8,
	AES_KEY = 32,
	PAIR_KEY = 16,
	KSN_SIZE = 12,
	MAC_SIZE = 8,
	MAX_PAN = 19,
	MIN_PAN = 12,
	MAX_PIN = 12,
	MIN_PIN = 4,
	MAX_SEALED = 192,
	MAX_BDKS = 512,      /* a key file of 64 KiB has room for fewer */
	MAX_KEKS = 512,      /* as above */
	MAX_PAYLOAD = 2560,  /* of a key block; bytes */
	WRAPPED = 48,        /* an AES key of any length with its length and fill */
};

/* Base derivation keys serve one purpose each. */
enum purpose { FOR_TERMINALS, FOR_PIN_PADS };

/* AES seats at a desk. */
enum { AES_WORK, AES_BASE, AES_ZONE, AES_REFERENCE, AES_GUEST, AES_SEATS };

/* DES seats at a desk: two for the card's own keys, the issuer's behind them. */
enum { PAIR_CARD, PAIR_SESSION, PAIR_AC, PAIR_SMI, PAIR_CVC3, PAIR_PVK, PAIR_CVK, PAIR_SEATS };

struct bdk {
	uint8_t id[4];
	uint8_t purpose;
	uint8_t key[AES_KEY];
};

/* Key-exchange keys protect key blocks on their way. */
struct kek {
	uint8_t id[4];
	uint8_t key[AES_KEY];
};

struct vault {
	const struct primitives *p;
	size_t bytes, desks, desk_bytes;
	size_t bdk_count;
	struct bdk bdks[MAX_BDKS];
	size_t kek_count;
	struct kek keks[MAX_KEKS];
	/* Which keys there are, and the keys until they stand at the desks. */
	uint8_t has_aes[AES_SEATS], has_pair[PAIR_SEATS];
	uint8_t aes[AES_SEATS][AES_KEY], pair[PAIR_SEATS][PAIR_KEY];
	uint8_t table[16]; /* decimalisation, as numbers */
};

/* A message authentication under way: the last block is kept back. */
struct mac {
	uint8_t chain[AES_BLOCK], last[AES_BLOCK], subkey[AES_BLOCK];
	size_t filled;
};

/* All that is secret and lasts for one operation. */
struct scratch {
	uint8_t key[AES_KEY], data[2 * AES_BLOCK];
	uint8_t master[PAIR_KEY], session[PAIR_KEY];
	uint8_t field[AES_BLOCK], digits[16];
	uint8_t text[MAX_SEALED];
	uint8_t guest[AES_KEY]; /* a key that came along with the question */
	struct mac mac;
};

struct desk {
	struct vault *vault;
	const struct primitives *p;
	const struct bdk *base; /* whose key is at AES_BASE */
	void *aes[AES_SEATS], *pair[PAIR_SEATS], *gcm;
	int quiet;     /* within enter and leave */
	sigset_t mask; /* what the thread had blocked before */
	uint8_t room[MAX_PAYLOAD + 4 * AES_KEY]; /* opening and making key blocks */
	struct scratch s;
};

/* memory.c: secrets in pages that are neither swapped nor dumped nor inherited. */
void *locked_map(size_t n);
void locked_unmap(void *p, size_t n);
void wipe(void *p, size_t n);

/* constant.c: no branch and no index depends on the values; 1 is yes. */
uint32_t ct_equal(const uint8_t *a, const uint8_t *b, size_t n);
uint32_t ct_same(uint32_t a, uint32_t b);
uint32_t ct_less(uint32_t a, uint32_t b); /* below 2^31 */
uint32_t ct_digits(const uint8_t *p, size_t n); /* ASCII */

/* key block, X9.143 version D: writes the key, `size` bytes, to dst; 0 if refused. */
int unwrap(struct desk *d, void *seat, const uint8_t kbpk[AES_KEY],
	const char *block, size_t n, const char *expect, size_t size, uint8_t *dst);
/* wrap makes one of an AES key: header, enciphered key, MAC. fill has what WRAPPED
 * leaves; 0 if the library fails, or how many characters it wrote. */
size_t wrap(struct desk *d, void *seat, const uint8_t kbpk[AES_KEY], const char *header, size_t n,
	const uint8_t *key, size_t size, const uint8_t *fill, char *out);
char hex_digit_of(unsigned nibble);
void check_value(const struct primitives *p, void *seat, uint8_t value[AES_BLOCK]);
int base_id(const char *block, uint8_t id[4]);
int optional_blocks(const char *text, size_t n, unsigned count, size_t *used);
int check_values(struct desk *d, void *aes_seat, void *pair_seat, const uint8_t kbpk[AES_KEY],
	const char *text, unsigned count, char algorithm, const uint8_t *key, size_t size);

/* dukpt.c: expands the working key of a KSN and usage at AES_WORK and leaves it
 * in the scratch; the caller forgets both. */
int working_key(struct desk *d, enum purpose purpose, const uint8_t *ksn, unsigned usage);
int initial_key(struct desk *d, const uint8_t id[8], size_t size);
const struct bdk *find_base(const struct vault *v, enum purpose purpose, const uint8_t id[4]);
int expand_base(struct desk *d, const struct bdk *base);
int derive_walk(struct desk *d, const uint8_t *ksn, size_t size, unsigned usage);
int valid_counter(uint32_t counter);
uint32_t ksn_counter(const uint8_t *ksn);

/* registers.c: after the last secret of an operation. */
void clear_registers(void);

/* desk.c: enter holds signals back, before the first secret of an operation: the
 * kernel would save registers with parts of keys on the signal's stack. It may be
 * called twice. leave wipes what the operation used, and lets signals in. */
void enter(struct desk *d);
void leave(struct desk *d);

/* exchange.c */
struct guest {
	uint8_t mode, bdk[4]; /* the id of a base derivation key */
};
const struct kek *find_kek(const struct vault *v, const uint8_t id[4]);
int open_guest(struct desk *d, const struct kek *kek, const char *block, size_t n, char usage, struct guest *g);
int guest_base(struct desk *d, const struct kek *kek, const char *block, size_t n, const uint8_t id[4], int *matches);
void part(struct desk *d, int base);

/* cmac.c: AES, SP 800-38B. */
void cmac_start(struct desk *d, void *seat);
void cmac_add(struct desk *d, void *seat, const uint8_t *p, size_t n);
void cmac_end(struct desk *d, void *seat, uint8_t tag[AES_BLOCK]);
void cmac_double(uint8_t *k, size_t n);

/* retail.c: MAC algorithm 3 of ISO 9797-1. */
enum padding { PAD_ZEROS, PAD_80 };
void retail_start(struct desk *d);
void retail_add(struct desk *d, void *seat, const uint8_t *p, size_t n);
void retail_end(struct desk *d, void *seat, enum padding padding, uint8_t mac[DES_BLOCK]);

/* terminal.c, pin.c: with the working key at AES_WORK and in the scratch. */
int open_sealed(struct desk *d, const uint8_t *ksn, const uint8_t *sealed, size_t n, uint8_t *data);
int translate(struct desk *d, void *zone, const uint8_t *block, const uint8_t *pan, size_t n,
	const uint8_t *chance, uint8_t *out);

/* format4.c */
int format4_pan(const uint8_t *pan, size_t n);
void format4_open(struct desk *d, void *seat, const uint8_t *block, const uint8_t *pan, size_t n);
void format4_seal(struct desk *d, void *seat, const uint8_t *pan, size_t n);
uint32_t format4_check(const uint8_t field[AES_BLOCK], uint32_t *n);

/* card.c */
int card_key(struct desk *d, int issuer, uint8_t psn, const uint8_t *pan, size_t n);
void common_session_key(struct desk *d, const uint8_t diversifier[DES_BLOCK]);
void odd_parity(uint8_t *key, size_t n);

#endif
