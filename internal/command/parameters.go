//go:build linux

package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/internal/estate"
)

// printParameters is `strongroom parameters`: the signed body as it is in force from
// the lane's next start on, on many lines.
func printParameters(args []string, stdout, stderr io.Writer) error {
	var s settings
	f := flags("parameters", stderr, &s)
	if err := parse(f, args); err != nil {
		return help(err)
	}
	d, err := estate.Parameters(s.home)
	if err != nil {
		return err
	}
	body, err := d.Encode()
	if err != nil {
		return err
	}
	var readable bytes.Buffer
	if err := json.Indent(&readable, body, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, &readable)
	return err
}
