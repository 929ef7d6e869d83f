package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
)

// checkProfile is acquirer profile FILE: it reads another acquirer's dialect as a whole
// and says what it is, or what is wrong with it.
func checkProfile(_ context.Context, args []string, stderr io.Writer) error {
	if len(args) != 2 {
		return errors.New("profile: one file is needed")
	}
	f, err := os.Open(args[1])
	if err != nil {
		return errors.New("profile: no such file")
	}
	defer f.Close() //nolint:errcheck // only read
	p, err := profile.Read(f)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "%q: %d fields, %d response codes\n", p.Name, len(p.Fields), len(p.Responses))
	return err
}
