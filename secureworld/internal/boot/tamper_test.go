package boot

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
)

func markable(t *testing.T) *Boot {
	t.Helper()
	return &Boot{cfg: Config{Counter: filepath.Join(t.TempDir(), "counter")}, log: slog.New(slog.DiscardHandler)}
}

func TestForbiddenCallsAgainAndAgainAreTampering(t *testing.T) {
	b := markable(t)
	for n := 1; n <= maxForbidden; n++ {
		if got := b.tampered(); got != 0 {
			t.Errorf("before call %d: %v", n, got)
		}
		b.forbidden()
	}
	if got := b.tampered(); got != handover.TamperForbidden {
		t.Errorf("after %d: %v", maxForbidden, got)
	}
}

func TestAMarkThatCannotBeReadCounts(t *testing.T) {
	for text, want := range map[string]handover.Tampering{"": handover.TamperOperator, "x": handover.TamperOperator, "9\n": handover.TamperOperator, "0\n": handover.TamperOperator, "2\nwhatever": handover.TamperForbidden} {
		b := markable(t)
		if err := os.WriteFile(b.tamperFile(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := b.tampered(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	b := markable(t)
	if err := os.Mkdir(b.tamperFile(), 0o700); err != nil {
		t.Fatal(err)
	}
	if b.tampered() == 0 {
		t.Error("a mark that is a folder does not count")
	}
}

func TestTheMarkGoesOnlyWithAPaper(t *testing.T) {
	b := markable(t)
	if err := b.tamper(handover.TamperOperator); err != nil {
		t.Fatal(err)
	}
	if err := b.tellTampered(nil, 7); err != nil || b.tampered() != 0 {
		t.Errorf("with a paper: %v, %v", err, b.tampered())
	}
	if err := b.tellTampered(nil, 0); err != nil {
		t.Errorf("nothing to tell: %v", err)
	}
}
