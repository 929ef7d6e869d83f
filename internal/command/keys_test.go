//go:build linux

package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
)

func TestKeysAreToldWithAgeAndWhatIsLeft(t *testing.T) {
	now := time.Date(2030, 1, 10, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	err := tellKeys([]till.Key{
		{Name: "pan", State: "active", CheckValue: "ab01020304", Since: "2030-01-01T12:00:00Z"},
		{Name: "host-registers", State: "active", Counted: true, Left: 9, Low: true, Since: "2030-01-10T11:00:00Z"},
		{Name: "host-initial", State: "destroyed", Reason: "loaded"},
	}, now, &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ab01020304  9 d", "1h0m0s  9, replace it", "destroyed (loaded)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestTheStagesOfEveryKeyAreTold(t *testing.T) {
	var out bytes.Buffer
	tellStages(&out)
	if got, want := strings.Count(out.String(), "\n"), 8*len(keyregistry.All()); got != want {
		t.Errorf("%d lines, not %d", got, want)
	}
}
