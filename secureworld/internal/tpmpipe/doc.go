// Package tpmpipe is how boot asks the program that holds the TPM, over that program's
// standard input and output. One question, one answer, then the next; numbers big
// endian:
//
//	length(2) kind(1) fields; length counts kind and fields
//
//	boot → program
//	0x01  started  boot(32) kernel(32)   the kernel that is about to be started
//	0x02  quote?   digest(32)
//	program → boot
//	0x81  done                           started is in the register
//	0x82  quoted   quote(1 to 1536)      as package attestation draws it
//	0x83  failed   fault(1)
//
// Before the first started there are no quotes. Any breach ends the program, and with
// it the quotes.
//
// Boot and the program tpm import this package. It has no room for a key.
package tpmpipe
