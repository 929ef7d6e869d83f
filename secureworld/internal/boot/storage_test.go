package boot

import (
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

func TestAStorageBeginsAnewOnlyByAPaperForThisDeviceAndMoment(t *testing.T) {
	l := newLane(t)
	b, err := l.new()
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	b.log = slog.New(slog.NewTextHandler(l.log, nil))
	device := [32]byte{1, 2, 3}
	good := storagereset.Paper{Device: hex.EncodeToString(device[:]), Anchor: 41}
	paper := func(p storagereset.Paper, by party, purpose string) []byte {
		raw, err := certificate.Seal(purpose, p, by.key, by.cert)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, c := range map[string]struct {
		paper []byte
		want  uint64
	}{
		"no paper":         {nil, 0},
		"the right one":    {paper(good, l.configurator, storagereset.Purpose), 41},
		"another moment":   {paper(storagereset.Paper{Device: good.Device, Anchor: 40}, l.configurator, storagereset.Purpose), 0},
		"another device":   {paper(storagereset.Paper{Device: strings.Repeat("0a", 32), Anchor: 41}, l.configurator, storagereset.Purpose), 0},
		"another signer":   {paper(good, l.image, storagereset.Purpose), 0},
		"another document": {paper(good, l.configurator, "parameters"), 0},
		"no document":      {[]byte("reset"), 0},
	} {
		path := l.cfg.Counter + ".storage.reset"
		if c.paper == nil {
			_ = os.Remove(path)
		} else if err := os.WriteFile(path, c.paper, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := b.reset(device, 41); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if !strings.Contains(l.log.String(), errOtherReset.Error()) {
		t.Error("a refusal is not told")
	}
}

func TestTheFaultOfAStorageIsKeptForTheOperator(t *testing.T) {
	b := &Boot{cfg: Config{Counter: filepath.Join(t.TempDir(), "counter")}}
	b.tellFault(handover.Log{Event: handover.EventStarted, Value: 1})
	if _, err := os.Stat(b.faultFile()); err == nil {
		t.Error("another event is kept as a fault")
	}
	for _, e := range []handover.Event{handover.EventStorage, handover.EventStorageRecord} {
		b.tellFault(handover.Log{Event: e, Value: uint32(handover.StorageDeleted)})
		if text, err := os.ReadFile(b.faultFile()); err != nil || string(text) != "the storage was deleted\n" {
			t.Errorf("%q, %v", text, err)
		}
	}
}
