// Package remoteload is the device's end of remote key loading after ASC X9 TR 34,
// two-pass: the acquirer's key distribution host (KDH) sends a symmetric key to this
// key receiving device (KRD), sealed for it by RSA-OAEP and signed by the host, over
// a random number that the device drew for this one token.
//
//	host                                       device
//	certificate, revocation list       →       Bind: chain to the pinned authority, role, revocation
//	                                   ←       Challenge: random number, one use, short life
//	key token                          →       Open: signature, random, recipient, header, revocation
//	rebind token: another certificate  →       Rebind, signed by the host that is bound
//	unbind token                       →       Unbind, likewise
//
// A token is CMS (RFC 5652) in a strict subset: SignedData with one signer, SHA-256
// and RSA PKCS #1 v1.5; within, EnvelopedData with one recipient, RSA-OAEP with
// SHA-256, and AES-CBC. The header of the key is a signed attribute and stands sealed
// beside the key; both must agree. Two spellings of published hosts are accepted:
// bare OAEP parameters, and the encrypted content within its algorithm.
//
// The host's part is package distribution, which no device links. The device's RSA key
// lies on the Go heap, as the standard library has it; it is of use only together with
// a token that the bound host signed.
//
// The kernel imports it. It must never keep a key: Open writes it to memory of the
// caller, and clears what it worked in.
package remoteload
