/* Key blocks of version D: ANSI X9.143, TR-31:2018. */
#include "inner.h"

enum { HEADER = 16, MAX_BLOCK = 9999 };

enum { FOR_ENCRYPTION = 0, FOR_MAC = 1 }; /* key usage indicators of the derivation */

static int number(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = 10 * value + (text[i] - '0');
	}
	return value;
}

static int letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* header_fits holds the fixed header to the standard and to what is expected:
 * usage, algorithm and mode. */
static int header_fits(const char *b, size_t n, const char *expect)
{
	return n >= HEADER && n <= MAX_BLOCK && b[0] == 'D' && number(b + 1, 4) == (int)n &&
		memcmp(b + 5, expect, 4) == 0 && letter_or_digit(b[9]) && letter_or_digit(b[10]) &&
		(b[11] == 'E' || b[11] == 'N' || b[11] == 'S') && number(b + 12, 2) >= 0 &&
		b[14] == '0' && b[15] == '0';
}

/* nibble: upper case alone, or there were two encodings of one block. */
static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char hex_digit_of(unsigned nibble)
{
	return (char)(nibble < 10 ? '0' + nibble : 'A' + nibble - 10);
}

static int from_hex(uint8_t *dst, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		dst[i] = (uint8_t)(high << 4 | low);
	}
	return 1;
}

/* Where the parts of a block stand while it is opened or made, all in the desk's
 * room. */
struct opening {
	struct desk *d;
	void *seat;
	uint8_t *derived, *mac, *tag, *payload;
	size_t n; /* of the payload */
};

/* derive puts the key for one purpose into the seat: CMAC in counter mode under
 * the protection key, AES-256. */
static int derive(struct opening *o, const uint8_t *kbpk, uint8_t purpose)
{
	uint8_t data[8] = {0, 0, purpose, 0, 0, 4, 1, 0}; /* algorithm AES-256, 256 bits */

	if (o->d->p->aes_key(o->seat, kbpk, AES_KEY) != 0)
		return 0;
	for (uint8_t i = 0; i < 2; i++) {
		data[0] = (uint8_t)(i + 1);
		cmac_start(o->d, o->seat);
		cmac_add(o->d, o->seat, data, sizeof data);
		cmac_end(o->d, o->seat, o->derived + i * AES_BLOCK);
	}
	return o->d->p->aes_key(o->seat, o->derived, AES_KEY) == 0;
}

/* decipher is CBC with the MAC before the first block. */
static void decipher(struct opening *o)
{
	for (size_t at = o->n; at > 0; at -= AES_BLOCK) {
		uint8_t *block = o->payload + at - AES_BLOCK;
		const uint8_t *previous = at > AES_BLOCK ? block - AES_BLOCK : o->mac;

		o->d->p->aes_decrypt(o->seat, block, block, 1);
		for (size_t i = 0; i < AES_BLOCK; i++)
			block[i] ^= previous[i];
	}
}

static int authentic(struct opening *o, const char *header, size_t n)
{
	cmac_start(o->d, o->seat);
	cmac_add(o->d, o->seat, (const uint8_t *)header, n);
	cmac_add(o->d, o->seat, o->payload, o->n);
	cmac_end(o->d, o->seat, o->tag);
	return ct_equal(o->tag, o->mac, AES_BLOCK) == 1;
}

static int open_payload(struct opening *o, const uint8_t *kbpk, const char *block, size_t header)
{
	if (!from_hex(o->payload, block + header, o->n) || !from_hex(o->mac, block + header + 2 * o->n, AES_BLOCK))
		return 0;
	if (!derive(o, kbpk, FOR_ENCRYPTION))
		return 0;
	decipher(o);
	return derive(o, kbpk, FOR_MAC) && authentic(o, block, header);
}

static void settle(struct opening *o)
{
	o->derived = o->d->room;
	o->mac = o->derived + AES_KEY;
	o->tag = o->mac + AES_BLOCK;
	o->payload = o->tag + AES_BLOCK;
}

/* lay_out finds the parts; 0 if the block is not made of whole cipher blocks. */
static int lay_out(struct opening *o, const char *block, size_t n, size_t *header)
{
	size_t used;

	if (!optional_blocks(block + HEADER, n - HEADER, (unsigned)number(block + 12, 2), &used))
		return 0;
	*header = HEADER + used;
	if (*header % AES_BLOCK != 0 || n < *header + 4 * AES_BLOCK || (n - *header) % (2 * AES_BLOCK) != 0)
		return 0;
	o->n = (n - *header) / 2 - AES_BLOCK;
	settle(o);
	return o->n <= MAX_PAYLOAD;
}

int unwrap(struct desk *d, void *seat, const uint8_t kbpk[AES_KEY],
	const char *block, size_t n, const char *expect, size_t size, uint8_t *dst)
{
	struct opening o = {.d = d, .seat = seat};
	size_t header;
	int ok = 0;

	if (!header_fits(block, n, expect) || !lay_out(&o, block, n, &header))
		return 0;
	if (open_payload(&o, kbpk, block, header) && o.n >= size + 2 &&
		(size_t)(o.payload[0] << 8 | o.payload[1]) == 8 * size &&
		check_values(d, seat, d->pair[PAIR_CARD], kbpk, block + HEADER, (unsigned)number(block + 12, 2),
			expect[2], o.payload + 2, size)) {
		memcpy(dst, o.payload + 2, size);
		ok = 1;
	}
	d->p->aes_forget(seat);
	wipe(d->room, sizeof d->room);
	return ok;
}

/* encipher is CBC with the MAC before the first block. */
static void encipher(struct opening *o)
{
	for (size_t at = 0; at < o->n; at += AES_BLOCK) {
		uint8_t *block = o->payload + at;
		const uint8_t *previous = at > 0 ? block - AES_BLOCK : o->mac;

		for (size_t i = 0; i < AES_BLOCK; i++)
			block[i] ^= previous[i];
		o->d->p->aes_encrypt(o->seat, block, block, 1);
	}
}

static void to_hex(char *text, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = hex_digit_of(p[i] >> 4);
		text[2 * i + 1] = hex_digit_of(p[i] & 0x0F);
	}
}

/* seal makes the MAC over header and clear payload, then enciphers. */
static int seal(struct opening *o, const uint8_t *kbpk, const char *header, size_t n)
{
	if (!derive(o, kbpk, FOR_MAC))
		return 0;
	cmac_start(o->d, o->seat);
	cmac_add(o->d, o->seat, (const uint8_t *)header, n);
	cmac_add(o->d, o->seat, o->payload, o->n);
	cmac_end(o->d, o->seat, o->mac);
	if (!derive(o, kbpk, FOR_ENCRYPTION))
		return 0;
	encipher(o);
	return 1;
}

size_t wrap(struct desk *d, void *seat, const uint8_t kbpk[AES_KEY], const char *header, size_t n,
	const uint8_t *key, size_t size, const uint8_t *fill, char *out)
{
	struct opening o = {.d = d, .seat = seat, .n = WRAPPED};
	int ok;

	settle(&o);
	o.payload[0] = (uint8_t)(8 * size >> 8);
	o.payload[1] = (uint8_t)(8 * size);
	memcpy(o.payload + 2, key, size);
	memcpy(o.payload + 2 + size, fill, WRAPPED - 2 - size);
	ok = seal(&o, kbpk, header, n);
	if (ok) {
		memcpy(out, header, n);
		to_hex(out + n, o.payload, WRAPPED);
		to_hex(out + n + 2 * WRAPPED, o.mac, AES_BLOCK);
	}
	d->p->aes_forget(seat);
	wipe(d->room, sizeof d->room);
	return ok ? n + 2 * WRAPPED + 2 * AES_BLOCK : 0;
}
