//go:build linux

package estate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/configuration"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

const (
	parametersFile = "parameters"      // signed
	validityFile   = "parameters.json" // until when the signature holds
)

type validity struct {
	Until time.Time `json:"until"`
}

// configure signs the parameters, unless these very ones were signed before. Where
// something changed the version goes up.
func (l *Lane) configure() error {
	schemes, err := ceremony.Schemes(l.Home)
	if err != nil {
		return err
	}
	if ceremony.Elsewhere(l.Home) {
		_, err := Parameters(l.Home) // signed by who may
		return err
	}
	d := configuration.Document(schemes)
	l.options.Parameters(&d)
	before, err := Parameters(l.Home)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	d.Version = max(before.Version, 1)
	changed := before.Version == 0 || !same(before, d)
	if before.Version != 0 && changed {
		d.Version++
	}
	var v validity
	_ = readJSON(l.document(validityFile), &v) // none: signed anew
	if !changed && time.Until(v.Until) > renewDays*24*time.Hour {
		return nil
	}
	return l.signParameters(d)
}

func same(a, b parameters.Document) bool {
	one, err1 := json.Marshal(a)
	other, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

func (l *Lane) signParameters(d parameters.Document) error {
	v := validity{time.Now().AddDate(0, 0, releaseDays)}
	raw, err := ceremony.SignParameters(l.Home, d)
	if err != nil {
		return fmt.Errorf("signing the parameters: %w", err)
	}
	if err := os.WriteFile(l.document(parametersFile), raw, 0o600); err != nil {
		return err
	}
	return writeJSON(l.document(validityFile), v)
}

// Parameters reads the parameters that were signed last for a home.
func Parameters(home string) (parameters.Document, error) {
	raw, err := os.ReadFile(filepath.Join(home, releaseDir, parametersFile))
	if err != nil {
		return parameters.Document{}, fmt.Errorf("reading the parameters: %w", err)
	}
	return signing.ReadParameters(raw)
}
