/*
 * The payment operations of the makes that are written in C: what the Go side
 * may call. Lengths were checked there (package element's limits). The verbs
 * return 0 or a code of package element, and write their answer only with 0.
 */
#ifndef NATIVE_H
#define NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "primitives.h"

enum {
	DONE = 0,
	MALFORMED = 1,
	NO_KEY = 2,
	NOT_SEALED = 3,
	BAD_PIN = 4,
	BAD_CRYPTOGRAM = 5,
	INTERNAL = 6,
};

/* Why a vault does not open or a key does not load. */
enum {
	LOADED = 0,
	WHY_LIBRARY,
	WHY_LOCK,
	WHY_SLOT,
	WHY_BLOCK,
	WHY_ID,
	WHY_ID_TWICE,
	WHY_TWICE,
	WHY_TABLE,
	WHY_MANY,
};

struct vault; /* all keys of an element, in locked memory */
struct desk;  /* a place to work at: schedules and scratch; one thread at a time */

/* vault.c, load.c */
struct vault *native_open(const struct primitives *p, size_t desks, int *why);
int native_load(struct vault *v, const uint8_t kbpk[32],
	const char *slot, size_t slot_n, const char *block, size_t block_n,
	const char *id, size_t id_n, const char *table, size_t table_n);
int native_furnish(struct vault *v); /* expands the keys at every desk; 0 or WHY_LIBRARY */
struct desk *native_desk(struct vault *v, size_t i);
void native_close(struct vault *v);

/* terminal.c */
int native_open_account(struct desk *d, const uint8_t *ksn, const uint8_t *sealed, size_t n, uint8_t *data);
int native_mac_verify(struct desk *d, const uint8_t *ksn, const uint8_t *data, size_t n, const uint8_t *mac);
int native_mac_generate(struct desk *d, const uint8_t *ksn, const uint8_t *data, size_t n, uint8_t *mac);
int native_pan_reference(struct desk *d, const uint8_t *pan, size_t n, uint8_t *reference);

/* pin.c */
int native_translate(struct desk *d, const uint8_t *ksn, const uint8_t *block,
	const uint8_t *pan, size_t n, const uint8_t *chance, uint8_t *out);
int native_verify_pin(struct desk *d, const uint8_t *block, const uint8_t *pan, size_t n,
	const uint8_t *offset, size_t offset_n);
int native_pin_offset(struct desk *d, const uint8_t *block, const uint8_t *pan, size_t n,
	uint8_t *offset, size_t *offset_n);

/* exchange.c: key blocks under a key-exchange key, whose id kek is. */
struct loaded {
	uint8_t usage[2], mode, check[5];
};
int native_load_key_block(struct desk *d, const uint8_t *kek, const char *block, size_t n, struct loaded *out);
int native_derive(struct desk *d, const uint8_t *kek, const char *base, size_t base_n, const uint8_t *id,
	const uint8_t *chance, char *block, size_t *block_n, uint8_t *check);

/* under.c: with keys that came along in such blocks. */
struct guests {
	uint8_t kek[4], ksn[12];
	size_t base_n, zone_n; /* characters; 0: the vault's own */
};
int native_translate_under(struct desk *d, const struct guests *g, const char *base, const char *zone,
	const uint8_t *block, const uint8_t *pan, size_t n, const uint8_t *chance, uint8_t *out);
int native_open_account_under(struct desk *d, const struct guests *g, const char *base,
	const uint8_t *sealed, size_t n, uint8_t *data);

/* A card and its transaction. */
struct transaction {
	uint8_t psn, derivation, method, messaging, place;
	uint8_t atc[2], un[4], arqc[8], arc[2], csu[4];
	uint8_t header[5];
	uint8_t expiry[4], service[3], value[3];
	uint8_t code[2];
};

/* chip.c, script.c, stripe.c */
int native_verify_arqc(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *data, size_t data_n, uint8_t *out, size_t *out_n);
int native_script_mac(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *data, size_t data_n, uint8_t *mac);
int native_verify_cvv(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n);
int native_verify_cvc3(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *track, size_t track_n);

/* bench.c: nanoseconds for n translations, 0 where it could not be measured. */
int64_t native_bench_translate(const struct primitives *p, size_t key_size, size_t n);

/* bare.c: the building blocks for published vectors. 0 if done. */
int native_bare_working_key(const struct primitives *p, uint8_t *dst, const uint8_t *bdk, size_t size,
	const uint8_t *ksn, unsigned usage);
int native_bare_pin(const struct primitives *p, const uint8_t *key, size_t size,
	const uint8_t *block, const uint8_t *pan, size_t n, uint8_t *digits, size_t *digits_n);
int native_bare_unwrap(const struct primitives *p, const uint8_t kbpk[32], const char *block, size_t block_n,
	const char *expect, size_t size, uint8_t *key);
int native_bare_initial(const struct primitives *p, const uint8_t *bdk, size_t size, const uint8_t *id, uint8_t *key);
int native_bare_wrap(const struct primitives *p, const uint8_t kbpk[32], const char *header, size_t header_n,
	const uint8_t *key, size_t size, const uint8_t *fill, char *block, size_t *block_n);
int native_bare_mac(const struct primitives *p, const uint8_t *key, size_t size,
	const uint8_t *data, size_t n, uint8_t mac[16]);

#endif
