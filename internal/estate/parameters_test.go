//go:build linux

package estate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// signed signs the parameters of a home once more.
func signed(t *testing.T, home string, change func(*parameters.Document)) uint32 {
	t.Helper()
	l := &Lane{Home: home, options: Options{Parameters: change}.withDefaults()}
	if err := l.configure(); err != nil {
		t.Fatal(err)
	}
	d, err := Parameters(home)
	if err != nil {
		t.Fatal(err)
	}
	return d.Version
}

func TestTheVersionOfTheParametersGoesUpWithEveryChange(t *testing.T) {
	home := t.TempDir()
	if _, err := ceremony.Hold(home, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir((&Lane{Home: home}).document(""), 0o700); err != nil {
		t.Fatal(err)
	}
	fewer := func(d *parameters.Document) {
		d.Reader = json.RawMessage(strings.Replace(string(d.Reader), "20000", "10000", 1))
	}
	for i, c := range []struct {
		change func(*parameters.Document)
		want   uint32
	}{{nil, 1}, {nil, 1}, {fewer, 2}, {fewer, 2}, {nil, 3}} {
		if got := signed(t, home, c.change); got != c.want {
			t.Errorf("signing %d: version %d", i, got)
		}
	}
}

func TestAHomeWithoutSchemesSaysWhatToDo(t *testing.T) {
	l := &Lane{Home: t.TempDir(), options: Options{}.withDefaults()}
	if err := l.configure(); err == nil || !strings.Contains(err.Error(), "begin anew") {
		t.Error(err)
	}
}
