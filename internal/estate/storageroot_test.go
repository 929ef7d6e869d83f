//go:build linux

package estate_test

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
)

// A home comes up with its passphrase alone, sells, and takes another one that is told
// with it.
func TestAHomeUnderAPassphraseComesUpWithItAlone(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	o := estate.Options{Programs: programs, Home: t.TempDir(), StorageRoot: estate.RootPassphrase, Passphrase: []byte("correct horse battery"), Misbehaviour: estate.WellBehaved()}
	comesUp := func(when string, o estate.Options, want string) {
		t.Helper()
		l, err := estate.Start(t.Context(), o)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		sell(t, l)
		if v, err := l.Till.Security(t.Context()); err != nil || v.StorageRoot != want {
			t.Errorf("%s: the root is protected by %q, %v", when, v.StorageRoot, err)
		}
		if p, err := l.Policy(); err != nil || len(p.StorageRoots) != 1 || p.StorageRoots[0] != want {
			t.Errorf("%s: the acquirer asks for %q, %v", when, p.StorageRoots, err)
		}
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	}
	comesUp("the first time", o, "passphrase")
	o.StorageRoot, o.PassphraseBefore, o.Passphrase = "", o.Passphrase, []byte("another passphrase")
	comesUp("with another one", o, "passphrase")
	o.PassphraseBefore = nil
	for what, lacking := range map[string]estate.Options{
		"needs its passphrase":         {Programs: programs, Home: o.Home},
		"under a passphrase until now": {Programs: programs, Home: o.Home, StorageRoot: estate.RootFile},
		"it must be named":             {Programs: programs, Home: o.Home, StorageRoot: estate.RootTPM},
		"by file, passphrase or tpm":   {Programs: programs, Home: o.Home, StorageRoot: "nothing"},
	} {
		if _, err := estate.Start(t.Context(), lacking); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %q: %v", what, err)
		}
	}
	comesUp("again", o, "passphrase")
}
