#include "inner.h"

/* What the key block of a slot must say: usage, algorithm, mode; and where the
 * key goes. A key outside this table does not load. */
struct policy {
	const char *slot, *expect;
	size_t size;
	enum { TO_BDKS, TO_KEKS, TO_AES, TO_PAIR } to;
	int at; /* a purpose or a seat */
};

static const struct policy policies[] = {
	{"bdk.terminal", "B0AX", 32, TO_BDKS, FOR_TERMINALS},
	{"bdk.pin", "B0AX", 32, TO_BDKS, FOR_PIN_PADS},
	{"zone.pin", "P0AB", 32, TO_AES, AES_ZONE},
	{"imk.ac", "E0TX", 16, TO_PAIR, PAIR_AC},
	{"pvk", "V1TC", 16, TO_PAIR, PAIR_PVK},
	{"pan.reference", "M6AC", 32, TO_AES, AES_REFERENCE},
	{"imk.smi", "E2TX", 16, TO_PAIR, PAIR_SMI},
	{"imk.cvc3", "E4TX", 16, TO_PAIR, PAIR_CVC3},
	{"cvk", "C0TC", 16, TO_PAIR, PAIR_CVK},
	{"kek", "K1AB", 32, TO_KEKS, 0},
};

static const struct policy *find(const char *slot, size_t n)
{
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (strlen(policies[i].slot) == n && memcmp(policies[i].slot, slot, n) == 0)
			return &policies[i];
	return NULL;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20; /* identifiers may be written in either case */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_id(uint8_t id[4], const char *text, size_t n)
{
	if (n != 8)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		id[i] = (uint8_t)(high << 4 | low);
	}
	return 1;
}

/* add_bdk: an identifier has one purpose, or a terminal's KSN could open PINs. */
static int add_bdk(struct vault *v, enum purpose purpose, const char *id, size_t id_n, const uint8_t key[AES_KEY])
{
	struct bdk *next = &v->bdks[v->bdk_count];

	if (v->bdk_count == MAX_BDKS)
		return WHY_MANY;
	if (!parse_id(next->id, id, id_n))
		return WHY_ID;
	for (size_t i = 0; i < v->bdk_count; i++)
		if (memcmp(v->bdks[i].id, next->id, sizeof next->id) == 0)
			return WHY_ID_TWICE;
	next->purpose = (uint8_t)purpose;
	memcpy(next->key, key, AES_KEY);
	v->bdk_count++;
	return LOADED;
}

static int add_kek(struct vault *v, const char *id, size_t id_n, const uint8_t key[AES_KEY])
{
	struct kek *next = &v->keks[v->kek_count];

	if (v->kek_count == MAX_KEKS)
		return WHY_MANY;
	if (!parse_id(next->id, id, id_n))
		return WHY_ID;
	for (size_t i = 0; i < v->kek_count; i++)
		if (memcmp(v->keks[i].id, next->id, sizeof next->id) == 0)
			return WHY_ID_TWICE;
	memcpy(next->key, key, AES_KEY);
	v->kek_count++;
	return LOADED;
}

/* set_table refuses a decimalisation with fewer than eight different digits: it
 * would make a few PINs likely. */
static int set_table(struct vault *v, const char *table, size_t n)
{
	unsigned seen = 0, different = 0;

	if (n != 16 || !ct_digits((const uint8_t *)table, n))
		return WHY_TABLE;
	for (size_t i = 0; i < n; i++) {
		v->table[i] = (uint8_t)(table[i] - '0');
		seen |= 1u << v->table[i];
	}
	for (; seen != 0; seen &= seen - 1)
		different++;
	return different < 8 ? WHY_TABLE : LOADED;
}

static int keep(uint8_t *has, uint8_t *dst, const uint8_t *key, size_t n)
{
	if (*has)
		return WHY_TWICE;
	*has = 1;
	memcpy(dst, key, n);
	return LOADED;
}

int native_load(struct vault *v, const uint8_t kbpk[32],
	const char *slot, size_t slot_n, const char *block, size_t block_n,
	const char *id, size_t id_n, const char *table, size_t table_n)
{
	const struct policy *p = find(slot, slot_n);
	uint8_t *key = native_desk(v, 0)->s.key;
	int why = LOADED;

	if (p == NULL)
		return WHY_SLOT;
	enter(native_desk(v, 0));
	if (!unwrap(native_desk(v, 0), native_desk(v, 0)->aes[AES_WORK], kbpk, block, block_n, p->expect, p->size, key))
		why = WHY_BLOCK;
	else if (p->to == TO_BDKS)
		why = add_bdk(v, (enum purpose)p->at, id, id_n, key);
	else if (p->to == TO_KEKS)
		why = add_kek(v, id, id_n, key);
	else if (p->to == TO_AES)
		why = keep(&v->has_aes[p->at], v->aes[p->at], key, AES_KEY);
	else if (p->at != PAIR_PVK || (why = set_table(v, table, table_n)) == LOADED)
		why = keep(&v->has_pair[p->at], v->pair[p->at], key, PAIR_KEY);
	leave(native_desk(v, 0));
	return why;
}
