package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer"
)

// showEvidence tells what a file of evidence proves to who trusts the authorities.
func showEvidence(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("mcu evidence", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("mcu", ".", "`folder` with manufacturer-ca.pem and operator-ca.pem")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("evidence: one file is needed")
	}
	by, err := authorities(*folder)
	if err != nil {
		return err
	}
	e, err := overseer.ReadEvidence(flags.Arg(0))
	if err != nil {
		return err
	}
	v, err := overseer.VerifyEvidence(e, by)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "group %s, epoch %d\nsigned the same:  %s\nsigned otherwise: %s\n",
		v.Group, v.Epoch, names(v, v.Agree), names(v, v.Differ))
	return err
}

// readmit takes an element's quarantine away; the MCU that runs begins its probation.
func readmit(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("mcu readmit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("evidence", "", "the MCU's `folder` of evidence")
	if err := flags.Parse(args); err != nil {
		return err
	}
	id := flags.Arg(0)
	if raw, err := hex.DecodeString(id); flags.NArg() != 1 || *folder == "" || (err != nil || len(raw) != 8) && !place(id) {
		return errors.New("readmit: -evidence and the id of one element are needed")
	}
	if os.Remove(overseer.QuarantineFile(*folder, id)) != nil {
		return errors.New("readmit: no such element is in quarantine")
	}
	return nil
}

// arbitrate ends the stop of a group of which two elements signed different answers.
func arbitrate(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("mcu arbitrate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	folder := flags.String("evidence", "", "the MCU's `folder` of evidence")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 || *folder == "" {
		return errors.New("arbitrate: -evidence and the id of the liar are needed, or none")
	}
	liar := flags.Arg(0)
	if liar == "none" {
		liar = ""
	}
	return overseer.Arbitrate(*folder, liar)
}

// names are elements with their makes.
func names(v *overseer.Verdict, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, id+" ("+v.Makes[id]+")")
	}
	return strings.Join(out, ", ")
}

// place is the name of a link whose element nobody vouched for.
func place(id string) bool { return len(id) == len("place-0") && strings.HasPrefix(id, "place-") }
