//go:build linux

// Command tpm holds the TPM 2.0 of this machine for boot, which links no TPM
// library: it puts what boot starts into a register of the TPM and has that register
// quoted (package attestation draws the quote; package tpmpipe, on standard input and
// output, the questions). It ends with its input.
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
// BUG(attestation): nothing but the right to open the TPM keeps others from the
// register: root can extend it with the measurement of a kernel that never ran. Only a
// measured start of the machine itself would tell, and its registers are not quoted.
// BUG(attestation): commands to the TPM carry no session: who sits on its bus can stop
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
