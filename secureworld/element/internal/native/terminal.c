/* What concerns a terminal's messages: account data, their MACs, references. */
#include "inner.h"

enum { USAGE_MAC_GENERATION = 0x2000, USAGE_MAC_VERIFICATION = 0x2001, USAGE_DATA_ENCRYPTION = 0x3000, TAG = 16 };

/* done forgets the working key and all that was derived on the way. */
static int done(struct desk *d, int code)
{
	d->p->aes_forget(d->aes[AES_WORK]);
	leave(d);
	return code;
}

/* open_sealed: the nonce is zeros because a key seals one message. */
int open_sealed(struct desk *d, const uint8_t *ksn, const uint8_t *sealed, size_t n, uint8_t *data)
{
	static const uint8_t nonce[12];
	uint8_t *tag = d->s.field;
	int code = NOT_SEALED;

	if (n < TAG || n > MAX_SEALED)
		return NOT_SEALED;
	n -= TAG;
	if (d->p->gcm_open(d->gcm, d->s.key, nonce, ksn, KSN_SIZE, d->s.text, sealed, n, tag) != 0)
		code = INTERNAL;
	else if (ct_equal(tag, sealed + n, TAG)) {
		memcpy(data, d->s.text, n);
		code = DONE;
	}
	d->p->gcm_forget(d->gcm);
	return code;
}

int native_open_account(struct desk *d, const uint8_t *ksn, const uint8_t *sealed, size_t n, uint8_t *data)
{
	int code = working_key(d, FOR_TERMINALS, ksn, USAGE_DATA_ENCRYPTION);

	if (code == NO_KEY)
		return code;
	return done(d, code == DONE ? open_sealed(d, ksn, sealed, n, data) : code);
}

/* sum leaves the MAC in the scratch. */
static int sum(struct desk *d, const uint8_t *ksn, unsigned usage, const uint8_t *data, size_t n)
{
	void *seat = d->aes[AES_WORK];
	int code = working_key(d, FOR_TERMINALS, ksn, usage);

	if (code != DONE)
		return code;
	cmac_start(d, seat);
	cmac_add(d, seat, data, n);
	cmac_end(d, seat, d->s.field);
	return DONE;
}

int native_mac_verify(struct desk *d, const uint8_t *ksn, const uint8_t *data, size_t n, const uint8_t *mac)
{
	int code = sum(d, ksn, USAGE_MAC_GENERATION, data, n);

	if (code == NO_KEY)
		return code;
	if (code == DONE && !ct_equal(d->s.field, mac, MAC_SIZE))
		code = NOT_SEALED;
	return done(d, code);
}

int native_mac_generate(struct desk *d, const uint8_t *ksn, const uint8_t *data, size_t n, uint8_t *mac)
{
	int code = sum(d, ksn, USAGE_MAC_VERIFICATION, data, n);

	if (code == NO_KEY)
		return code;
	if (code == DONE)
		memcpy(mac, d->s.field, MAC_SIZE);
	return done(d, code);
}

int native_pan_reference(struct desk *d, const uint8_t *pan, size_t n, uint8_t *reference)
{
	static const uint8_t domain[] = "strongroom card 1";
	void *seat = d->aes[AES_REFERENCE];

	if (!d->vault->has_aes[AES_REFERENCE])
		return NO_KEY;
	if (n < MIN_PAN || n > MAX_PAN || !ct_digits(pan, n))
		return MALFORMED;
	enter(d);
	cmac_start(d, seat);
	cmac_add(d, seat, domain, sizeof domain - 1);
	cmac_add(d, seat, pan, n);
	cmac_end(d, seat, reference);
	leave(d);
	return DONE;
}
