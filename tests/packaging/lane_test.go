package packaging

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// One lane from the installed packages: a sale, a backup while it runs, the loss of the
// app world's disk, and what comes back.
func TestALaneOfInstalledPackagesSellsAndIsBackedUp(t *testing.T) {
	m := newMachine(t)
	m.install(t, packages(t, packed(t, "", "0.1.0", "1"))...)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	lane, err := estate.Start(ctx, estate.Options{
		Programs: m.path("usr/lib/strongroom"), Home: t.TempDir(), DirectCards: true, Misbehaviour: estate.WellBehaved(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lane.Stop(); err != nil {
			t.Error(err)
		}
	})
	l := installed{lane, m}
	first := l.sell(t, ctx, "before")
	file := filepath.Join(t.TempDir(), "strongroom.backup")
	l.command(t, true, "backup", file)
	l.refused(t, "a terminal runs", "restore", file)
	second := l.sell(t, ctx, "after")

	t.Run("the app world's disk is lost", func(t *testing.T) { l.loses(t, ctx, file, first, second) })
	t.Run("an older secure log is refused", func(t *testing.T) {
		l.refused(t, "boot runs", "restore", "-secureworld", file)
		if err := lane.Kill(estate.Boot); err != nil {
			t.Fatal(err)
		}
		out := l.refused(t, "older than what this device has seen", "restore", "-secureworld", file)
		if !strings.Contains(out, "in the backup") {
			t.Errorf("no reason: %s", out)
		}
		if err := lane.Restart(ctx, estate.Boot); err != nil {
			t.Fatal(err)
		}
		if err := lane.AwaitReady(ctx); err != nil {
			t.Fatal(err)
		}
		l.sell(t, ctx, "goes-on")
	})
	t.Run("the newest is taken back by its device", func(t *testing.T) { l.mends(t, ctx) })
}

type installed struct {
	*estate.Lane
	machine machine
}

func (l installed) sell(t *testing.T, ctx context.Context, key string) till.Payment {
	t.Helper()
	card, err := l.Card("approve")
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Sell(ctx, estate.Sale{Request: till.Request{Amount: 1234, Currency: "EUR"}, Key: key, Card: card})
	if err != nil || p.Outcome != "approved" {
		t.Fatalf("%+v, %v", p, err)
	}
	return p
}

// loses takes the app world's disk away and brings the backup's journal back.
func (l installed) loses(t *testing.T, ctx context.Context, file string, first, second till.Payment) {
	if err := l.Kill(estate.Terminal); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(l.Run, "terminal")
	lost, err := filepath.Glob(filepath.Join(data, "journal*"))
	if err != nil || len(lost) == 0 {
		t.Fatalf("nothing to lose: %v", err)
	}
	for _, name := range lost {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	l.command(t, false, "restore", file)
	if err := l.Restart(ctx, estate.Terminal); err != nil {
		t.Fatal(err)
	}
	if err := l.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []till.Payment{first, second} { // the second one, the secure world tells
		got := l.eventually(t, ctx, want.ID)
		if got.Outcome != "approved" || got.Amount != want.Amount {
			t.Errorf("%+v", got)
		}
	}
	p, err := l.Till.Start(ctx, "before", till.Request{Amount: 1234, Currency: "EUR"})
	if err != nil || p.ID != first.ID {
		t.Errorf("the key of before: %+v, %v", p, err)
	}
}

func (l installed) eventually(t *testing.T, ctx context.Context, id string) (p till.Payment) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if p, err = l.Till.Payment(ctx, id); err == nil && p.Completed() {
			return p
		}
	}
	t.Fatalf("payment %s: %+v, %v", id, p, err)
	return p
}

// mends: files of the storage are worn out, and the newest backup mends them.
func (l installed) mends(t *testing.T, ctx context.Context) {
	if err := l.Kill(estate.Boot); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "newest.backup")
	l.command(t, true, "backup", file)
	worn, err := filepath.Glob(filepath.Join(l.Run, "secureworld/storage/spaces/*"))
	if err != nil || len(worn) == 0 {
		t.Fatalf("no spaces: %v", err)
	}
	for _, name := range worn {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	l.command(t, false, "restore", "-secureworld", file)
	if err := l.Restart(ctx, estate.Boot); err != nil {
		t.Fatal(err)
	}
	if err := l.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	l.sell(t, ctx, "mended")
}

// command runs the installed operator's command.
func (l installed) command(t *testing.T, programs bool, args ...string) string {
	t.Helper()
	return must(t, nil, l.machine.path("usr/bin/strongroom"), l.arguments(programs, args)...)
}

func (l installed) arguments(programs bool, args []string) []string {
	args = append(append([]string{args[0]}, "-var", l.Home), args[1:]...)
	if programs {
		args = append([]string{args[0], "-bin", l.machine.path("usr/lib/strongroom")}, args[1:]...)
	}
	return args
}

func (l installed) refused(t *testing.T, why string, args ...string) string {
	t.Helper()
	out, err := run(t, nil, l.machine.path("usr/bin/strongroom"), l.arguments(false, args)...)
	if err == nil || !strings.Contains(out, why) {
		t.Errorf("strongroom %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
