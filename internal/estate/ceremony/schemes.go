package ceremony

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// schemesFile holds the private halves too: a demo is scheme and issuer at once.
const schemesFile = "schemes.json"

// schemeIndex is 8F of the demo's certification authorities, none of a real one.
const schemeIndex = 0xD0

// writeSchemes draws a certification authority and an issuer for each scheme.
func writeSchemes(dir string) error {
	rids := virtualcard.DemoRIDs()
	all, errs := make([]virtualcard.Scheme, len(rids)), make([]error, len(rids))
	var wait sync.WaitGroup
	for i, rid := range rids {
		wait.Go(func() { all[i], errs[i] = virtualcard.GenerateScheme(rid, schemeIndex) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("drawing a scheme's keys: %w", err)
	}
	return putJSON(filepath.Join(dir, schemesFile), all)
}

// Schemes reads the schemes back, for the bureau and for the parameters.
func Schemes(dir string) ([]virtualcard.Scheme, error) {
	b, err := os.ReadFile(filepath.Join(dir, schemesFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("the ceremony was held before there were schemes; remove the directory to begin anew")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the schemes of the demo: %w", err)
	}
	var all []virtualcard.Scheme
	if json.Unmarshal(b, &all) != nil || len(all) == 0 {
		return nil, errors.New("the schemes of the demo are damaged; remove the directory to begin anew")
	}
	return all, nil
}
