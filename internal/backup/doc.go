// Package backup takes what of a terminal's state may leave its machine, and brings
// it back.
//
//	merchant's journal    whole: payments, idempotency keys, receipts' data. No account data.
//	secure world          sealed files alone: journal, spaces, the host key's states. They
//	                      open on this very device and nowhere else, since what opens them
//	                      (firmware.root, the machine's parts, a TPM or a passphrase) stays
//
// A backup is a tar file of mode 0600:
//
//	manifest.json         Manifest: what is in it, each file's size and SHA-256
//	manifest.sha256       SHA-256 of manifest.json, in hexadecimal
//	terminal/journal.db
//	secureworld/…
//
// The checksums find damage. They are no signature: who may write the file may forge
// the merchant's journal in it. Keep it as the journal itself is kept.
//
// The secure world's files are given back only where they are the newest that this
// device has seen, by its anti-rollback anchor, its journal's last entry and the host
// key's state: older ones would use keys' counters twice. Otherwise ErrOlder and its
// like say what is the matter; the device then begins anew by the customer's paper. The
// kernel judges again at its start, with keys that this package has not.
//
// The operator's command imports it. It never holds a key or account data.
package backup
