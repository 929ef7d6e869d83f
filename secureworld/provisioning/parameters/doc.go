// Package parameters is the document that configures how a terminal takes cards:
// applications, certification authority keys, action codes, limits and what the
// secure world permits. The customer's configuration key signs it; the
// manufacturer certifies that key (package certificate below secureworld/internal,
// purpose Purpose, role "configuration").
//
//	version              counts up; a kernel refuses to go back
//	test                 keys that are published as test keys may be in it
//	not_before           until then, and after not_after, it is refused; both may
//	not_after            be left out
//	currency             ISO 4217, alphabetic; that of the terminal
//	ca_keys              rid, index, modulus, exponent, check, expiry (YYMMDD)
//	revoked              rid, index, serial of issuer certificates
//	min_bits             shorter keys of certification authorities are refused
//	policy               interfaces, keyed, fallback_per_hour, fallback_per_card;
//	                     refund_limit, refund_per_day of refunds without a payment, and
//	                     offline_limit, offline_count, offline_sum, offline_hours of
//	                     approvals without the host: left out where there are none
//	whitelist            aids and prefixes of cards that are no payment cards; left
//	                     out where there are none. What may be a payment card is
//	                     refused
//	reader               what the reader alone understands
//
// Bytes are hexadecimal digits in upper case. The form is canonical JSON on one
// line: what does not encode back to the same bytes is refused.
//
// Boot verifies the signature, the kernel takes its part and gives the body to the
// reader in an authenticated order. Boot, the kernel, the reader and the operator's
// command import it. There is no secret in it.
package parameters

// Purpose of the signature.
const Purpose = "parameters"
