// Package updates is the repository of releases that the operator updates from: a
// folder on this machine or a stick.
//
//	FOLDER/log                 one record for each release, in their order
//	FOLDER/checkpoint          the log's size and root hash and until when this is
//	                           said to be all, signed (note, golang.org/x/mod)
//	FOLDER/releases/VERSION/   kernel, kernel.manifest, licence, NAME.wasm and
//	                           NAME.statement for each application
//
// A record, after its length in decimal on a line of its own:
//
//	strongroom-release 1
//	version 7
//	file kernel 14155776 <sha256, hexadecimal>
//	…                            by name
//
// A checkpoint's text, of the form that C2SP tlog-checkpoint gives it:
//
//	strongroom/updates
//	3
//	<root hash, base64>
//	valid-until 2026-12-24T00:00:00Z
//
// The operator remembers the checkpoint that it saw last. So a repository that is
// frozen shows by its time, one that was rolled back by its size, one that forked
// by its root hash, and one whose releases were mixed by the record that names all
// files of one release together. Versions only go up in a log.
//
// Why these and not TUF: boot verifies manifests, statements and licences by
// itself and keeps the anti-rollback counter, so a device never depends on what
// this package says; what is left is to notice a withheld or rewritten history,
// and that a log does better than lists of versions, since everybody who compares
// checkpoints sees that all were given the same releases. Measured with Go 1.26.8
// over a program that verifies Ed25519 and reads JSON (3.2 MB): sumdb/note and
// tlog add 1 module, 1,862 lines and 63 kB; go-tuf v2.4.2 adds 12 modules and
// 253,000 lines (sigstore, protobuf, containerregistry, net/http) and 11.4 MB, and
// without its downloader 11 modules and 6.9 MB.
//
// Only the operator's command and tests import it; boot never does, which
// tests/scope_policy_test.go holds.
package updates
