package program

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Once is Main for what a make does once with its key files, such as loading them
// into a device: hardened, without a door. It exits.
func Once(args []string, own func(*flag.FlagSet), do func(file element.KeyFile, kbpk []byte) error) {
	if err := once(args, os.Stderr, own, do); err != nil {
		fmt.Fprintln(os.Stderr, "element:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func once(args []string, stderr io.Writer, own func(*flag.FlagSet), do func(element.KeyFile, []byte) error) error {
	flags := flag.NewFlagSet("element", flag.ContinueOnError)
	flags.SetOutput(stderr)
	keys := flags.String("keys", "", "key blocks, JSON `file`")
	kbpk := flags.String("kbpk", "", "key block protection key, `file` of 32 raw bytes")
	own(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *keys == "" || *kbpk == "" {
		return errors.New("-keys and -kbpk are needed")
	}
	if err := harden(); err != nil {
		return err
	}
	protection, err := readKBPK(*kbpk)
	if err != nil {
		return err
	}
	defer clear(protection)
	file, err := readKeys(*keys)
	if err != nil {
		return err
	}
	return do(file, protection)
}
