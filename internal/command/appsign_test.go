package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
)

func TestApplicationIsSignedBesideItsModule(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	if _, err := ceremony.Hold(home, time.Now()); err != nil {
		t.Fatal(err)
	}
	module := filepath.Join(dir, "loyalty.wasm")
	if err := os.WriteFile(module, []byte("module"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := app(t.Context(), []string{"sign", module, "-var", home, "-version", "3", "-permissions", "card-identifier,storage", "-countersign"}, &out, &out); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if !strings.Contains(out.String(), "loyalty version 3 is signed, asking for: card-identifier, storage") {
		t.Errorf("%s", &out)
	}
	for _, suffix := range []string{".statement", ".countersignature"} {
		if b, err := os.ReadFile(filepath.Join(dir, "loyalty"+suffix)); err != nil || !bytes.Contains(b, []byte(`"name":"loyalty"`)) {
			t.Errorf("%s: %.80s, %v", suffix, b, err)
		}
	}
	if err := app(t.Context(), []string{"sign", module, "-var", home, "-permissions", "everything"}, &out, &out); err == nil {
		t.Error("an unknown permission is signed")
	}
}
