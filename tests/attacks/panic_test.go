//go:build linux

package attacks

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// roleCareless is a program that panics with what it holds.
const roleCareless = "careless"

func canaries(t *testing.T, card bureau.Card) *scan.Matcher {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN(card.Name, []byte(card.Profile.PAN)); err != nil {
		t.Fatal(err)
	}
	if err := n.AddPIN(card.Name, []byte(card.PIN)); err != nil {
		t.Fatal(err)
	}
	return n.Compile()
}

// A10: root asks every program that has a card in its hands for its stacks, while the
// PIN is typed, as a debugger without any right to read memory does. They die with all
// their stacks in the log, and no log holds the card.
func TestA10StacksOfProgramsThatDieHoldNoCard(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	v.must(t, v.idle(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	selling, leave := context.WithCancel(ctx)
	defer leave()
	processes := []string{estate.Kernel, estate.Reader, estate.PINPad, estate.Terminal}
	v.next += 7
	p, _ := v.Sell(selling, estate.Sale{Request: till.Request{Amount: v.next, Currency: "EUR"}, Card: v.card, Typed: func() {
		for _, name := range processes {
			if pid := v.PID(name); pid == 0 || syscall.Kill(pid, syscall.SIGQUIT) != nil {
				t.Errorf("%s was not asked", name)
			}
		}
		leave()
	}})
	for _, name := range processes[1:] {
		v.gone(t, name)
	}
	logs, m := filepath.Join(v.Home, "logs"), canaries(t, v.card)
	if found, err := scan.ScanFiles(logs, m); err != nil || found.Found() != 0 {
		t.Errorf("%d copies of the card in the logs, %v", found.Found(), err)
	}
	for _, name := range []string{estate.Boot, estate.Reader, estate.PINPad, estate.Terminal} { // boot keeps the kernel's
		b, err := os.ReadFile(filepath.Join(logs, name+".log"))
		if err != nil || !strings.Contains(string(b), "goroutine ") {
			t.Errorf("%s.log has no stacks, %v", name, err)
		}
	}
	v.must(t, v.Pull(ctx))
	for _, name := range processes[1:] {
		v.must(t, v.Restart(ctx, name))
	}
	v.must(t, v.idle(ctx))
	if _, err := v.Till.Payment(ctx, p.ID); err != nil {
		t.Error(err)
	}
	v.carelessOnesAreFound(t, m)
}

// gone waits until a process has ended.
func (v *victim) gone(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(patience); v.PID(name) != 0; time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not end", name)
		}
	}
}

// carelessOnesAreFound is the control: a program that panics with a card's number.
func (v *victim) carelessOnesAreFound(t *testing.T, m *scan.Matcher) {
	t.Helper()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "careless.log"))
	v.must(t, err)
	defer log.Close()
	c := exec.Command("/proc/self/exe")
	c.Env = []string{roleVariable + "=" + roleCareless, wantedVariable + "=" + v.card.Profile.PAN}
	c.Stderr = log
	_ = c.Run() // it panics
	if found, err := scan.ScanFiles(dir, m); err != nil || found.Found() == 0 {
		t.Errorf("leak: a program that panics with the number is not found, %v", err)
	}
}
