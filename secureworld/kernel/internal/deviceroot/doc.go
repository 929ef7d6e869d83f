// Package deviceroot makes the storage root key, in secret memory, of three things:
// the firmware root key of this kernel, the local secret of this storage, and the
// identity of terminal and customer. None of the three opens anything alone.
//
// The local secret rests nowhere. It is split into one share for each part of this
// device that boot could read (package fingerprint), and each share is sealed
// under a key derived from the firmware root key, the guard where there is one, and
// that part's digest. As many
// shares as fingerprint.Needed says give the secret back, so that some parts may
// change; after a start that succeeded it is split anew for the parts that are
// there now.
//
//	device     the record below, replaced as a whole
//
//	 0        4           12          13      14                  30                  46
//	+--------+-----------+-----------+-------+-------------------+-------------------+
//	| "SRD1" | number (8)| needed (1)| n (1) | kernel check (16) | terminal check (16)|
//	+--------+-----------+-----------+-------+-------------------+-------------------+
//	| guarded records alone: protection (1) ‖ salt (16) ‖ guard check (16)           |
//	+--------------------------------------------------------------------------------+
//	| n × ( place (1) ‖ nonce (12) ‖ AES-256-GCM of the share (32) ‖ tag (16) )      |
//	+---------------------------------------------------------------+----------------+
//	| CMAC under a key derived from the firmware root key (16)      | checksum (8)   |
//	+---------------------------------------------------------------+----------------+
//
// Guarded records begin with "SRD2". Places ascend. The kernel check is derived from the firmware root key and the
// customer, the terminal check from the firmware root key and the terminal: each
// says by itself what is another. The checksum needs no key.
//
// A guard is one secret more, in force from the start that made the record with it:
// 32 bytes that boot has unsealed by a TPM, or a passphrase, of which Argon2id makes 32
// bytes under the record's salt. The guard check is derived from firmware root key and
// guard and tells a wrong one from a damaged record. The local secret stays the same
// under another guard, so that replacing the record as a whole is the whole change; the
// guard before is needed for it, except where there was none.
//
// The firmware root key rests on a file here (firmware.root); in a device it would
// be part of its processor. Without a guard, root who reads the disk and the parts of
// this machine can make the storage root key ("file"). With one he needs the passphrase
// ("passphrase"), each guess at which costs an Argon2id of 64 MiB, or to be root on the
// machine with that very TPM ("tpm").
//
// BUG(guard): a copy of the disk that was made before the guard opens without it.
// BUG(clone): where a machine tells no part that is one of its kind, as most
// containers do, a copy in another machine of the same make is not seen here, but
// by the acquirer at sign-on.
//
// The kernel alone imports it.
package deviceroot
