// Package tpmpipe is how boot asks the program that holds the TPM, over that program's
// standard input and output. One question, one answer, then the next; numbers big
// endian:
//
//	length(2) kind(1) fields; length counts kind and fields
//
//	boot → program
//	0x01  started  boot(32) kernel(32)   the kernel that is about to be started
//	0x02  quote?   digest(32)
//	0x03  seal?                          a secret that the program draws
//	0x04  unseal?  sealed(1 to 512)
//	program → boot
//	0x81  done                           started is in the register
//	0x82  quoted   quote(1 to 1536)      as package attestation draws it
//	0x83  failed   fault(1)
//	0x84  sealed   sealed(1 to 512)      as the program draws it; boot keeps it
//	0x85  unsealed secret(32)
//
// Before the first started there are no quotes. Any breach ends the program, and with
// it the quotes.
//
// The secret is one of three things that the kernel makes its storage root key of, and
// opens nothing alone. It lies in one buffer at each end, which that end clears; what
// passed through the pipe stays in the memory of Linux until that is used again.
//
// Boot and the program tpm import this package. Only unsealed has room for a key.
package tpmpipe
