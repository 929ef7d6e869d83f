// Package device is what a card reader and a PIN pad have in common as the
// devices' ends of their doors: taking over the keys that they are provisioned
// with, keeping them, dialling the secure world and telling its orders from
// anyone else's.
//
// It lies below secureworld/provisioning because a device is the other end of
// that contract: who draws the files and the doors also says what a device must
// do with them, and imports go on pointing toward trust. Both devices may import
// it, and the tests; the secure world itself has no use for it.
//
// First start: the key blocks of device.json are opened under the supplier key,
// each checked for its usage, algorithm and device; the state file is written;
// then the supplier key is overwritten and deleted, and with it the ability to
// open those blocks again. A crash in between repeats the last step.
//
// The state file holds the device's keys IN CLEAR. A reader or PIN pad is
// tamper-resistant hardware that keeps its keys inside; this program stands for
// one, and its file (mode 0600, in a directory of mode 0700) stands for the
// inside. Whoever can read that file is the device. Nothing is claimed beyond
// that, and no secure world should trust such a device with real cards.
//
// State file (package frame's layout, then a checksum):
//
//	"SRDV" ‖ version (1) ‖ fields of State ‖ SHA-256 of all before (32)
//
// The checksum finds broken disks, not attackers. The file is replaced as a
// whole: new file, fsync, rename, fsync of the directory. After a failure to
// store nothing is given out any more, since nobody knows what the disk holds.
// A lock file keeps a second process from using the same counters.
//
// It must never hold account data or a PIN, and cannot open what a device
// sealed: it knows the originating side of DUKPT only.
package device
