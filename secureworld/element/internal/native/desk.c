/* The beginning and the end of an operation. */
#include "inner.h"

void enter(struct desk *d)
{
	sigset_t all;

	if (d->quiet)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &d->mask);
	d->quiet = 1;
}

/* burn_stack overwrites what calls have left below here: libraries put keys aside
 * on it, and so does the linker when it finds a function at its first call. */
static __attribute__((noinline)) void burn_stack(void)
{
	uint8_t below[8192];

	wipe(below, sizeof below);
}

void leave(struct desk *d)
{
	wipe(&d->s, sizeof d->s);
	burn_stack();
	clear_registers();
	if (!d->quiet)
		return;
	d->quiet = 0;
	pthread_sigmask(SIG_SETMASK, &d->mask, NULL);
}
