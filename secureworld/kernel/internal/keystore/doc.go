// Package keystore holds the kernel's keys: it takes them over at the first
// start, keeps them sealed on the disk and open in secret memory, and does with
// them what each is for. No function returns a key, but for the token key, which
// goes into the payment application's memory and nowhere else.
//
//	key             from                         at rest                in use
//	storage root    firmware.root, local random  not                    secret memory
//	journal         derived from the root        not                    secret memory
//	reader-initial  key block, supplier key      sealed under the root  secret memory
//	reader-order    key block, supplier key      sealed under the root  secret memory
//	pinpad-order    key block, supplier key      sealed under the root  secret memory
//	pan             key block, supplier key      sealed under the root  secret memory
//	keyed           key block, supplier key      sealed under the root  secret memory
//	token           key block, supplier key      sealed under the root  secret memory; application
//	host-initial    key block, supplier key      erased at take-over; its 32 registers, sealed
//	verification    host key of one message      sealed in the journal, until it is answered
//	doors.key       file                         sealed under the root  Go heap (TLS)
//	host.key        file                         sealed under the root  Go heap (TLS)
//
// The supplier key and the files in "incoming" are deleted when everything is
// taken over. The storage root key is derived by SP 800-108 with AES-CMAC, whose
// state can lie in secret memory. It rests on files: root who reads the disk can
// open the storage, and Description says so ("file").
//
// The two TLS keys are the listed exception to secret memory; nothing of value
// rests on them alone, since envelopes are sealed once more and orders and host
// messages carry a CMAC.
//
// The kernel alone imports it.
package keystore
