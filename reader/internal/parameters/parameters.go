// Package parameters gives the EMV kernel its configuration: a file that the
// operator names, or demo parameters that come with the reader: an attended,
// online-only terminal that reads chips, verifies by online PIN or not at all,
// and sends every payment to the host.
//
// Only the reader imports it. It holds no secret.
//
// BUG(parameters): the file is not signed yet. Until the configuration key is
// built, whoever can write the reader's directory chooses its parameters; the
// worst of it is a card that is refused, since nothing is approved offline.
package parameters

import (
	_ "embed"
	"fmt"
	"io"
	"os"

	"github.com/strongroom-pos/strongroom/reader/emv"
)

//go:embed demo.json
var demo []byte

// maxFile is several times a configuration of a hundred applications.
const maxFile = 64 << 10

// Load reads the file at path, or the demo parameters where path is empty.
func Load(path string) (emv.Config, error) {
	if path == "" {
		return emv.ParseConfig(demo)
	}
	f, err := os.Open(path) //nolint:gosec // named by the device's own configuration
	if err != nil {
		return emv.Config{}, fmt.Errorf("reading the EMV configuration: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return emv.Config{}, fmt.Errorf("reading the EMV configuration: %w", err)
	}
	return emv.ParseConfig(b)
}
