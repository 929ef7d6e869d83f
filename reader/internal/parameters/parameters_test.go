package parameters

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestTheDemoParametersAreAcceptedAndNameKnownSchemesOnly(t *testing.T) {
	c, err := Load("")
	if err != nil || len(c.Applications) == 0 {
		t.Fatal(err)
	}
	for _, a := range c.Applications {
		if payment.BrandOfRID([5]byte(a.AID[:5])) == payment.BrandUnknown {
			t.Errorf("%X is of no scheme that a receipt can name", []byte(a.AID))
		}
	}
}

func TestAFileTakesTheirPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "emv.json")
	if _, err := Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"terminal_type":"21"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); !errors.Is(err, emv.ErrConfig) {
		t.Errorf("an incomplete file: %v", err)
	}
}
