package signing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

func TestASignedStorageResetIsWhatBootAccepts(t *testing.T) {
	m, now := manufacturer(t), time.Now()
	want := storagereset.Paper{Device: strings.Repeat("0a", 32), Anchor: 41}
	raw, err := m.StorageReset(want, Validity{From: now.Add(-time.Hour), Until: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	root, err := m.RootKey()
	if err != nil {
		t.Fatal(err)
	}
	var got storagereset.Paper
	if _, err := certificate.Open(storagereset.Purpose, raw, root, certificate.RoleConfiguration, now, &got); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := certificate.Open("parameters", raw, root, certificate.RoleConfiguration, now, &got); err == nil {
		t.Error("it passes for another document")
	}
	for _, bad := range []storagereset.Paper{{}, {Device: want.Device}, {Device: "0a", Anchor: 1}, {Device: strings.ToUpper(want.Device), Anchor: 1}} {
		if _, err := m.StorageReset(bad, Validity{From: now, Until: now.Add(time.Hour)}); !errors.Is(err, storagereset.ErrPaper) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
