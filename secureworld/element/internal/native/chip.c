/* Application cryptograms and the issuer's answers: EMV 4.4 Book 2, clause 8. */
#include "inner.h"

enum { DERIVE_NONE, DERIVE_COMMON, DERIVE_UNPREDICTABLE };
enum { METHOD_NONE, METHOD_1, METHOD_2 };

/* session_key expands what the card made its cryptogram with at PAIR_SESSION. */
static int session_key(struct desk *d, const struct transaction *t)
{
	uint8_t diversifier[DES_BLOCK] = {t->atc[0], t->atc[1]};

	if (t->derivation == DERIVE_UNPREDICTABLE)
		memcpy(diversifier + 4, t->un, 4);
	if (t->derivation == DERIVE_NONE)
		memcpy(d->s.session, d->s.master, PAIR_KEY);
	else
		common_session_key(d, diversifier);
	return d->p->pair_key(d->pair[PAIR_SESSION], d->s.session) == 0 ? DONE : INTERNAL;
}

/* verify compares with the card's cryptogram. */
static int verify(struct desk *d, const struct transaction *t, const uint8_t *data, size_t n)
{
	void *seat = d->pair[PAIR_SESSION];

	retail_start(d);
	retail_add(d, seat, data, n);
	retail_end(d, seat, t->derivation == DERIVE_NONE ? PAD_ZEROS : PAD_80, d->s.field);
	return ct_equal(d->s.field, t->arqc, sizeof t->arqc) ? DONE : BAD_CRYPTOGRAM;
}

/* answer_1: the cryptogram with the response code in its first bytes, enciphered. */
static size_t answer_1(struct desk *d, const struct transaction *t, uint8_t *out)
{
	void *seat = d->pair[t->derivation == DERIVE_COMMON ? PAIR_SESSION : PAIR_CARD];

	memcpy(d->s.field, t->arqc, DES_BLOCK);
	d->s.field[0] ^= t->arc[0];
	d->s.field[1] ^= t->arc[1];
	d->p->pair_encrypt(seat, out, d->s.field);
	memcpy(out + DES_BLOCK, t->arc, sizeof t->arc);
	return DES_BLOCK + sizeof t->arc;
}

/* answer_2: half a MAC over cryptogram and card status update. */
static size_t answer_2(struct desk *d, const struct transaction *t, uint8_t *out)
{
	void *seat = d->pair[PAIR_SESSION];

	retail_start(d);
	retail_add(d, seat, t->arqc, sizeof t->arqc);
	retail_add(d, seat, t->csu, sizeof t->csu);
	retail_end(d, seat, PAD_80, d->s.field);
	memcpy(out, d->s.field, 4);
	memcpy(out + 4, t->csu, sizeof t->csu);
	return 4 + sizeof t->csu;
}

static int verify_and_answer(struct desk *d, const struct transaction *t, const uint8_t *data, size_t n,
	uint8_t *out, size_t *out_n)
{
	int code = session_key(d, t);

	if (code == DONE)
		code = verify(d, t, data, n);
	*out_n = 0;
	if (code == DONE && t->method == METHOD_1)
		*out_n = answer_1(d, t, out);
	if (code == DONE && t->method == METHOD_2)
		*out_n = answer_2(d, t, out);
	d->p->pair_forget(d->pair[PAIR_SESSION]);
	return code;
}

int native_verify_arqc(struct desk *d, const struct transaction *t, const uint8_t *pan, size_t n,
	const uint8_t *data, size_t data_n, uint8_t *out, size_t *out_n)
{
	int code;

	if (t->method == METHOD_2 && t->derivation != DERIVE_COMMON)
		return MALFORMED;
	code = card_key(d, PAIR_AC, t->psn, pan, n);
	if (code == NO_KEY || code == MALFORMED)
		return code;
	if (code == DONE)
		code = verify_and_answer(d, t, data, data_n, out, out_n);
	d->p->pair_forget(d->pair[PAIR_CARD]);
	leave(d);
	return code;
}
