#include "inner.h"

enum { LINE = 64 }; /* seats do not share cache lines */

static size_t round_up(size_t n)
{
	return (n + LINE - 1) / LINE * LINE;
}

static size_t desk_bytes(const struct primitives *p)
{
	return round_up(sizeof(struct desk)) + AES_SEATS * round_up(p->aes_size) +
		PAIR_SEATS * round_up(p->pair_size) + round_up(p->gcm_size);
}

struct desk *native_desk(struct vault *v, size_t i)
{
	uint8_t *first = (uint8_t *)v + round_up(sizeof *v);

	return (struct desk *)(void *)(first + i * v->desk_bytes);
}

/* set_up gives a desk its seats, which lie behind it. */
static void set_up(struct vault *v, struct desk *d)
{
	uint8_t *at = (uint8_t *)d + round_up(sizeof *d);

	d->vault = v;
	d->p = v->p;
	for (int i = 0; i < AES_SEATS; i++, at += round_up(v->p->aes_size))
		d->aes[i] = at;
	for (int i = 0; i < PAIR_SEATS; i++, at += round_up(v->p->pair_size))
		d->pair[i] = at;
	d->gcm = at;
}

struct vault *native_open(const struct primitives *p, size_t desks, int *why)
{
	size_t bytes = round_up(sizeof(struct vault)) + desks * desk_bytes(p);
	struct vault *v;

	*why = WHY_LIBRARY;
	if (p->start() != 0)
		return NULL;
	*why = WHY_LOCK;
	v = locked_map(bytes);
	if (v == NULL)
		return NULL;
	v->p = p;
	v->bytes = bytes;
	v->desks = desks;
	v->desk_bytes = desk_bytes(p);
	for (size_t i = 0; i < desks; i++)
		set_up(v, native_desk(v, i));
	*why = LOADED;
	return v;
}

/* furnish expands the issuer's keys at one desk. */
static int furnish(struct vault *v, struct desk *d)
{
	for (int i = 0; i < AES_SEATS; i++)
		if (v->has_aes[i] && v->p->aes_key(d->aes[i], v->aes[i], AES_KEY) != 0)
			return WHY_LIBRARY;
	for (int i = 0; i < PAIR_SEATS; i++)
		if (v->has_pair[i] && v->p->pair_key(d->pair[i], v->pair[i]) != 0)
			return WHY_LIBRARY;
	return LOADED;
}

int native_furnish(struct vault *v)
{
	int why = LOADED;

	enter(native_desk(v, 0));
	for (size_t i = 0; i < v->desks && why == LOADED; i++)
		why = furnish(v, native_desk(v, i));
	wipe(v->aes, sizeof v->aes);
	wipe(v->pair, sizeof v->pair);
	leave(native_desk(v, 0));
	return why;
}

void native_close(struct vault *v)
{
	for (size_t i = 0; i < v->desks; i++) {
		struct desk *d = native_desk(v, i);

		for (int j = 0; j < AES_SEATS; j++)
			v->p->aes_close(d->aes[j]);
		for (int j = 0; j < PAIR_SEATS; j++)
			v->p->pair_close(d->pair[j]);
		v->p->gcm_close(d->gcm);
	}
	locked_unmap(v, v->bytes);
	clear_registers();
}
