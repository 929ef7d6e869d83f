//go:build linux

// Command tpm holds the TPM 2.0 of this machine for boot, which links no TPM
// library: it puts what boot starts into a register of the TPM and has that register
// quoted (package attestation draws the quote), and it seals a secret that the kernel's
// storage root key is made of. The questions come on standard input, the answers go to
// standard output (package tpmpipe). It ends with its input.
//
//	tpm -tpm device:/dev/tpmrm0 -starts FILE
//	tpm -tpm unix:/path/of/swtpm -key
//
// -key tells the public half of the attestation key, x and y in hexadecimal, for the
// acquirer's policy, and ends. FILE lists the starts since the machine started. It is
// not trusted: with another list than the register saw, there are no quotes.
//
// The register, attestation.PCR, is one that only a start of the machine sets to zero:
// what once ran cannot be taken back. A resettable one (16, 23) could be. A kernel that
// is started again from the same bytes is not measured again.
//
// The attestation key is a primary key of the endorsement hierarchy: a restricted
// ECDSA key on P-256, which signs nothing that the TPM did not make itself. It rests
// nowhere, since a TPM derives the same one each time, and outlives a TPM2_Clear.
//
// A secret is sealed under the storage primary key of the owner hierarchy, which a
// TPM2_Clear ends. It crosses the bus encrypted, under a session salted to that key; when
// it is unsealed, the key is the one whose name was kept, so nobody between can stand in
// for the TPM. No register guards it. Register 13 is extended by boot itself, from a value
// that everybody knows: root can bring it where boot would, and each update of the kernel
// would need the secret sealed anew before. What boots before boot is not ours to know.
//
// BUG(storage): who is root on the machine, with its TPM, has the secret unsealed. Sealing
// helps against a copy of the disk, and a disk that is taken out.
// BUG(storage): when the secret is sealed first, who sits on the bus can stand in for the
// TPM. The library keeps what it unsealed on Go's heap until that is used again.
// BUG(attestation): nothing but the right to open the TPM keeps others from the
// register: root can extend it with the measurement of a kernel that never ran. Only a
// measured start of the machine itself would tell, and its registers are not quoted.
// BUG(attestation): commands for quotes carry no session: who sits on its bus can stop
// a measurement on its way (the quote then fails) or send one.
package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "tpm:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out, stderr io.Writer) error {
	flags := flag.NewFlagSet("tpm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("tpm", "", "`device:PATH` or unix:PATH of the TPM")
	starts := flags.String("starts", "", "`file` that lists the starts")
	key := flags.Bool("key", false, "tell the public half of the attestation key, and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 0 || (*starts == "") != *key {
		return errors.New("either -starts or -key is needed, and nothing else")
	}
	c, err := openChip(*address)
	if err != nil {
		return err
	}
	defer c.close()
	if *key {
		_, err = fmt.Fprintln(out, hex.EncodeToString(c.public[:]))
		return err
	}
	return (&server{chip: c, list: list{path: *starts}}).serve(in, out)
}
