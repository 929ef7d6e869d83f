//go:build linux

package estate_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/command"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// hostKeys are the lines of the registers towards the acquirer, by their state.
func (w *workshop) hostKeys() map[string][]till.Key {
	w.Helper()
	list, err := w.lane.Till.Keys(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	out := map[string][]till.Key{}
	for _, k := range list {
		if k.Name == "host-registers" {
			out[k.State] = append(out[k.State], k)
		}
	}
	return out
}

// signedOn waits until the acquirer has heard the terminal under the key that it
// offered, and the terminal is ready: it keeps what it knows of itself for a moment.
func (w *workshop) signedOn() {
	w.Helper()
	for range 100 {
		proved := w.states()["offered"] == 0
		time.Sleep(300 * time.Millisecond)
		if t, err := w.lane.Till.Terminal(w.Context()); proved && err == nil && t.State == "ready" {
			return
		}
	}
	w.Fatal("the terminal is not ready")
}

// knock opens the operator's door anew: boot ends a connection that is idle for long.
func (w *workshop) knock() {
	w.Helper()
	door, err := control.Dial(w.lane.Control)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { door.Close() })
	w.door = door
}

// keys says what `strongroom keys` says.
func (w *workshop) keys(args ...string) string {
	w.Helper()
	var out bytes.Buffer
	if err := command.Run(w.Context(), append(append([]string{"keys"}, args...), "-var", w.lane.Home), &out, &out); err != nil {
		w.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// states are how the acquirer has the terminal's keys.
func (w *workshop) states() map[string]int {
	w.Helper()
	list, err := w.lane.Desk.Keys(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]int{}
	for _, k := range list {
		out[k.State]++
	}
	return out
}

func TestAHostKeyIsLoadedFromAfarAndTheOldOneIsDestroyed(t *testing.T) {
	w := newWorkshop(t)
	if w == nil {
		return
	}
	sell(t, w.lane)
	old := w.hostKeys()["active"]
	if said := w.keys("load"); !strings.Contains(said, "is loaded") {
		t.Fatal(said)
	}
	w.signedOn()
	sell(t, w.lane)
	now := w.hostKeys()
	if len(now["active"]) != 1 || len(now["destroyed"]) != 1 || now["destroyed"][0].Reason != "replaced" || now["destroyed"][0].Ended == "" ||
		now["destroyed"][0].CheckValue == "" || now["destroyed"][0].CheckValue == now["active"][0].CheckValue || now["active"][0].Left < old[0].Left {
		t.Errorf("%+v", now)
	}
	if said := w.keys(); !strings.Contains(said, "destroyed (replaced)") {
		t.Error(said)
	}
	if s := w.states(); s["active"] != 1 || s["retired"] != 1 || s["offered"] != 0 {
		t.Errorf("the acquirer has %v", s)
	}
	w.refusesDeliveries()
	if err := w.lane.Kill(estate.Kernel); err != nil {
		t.Fatal(err)
	}
	w.signedOn()
	sell(t, w.lane)
	if again := w.hostKeys(); len(again["destroyed"]) != 2 || again["active"][0].CheckValue == now["active"][0].CheckValue {
		t.Errorf("after a restart: %+v", again)
	}
}

// refusesDeliveries tries those that are not for this device now: a replayed one, and
// those of another acquirer and for another device. The key that was offered for them
// stays good for the try that succeeds.
func (w *workshop) refusesDeliveries() {
	w.Helper()
	w.knock()
	folder := estate.AcquirerFolder(w.lane.Home)
	terminal := w.lane.Record.TerminalID
	id, err := w.lane.Desk.OfferKey(w.Context(), terminal)
	if err != nil {
		w.Fatal(err)
	}
	deliver := func(from string, random [16]byte) []byte {
		b, err := estate.Deliver(from, terminal, id, random)
		if err != nil {
			w.Fatal(err)
		}
		return b
	}
	draw := func() [16]byte {
		random, err := w.door.Challenge()
		if err != nil {
			w.Fatal(err)
		}
		return random
	}
	stranger := w.TempDir()
	if _, err := ceremony.Hold(stranger, time.Now()); err != nil {
		w.Fatal(err)
	}
	w.knock() // that took its time
	first := deliver(folder, draw())
	for name, make := range map[string]func([16]byte) []byte{
		"to an earlier random number":             func([16]byte) []byte { return first },
		"of another acquirer, for another device": func(r [16]byte) []byte { return deliver(estate.AcquirerFolder(stranger), r) },
		"of nothing": func([16]byte) []byte { return nil },
	} {
		if err := w.door.LoadKey(make(draw())); !errors.Is(err, control.ReasonToken) {
			w.Errorf("a delivery %s: %v", name, err)
		}
	}
	good := deliver(folder, draw())
	if err := w.door.LoadKey(good); err != nil {
		w.Fatal(err)
	}
	if err := w.door.LoadKey(good); !errors.Is(err, control.ReasonToken) {
		w.Errorf("a delivery once more: %v", err)
	}
	w.signedOn()
}

// The kernel dies anywhere in a loading: the terminal sells afterwards, under the old key
// or the new one, and the loading that is tried again succeeds or finds the key there.
func TestALoadingThatTheKernelDoesNotSurviveLosesNoKey(t *testing.T) {
	w := newWorkshop(t)
	if w == nil {
		return
	}
	folder, terminal := estate.AcquirerFolder(w.lane.Home), w.lane.Record.TerminalID
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond} {
		id, err := w.lane.Desk.OfferKey(t.Context(), terminal)
		if err != nil {
			t.Fatal(err)
		}
		w.knock()
		random, err := w.door.Challenge()
		if err != nil {
			t.Fatal(err)
		}
		delivery, err := estate.Deliver(folder, terminal, id, random)
		if err != nil {
			t.Fatal(err)
		}
		told := make(chan error, 1)
		go func() { told <- w.door.LoadKey(delivery) }()
		time.Sleep(after)
		if err := w.lane.Kill(estate.Kernel); err != nil {
			t.Fatal(err)
		}
		said := <-told
		w.sellsAgain()
		t.Logf("killed after %v: the operator was told %v, the acquirer has %v", after, said, w.states())
		w.loadsAgain(folder, terminal)
		sell(t, w.lane)
	}
	if now := w.hostKeys(); len(now["active"]) != 1 || len(now["destroyed"])+1 != w.states()["active"]+w.states()["retired"] {
		t.Errorf("%+v, the acquirer has %v", now, w.states())
	}
}

func (w *workshop) sellsAgain() {
	w.Helper()
	time.Sleep(time.Second) // what the terminal knew before is old by then
	for range 100 {
		if t, err := w.lane.Till.Terminal(w.Context()); err == nil && t.State == "ready" {
			sell(w.T, w.lane)
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
	w.Fatal("the terminal does not come back")
}

// loadsAgain tries until the key that was offered is in use.
func (w *workshop) loadsAgain(folder, terminal string) {
	w.Helper()
	if w.states()["offered"] != 0 {
		if _, err := w.lane.LoadKey(w.Context(), folder, terminal); err != nil && !errors.Is(err, control.ReasonKnownKey) {
			w.Fatal(err)
		}
	}
	w.signedOn()
}
