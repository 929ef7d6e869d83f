// Package call is the door of the payment application: what the kernel may ask
// of it, and which in-place operations the kernel does for it.
//
// Requests and answers are laid out by package frame (fixed layouts, big
// endian), one of each per call, in the exchange buffer that package tasdk
// describes. An answer of negative length is a Code.
//
//	op  request        answer        the application may call while it works
//	1   PreparePIN     PINPrepared   HostOpenVerify, HostSealPAN
//	2   Authorise      Authorised    HostOpenOnline, HostTokenKey, HostSealAccount,
//	                                 HostMACRequest, HostMACReversal, HostMACRepeat,
//	                                 HostCardNames, HostCardNamed
//	3   CheckAnswer    Answered      HostCheck
//	4   CheckReversal  Settled       HostCheck
//	5   Network        Networked     HostMACRequest
//	6   CheckNetwork   SignedOn      HostCheck
//	7   VerifyChain    ChainVerified HostOpenChain, HostCAKey
//	8   AuthoriseKey   Authorised    HostOpenKeyed, and those of 2 but HostOpenOnline
//	9   Advice         Networked     HostMACRequest
//	10  CheckAdvice    Settled       HostCheck
//	11  Follow         Authorised    HostMACRequest, HostMACReversal, HostMACRepeat
//	12  Settle         Networked     HostMACRequest
//	13  CheckSettle    Totalled      HostCheck
//	14  Items          Networked     HostMACRequest
//	15  CheckItems     Itemised      HostCheck
//	16  Complete       Authorised    HostSealAccount, HostSealRepeat, HostMACReversal, HostMACRepeat
//
// Permit table: an instance serves one payment attempt (7 any number of times and
// 1, then 2, then 3), the payment of a keyed card (8, then 3), what needs no card (11, then 3), or
// one check by an instance that never saw the payment (3, 4), one network exchange
// (5, 6), one advice (9, 10) or the settlement of a batch (12 to 15). The kernel allows a host function only while an operation
// runs that lists it; anything else is refused with CodeNotPermitted.
//
// Host functions work in place on the application's memory, so that clear
// account data are never anywhere else. The envelope's ciphertext becomes its
// plaintext; the PAN and the account data become their ciphertext:
//
//	1  HostOpenVerify   1040 bytes of envelope 1 → 1024 bytes of plaintext
//	2  HostOpenOnline   the same for envelope 2
//	3  HostSealPAN      19 bytes → 35 bytes (AES-256-GCM under the PAN key)
//	4  HostSealAccount  n bytes → n + 16 bytes (AES-256-GCM, see hostspec)
//	5  HostTokenKey     0 bytes → 32 bytes: the merchant's token key
//	6  HostMACRequest   message without MAC → message and 8 bytes of MAC
//	7  HostMACReversal  the same under the reversal's KSN
//	8  HostMACRepeat    the same under the repeat's KSN
//	9  HostCheck        message with MAC → 0 bytes, or CodeMAC
//	10 HostOpenChain    7440 bytes of a chain envelope → 7424 bytes of plaintext
//	11 HostCAKey        CAKeyQuestion → CAKeyAnswer, or CodeKey where there is none
//	12 HostOpenKeyed    43 bytes from the PIN pad → 27 bytes of plaintext
//	13 HostCardNames    0 bytes → names of applications that are told of payments, 32
//	                    bytes each, zeros behind
//	14 HostCardNamed    the card's identifier for each, 16 bytes (tasdk/card) → 0 bytes
//	15 HostSealRepeat   HostSealAccount for the repeat
//
// Where Terms.Offline says that the host is away, 2 builds nothing and keeps the card,
// and 16 alone may follow: the advice of what the card has approved by its TC.
//
// The kernel chooses keys, KSNs, nonces and additional data by itself, from what
// it ordered; the application names none of them.
//
// The kernel and the payment application import it.
package call
