package ceremony

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// schemesFile holds the private halves too: a demo is scheme and issuer at once.
const schemesFile = "schemes.json"

// schemeIndex is 8F of the demo's certification authorities, none of a real one.
const schemeIndex = 0xD0

// writeSchemes draws a certification authority and an issuer for each scheme.
func (l *layout) writeSchemes() error {
	var all []virtualcard.Scheme
	for _, rid := range virtualcard.DemoRIDs() {
		s, err := virtualcard.GenerateScheme(rid, schemeIndex)
		if err != nil {
			return fmt.Errorf("drawing a scheme's keys: %w", err)
		}
		all = append(all, s)
	}
	l.putJSON(schemesFile, all)
	return l.err
}

// Schemes reads the schemes back, for the bureau and for the parameters.
func Schemes(dir string) ([]virtualcard.Scheme, error) {
	b, err := os.ReadFile(filepath.Join(dir, schemesFile))
	if err != nil {
		return nil, fmt.Errorf("reading the schemes of the demo: %w", err)
	}
	var all []virtualcard.Scheme
	if json.Unmarshal(b, &all) != nil || len(all) == 0 {
		return nil, errors.New("the schemes of the demo are damaged; remove the directory to begin anew")
	}
	return all, nil
}
