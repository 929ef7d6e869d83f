/* The MAC of an issuer script's command: EMV 4.4 Book 2, clause 9, and the
 * schemes' own keys for it. */
#include "inner.h"

enum {
	CARD_BLOCK = 0x16,
	APPLICATION_UNBLOCK = 0x18,
	APPLICATION_BLOCK = 0x1E,
	PIN_UNBLOCK = 0x24,
	PUT_DATA = 0xDA,
	UPDATE_RECORD = 0xDC,
};

enum { MESSAGING_VISA, MESSAGING_COMMON };

/* permitted: secure messaging in the class, a length that fits, data where the
 * instruction has some. A PIN is never changed here. */
static int permitted(const uint8_t h[5], size_t n)
{
	if (h[4] != n + MAC_SIZE)
		return 0;
	switch (h[1]) {
	case CARD_BLOCK:
	case APPLICATION_UNBLOCK:
	case APPLICATION_BLOCK:
	case PIN_UNBLOCK:
		return h[0] == 0x84 && h[2] == 0 && h[3] == 0 && n == 0;
	case PUT_DATA:
	case UPDATE_RECORD:
		return h[0] == 0x04 && n > 0;
	}
	return 0;
}

/* messaging_key derives from the card's master key in the scratch. */
static int messaging_key(struct desk *d, const struct transaction *t)
{
	if (t->messaging == MESSAGING_COMMON) {
		common_session_key(d, t->arqc);
	} else {
		memcpy(d->s.session, d->s.master, PAIR_KEY);
		for (size_t i = 0; i < sizeof t->atc; i++) {
			d->s.session[6 + i] ^= t->atc[i];
			d->s.session[14 + i] ^= (uint8_t)~t->atc[i];
		}
		odd_parity(d->s.session, PAIR_KEY);
	}
	return d->p->pair_key(d->pair[PAIR_SESSION], d->s.session) == 0 ? DONE : INTERNAL;
}

static int sign(struct desk *d, const struct transaction *t, const uint8_t *data, size_t n, uint8_t *mac)
{
	void *seat = d->pair[PAIR_SESSION];
	int code = messaging_key(d, t);

	if (code == DONE) {
		retail_start(d);
		retail_add(d, seat, t->header, sizeof t->header);
		retail_add(d, seat, t->atc, sizeof t->atc);
		retail_add(d, seat, t->arqc, sizeof t->arqc);
		retail_add(d, seat, data, n);
		retail_end(d, seat, PAD_80, mac);
	}
	d->p->pair_forget(seat);
	return code;
}

int native_script_mac(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *data, size_t data_n, uint8_t *mac)
{
	int code;

	if (!permitted(t->header, data_n))
		return MALFORMED;
	code = card_key(d, PAIR_SMI, t->psn, pan, n);
	if (code == NO_KEY || code == MALFORMED)
		return code;
	if (code == DONE)
		code = sign(d, t, data, data_n, mac);
	d->p->pair_forget(d->pair[PAIR_CARD]);
	leave(d);
	return code;
}
