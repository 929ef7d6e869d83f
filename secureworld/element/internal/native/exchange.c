/* Key blocks under a key-exchange key: what they are, and the initial key of a
 * device, which leaves in no other form. ANSI X9.143, X9.24-3. */
#include "inner.h"

enum { BLOCK_HEADER = 16, MODE = 8, EXPORTABILITY = 11 };

const struct kek *find_kek(const struct vault *v, const uint8_t id[4])
{
	for (size_t i = 0; i < v->kek_count; i++)
		if (memcmp(v->keks[i].id, id, sizeof v->keks[i].id) == 0)
			return &v->keks[i];
	return NULL;
}

/* head_of is what a block of this usage must say; NULL if it says something else. */
static const char *head_of(const char *block, size_t n, char usage)
{
	if (n < BLOCK_HEADER || block[EXPORTABILITY] == 'S')
		return NULL;
	if (usage == 'B')
		return "B0AX";
	return block[MODE] == 'E' ? "P0AE" : "P0AB";
}

static int owned(const struct vault *v, const uint8_t id[4])
{
	return find_base(v, FOR_TERMINALS, id) != NULL || find_base(v, FOR_PIN_PADS, id) != NULL;
}

/* open_guest leaves a key that came along in the scratch. usage is B for a base
 * derivation key and P for a zone's. */
int open_guest(struct desk *d, const struct kek *kek, const char *block, size_t n, char usage, struct guest *g)
{
	const char *head = head_of(block, n, usage);

	if (head == NULL || !unwrap(d, d->aes[AES_WORK], kek->key, block, n, head, AES_KEY, d->s.guest))
		return NOT_SEALED;
	g->mode = (uint8_t)head[3];
	if (usage == 'B' && (!base_id(block, g->bdk) || owned(d->vault, g->bdk)))
		return NOT_SEALED;
	return DONE;
}

/* guest_base expands a base derivation key that came along at AES_BASE. */
int guest_base(struct desk *d, const struct kek *kek, const char *block, size_t n, const uint8_t id[4], int *matches)
{
	struct guest g;
	int code = open_guest(d, kek, block, n, 'B', &g);

	if (code != DONE)
		return code;
	d->base = NULL;
	*matches = memcmp(g.bdk, id, sizeof g.bdk) == 0;
	return d->p->aes_key(d->aes[AES_BASE], d->s.guest, AES_KEY) == 0 ? DONE : INTERNAL;
}

/* part forgets what came along and what was made of it. */
void part(struct desk *d, int base)
{
	d->p->aes_forget(d->aes[AES_WORK]);
	d->p->aes_forget(d->aes[AES_GUEST]);
	if (base) {
		d->base = NULL;
		d->p->aes_forget(d->aes[AES_BASE]);
	}
	leave(d);
}

/* take_check makes the check value of the key in the scratch at key. */
static int take_check(struct desk *d, const uint8_t *key, uint8_t check[5])
{
	if (d->p->aes_key(d->aes[AES_WORK], key, AES_KEY) != 0)
		return INTERNAL;
	check_value(d->p, d->aes[AES_WORK], d->s.field);
	memcpy(check, d->s.field, 5);
	return DONE;
}

int native_load_key_block(struct desk *d, const uint8_t *kek, const char *block, size_t n, struct loaded *out)
{
	const struct kek *exchange = find_kek(d->vault, kek);
	char usage = n > 5 && block[5] == 'B' ? 'B' : 'P';
	struct guest g = {0};
	int code;

	if (exchange == NULL)
		return NO_KEY;
	enter(d);
	code = open_guest(d, exchange, block, n, usage, &g);
	if (code == DONE)
		code = take_check(d, d->s.guest, out->check);
	out->usage[0] = (uint8_t)usage;
	out->usage[1] = '0';
	out->mode = g.mode;
	part(d, 0);
	return code;
}

/* write_header of a device's initial key, which stays in the device. */
static void write_header(char header[48], const uint8_t id[8])
{
	static const char fixed[] = "D0176B1AX00N0200IK14", padding[] = "PB0C00000000";

	memcpy(header, fixed, 20);
	for (size_t i = 0; i < 8; i++) {
		header[20 + 2 * i] = hex_digit_of(id[i] >> 4);
		header[21 + 2 * i] = hex_digit_of(id[i] & 0x0F);
	}
	memcpy(header + 36, padding, 12);
}

/* own_base expands the vault's key of this id at AES_BASE. */
static int own_base(struct desk *d, const uint8_t id[4])
{
	const struct bdk *base = find_base(d->vault, FOR_TERMINALS, id);

	if (base == NULL)
		base = find_base(d->vault, FOR_PIN_PADS, id);
	return base == NULL ? NO_KEY : expand_base(d, base);
}

static int derive_wrapped(struct desk *d, const struct kek *kek, const uint8_t *id, const uint8_t *chance,
	char *block, size_t *block_n, uint8_t *check)
{
	char header[48];

	if (initial_key(d, id, AES_KEY) != DONE || take_check(d, d->s.key, check) != DONE)
		return INTERNAL;
	write_header(header, id);
	*block_n = wrap(d, d->aes[AES_WORK], kek->key, header, sizeof header, d->s.key, AES_KEY, chance, block);
	return *block_n == 0 ? INTERNAL : DONE;
}

int native_derive(struct desk *d, const uint8_t *kek, const char *base, size_t base_n, const uint8_t *id,
	const uint8_t *chance, char *block, size_t *block_n, uint8_t *check)
{
	const struct kek *exchange = find_kek(d->vault, kek);
	int code, matches = 1;

	if (exchange == NULL)
		return NO_KEY;
	enter(d);
	code = base_n > 0 ? guest_base(d, exchange, base, base_n, id, &matches) : own_base(d, id);
	if (code == DONE && !matches)
		code = NO_KEY;
	if (code == DONE)
		code = derive_wrapped(d, exchange, id, chance, block, block_n, check);
	part(d, base_n > 0);
	return code;
}
