#include "inner.h"

uint32_t ct_less(uint32_t a, uint32_t b)
{
	return (a - b) >> 31;
}

uint32_t ct_same(uint32_t a, uint32_t b)
{
	return ct_less(a ^ b, 1);
}

uint32_t ct_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint32_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= (uint32_t)(a[i] ^ b[i]);
	return ct_same(differ, 0);
}

uint32_t ct_digits(const uint8_t *p, size_t n)
{
	uint32_t ok = 1;

	for (size_t i = 0; i < n; i++)
		ok &= ct_less((uint32_t)(uint8_t)(p[i] - '0'), 10);
	return ok;
}
