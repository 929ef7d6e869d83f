// Package keystore holds the kernel's keys: it takes them over at the first
// start, keeps them sealed on the disk and open in secret memory, and does with
// them what each is for. No function returns a key, but for the token key, which
// goes into the payment application's memory and nowhere else.
//
//	key             from                         at rest                in use
//	storage root    package deviceroot           not                    secret memory
//	journal         derived from the root        not                    secret memory
//	reader-initial  key block, supplier key      space kernel/keystore  secret memory
//	reader-order    key block, supplier key      space kernel/keystore  secret memory
//	pinpad-order    key block, supplier key      space kernel/keystore  secret memory
//	pan             key block, supplier key      space kernel/keystore  secret memory
//	keyed           key block, supplier key      space kernel/keystore  secret memory
//	token           key block, supplier key      space kernel/keystore  secret memory; application
//	host-initial    key block, supplier key      erased at take-over; its 32 registers, sealed
//	verification    host key of one message      sealed in the journal, until it is answered
//	doors.key       file                         space kernel/keystore  Go heap (TLS)
//	host.key        file                         space kernel/keystore  Go heap (TLS)
//	attest.key      file                         space kernel/keystore  Go heap (signatures)
//	licence.key     file                         space kernel/keystore  Go heap (signatures)
//	loading.key     file                         space kernel/keystore  Go heap, while a token is opened
//
// The supplier key and the files in "incoming" are deleted when everything is
// taken over. Sealed keys lie in a space of the trusted storage (package storage),
// which tells what was moved, exchanged or taken back. The registers of the host
// key change with every message and lie in two files of their own, since a change
// of a space costs five times as many syncs; an older copy of them is told by the
// host, which knows the highest KSN.
//
// The key that receives host keys from afar comes with the host that it obeys and that
// host's authority, which lie in the same space and are never changed by a
// configuration (Loading). A host key is staged, told to the journal and then put in
// the place of the one before (StageHost, ReplaceStaged, Mend).
//
// The two TLS keys, the attestation key and the licence key are the listed exception
// to secret memory; nothing of value rests on them alone, since envelopes are sealed
// once more, orders and host messages carry a CMAC, and a report signs a value of the
// very connection whose messages do.
//
// The kernel alone imports it.
package keystore
