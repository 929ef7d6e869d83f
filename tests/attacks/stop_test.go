//go:build linux

package attacks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// assault is what root does to a process while a PIN is awaited, and how the sale may
// end then: root takes the lane away, and never money.
type assault struct {
	name, process string
	do            func(t *testing.T, v *victim, pid int)
	outcomes      string
}

func assaults() []assault {
	return []assault{
		{"the kernel is stopped for a while", estate.Kernel, func(t *testing.T, v *victim, pid int) { v.stop(t, pid, 3*time.Second) }, "approved"},
		{"boot is stopped for a while", estate.Boot, func(t *testing.T, v *victim, pid int) { v.stop(t, pid, 3*time.Second) }, "approved"},
		{"the kernel is stopped until boot gives it up", estate.Kernel, func(t *testing.T, v *victim, pid int) { v.stopForGood(t, pid) }, "not_charged"},
		{"the kernel is killed", estate.Kernel, func(t *testing.T, v *victim, _ int) { v.must(t, v.Kill(estate.Kernel)) }, "not_charged"},
		{"boot is killed", estate.Boot, func(t *testing.T, v *victim, _ int) {
			v.must(t, v.Kill(estate.Boot), v.Restart(t.Context(), estate.Boot))
		}, "not_charged"},
	}
}

// stop makes a process stand still, sees that nobody is answered, and lets it go on.
func (v *victim) stop(t *testing.T, pid int, d time.Duration) {
	t.Helper()
	v.freeze(t, pid)
	for deadline := time.Now().Add(d); time.Now().Before(deadline); time.Sleep(look) {
		if !standing(pid) {
			t.Error("the control: a stopped process runs")
			break
		}
	}
	v.must(t, syscall.Kill(pid, syscall.SIGCONT))
}

// freeze stops a process and waits until it stands: a thread that runs when the signal
// is sent goes on until it next enters the system, and may answer until then.
func (v *victim) freeze(t *testing.T, pid int) {
	t.Helper()
	if pid <= 0 {
		t.Fatal("there is no process to stop")
	}
	v.must(t, syscall.Kill(pid, syscall.SIGSTOP))
	for deadline := time.Now().Add(patience); !standing(pid); time.Sleep(look) {
		if time.Now().After(deadline) {
			t.Fatal("a process does not stop")
		}
	}
}

// stopForGood stops a kernel until boot has put another in its place.
func (v *victim) stopForGood(t *testing.T, pid int) {
	t.Helper()
	v.freeze(t, pid)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(look) {
		if now := v.PID(estate.Kernel); now != 0 && now != pid {
			return
		}
	}
	t.Error("boot has not replaced a kernel that stands still")
}

// standing reports whether every thread of a process is stopped (state "T", proc(5)).
func standing(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		b, err := os.ReadFile(thread)
		_, after, _ := strings.Cut(string(b), ") ")
		if err != nil || !strings.HasPrefix(after, "T") {
			return false
		}
	}
	return true
}

func TestRootThatStopsOrKillsTheSecureWorldTakesTheLaneAndNoMoney(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	for _, a := range assaults() {
		t.Run(a.name, func(t *testing.T) {
			v.must(t, v.idle(t.Context()))
			ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
			defer cancel()
			done := false
			selling, leave := context.WithCancel(ctx)
			defer leave()
			p, err := v.sale(selling, func(p till.Payment) {
				if p.Status == "awaiting_pin" && !done {
					done = true
					a.do(t, v, v.PID(a.process))
					if a.outcomes != "approved" {
						leave() // nobody asks for the PIN any more
					}
				}
			})
			if p.ID == "" || !done {
				t.Fatalf("%+v, %v", p, err)
			}
			v.must(t, v.Pull(ctx), v.idle(ctx))
			p, err = v.Till.Follow(ctx, p, func(till.Payment) {})
			if err != nil || !strings.Contains(a.outcomes, p.Outcome) || p.Outcome == "" {
				t.Errorf("ended %q, %v", p.Outcome, err)
			}
			if err := v.moneyIsRight(p); err != nil {
				t.Error(err)
			}
		})
	}
	// The control: a book that is spoilt by one cent is seen.
	p, err := v.sale(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Outcome = "failed"
	if v.moneyIsRight(p) == nil {
		t.Error("the control: books that disagree were not seen")
	}
}

// A kernel that stands still answers nobody: the stop was one.
func TestAStoppedKernelAnswersNobody(t *testing.T) {
	v := attacked(t)
	if v == nil {
		return
	}
	conn := v.dial(t)
	defer conn.Close()
	pid := v.PID(estate.Kernel)
	v.freeze(t, pid)
	v.must(t, conn.SetDeadline(time.Now().Add(time.Second)))
	err := mailbox.NewClient(conn).Ping(2)
	v.must(t, syscall.Kill(pid, syscall.SIGCONT))
	if err == nil {
		t.Error("it answered")
	}
}
