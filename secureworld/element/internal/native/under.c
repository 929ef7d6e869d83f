/* Verbs with keys that came along in key blocks. They are opened in the order of
 * package element: base, zone, then the serial number. */
#include "inner.h"

enum { PIN_ENCRYPTION = 0x1000, DATA_ENCRYPTION = 0x3000 };

/* zone_seat finds the zone's key, or expands the one that came along. */
static int zone_seat(struct desk *d, const struct kek *kek, const char *block, size_t n, void **seat)
{
	struct guest g;
	int code;

	*seat = d->aes[n > 0 ? AES_GUEST : AES_ZONE];
	if (n == 0)
		return d->vault->has_aes[AES_ZONE] ? DONE : NO_KEY;
	code = open_guest(d, kek, block, n, 'P', &g);
	if (code == DONE && d->p->aes_key(*seat, d->s.guest, AES_KEY) != 0)
		code = INTERNAL;
	return code;
}

/* walk derives a working key, of the base that came along or of the vault's. */
static int walk(struct desk *d, const struct guests *g, int matches, unsigned usage)
{
	if (g->base_n == 0)
		return working_key(d, FOR_PIN_PADS, g->ksn, usage);
	if (!matches || !valid_counter(ksn_counter(g->ksn)))
		return NO_KEY;
	return derive_walk(d, g->ksn, AES_KEY, usage);
}

int native_translate_under(struct desk *d, const struct guests *g, const char *base, const char *zone,
	const uint8_t *block, const uint8_t *pan, size_t n, const uint8_t *chance, uint8_t *out)
{
	const struct kek *kek = find_kek(d->vault, g->kek);
	int code = DONE, matches = 0;
	void *seat;

	if (g->base_n == 0 && g->zone_n == 0)
		return MALFORMED;
	if (kek == NULL)
		return NO_KEY;
	enter(d);
	if (g->base_n > 0)
		code = guest_base(d, kek, base, g->base_n, g->ksn, &matches);
	if (code == DONE)
		code = zone_seat(d, kek, zone, g->zone_n, &seat);
	if (code == DONE)
		code = walk(d, g, matches, PIN_ENCRYPTION);
	if (code == DONE)
		code = translate(d, seat, block, pan, n, chance, out);
	part(d, g->base_n > 0);
	return code;
}

int native_open_account_under(struct desk *d, const struct guests *g, const char *base,
	const uint8_t *sealed, size_t n, uint8_t *data)
{
	const struct kek *kek = find_kek(d->vault, g->kek);
	int code, matches = 0;

	if (g->base_n == 0)
		return MALFORMED;
	if (kek == NULL)
		return NO_KEY;
	enter(d);
	code = guest_base(d, kek, base, g->base_n, g->ksn, &matches);
	if (code == DONE)
		code = walk(d, g, matches, DATA_ENCRYPTION);
	if (code == DONE)
		code = open_sealed(d, g->ksn, sealed, n, data);
	part(d, 1);
	return code;
}
