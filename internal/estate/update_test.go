//go:build linux

package estate_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/command"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// workshop is a running lane with the operator's door open.
type workshop struct {
	*testing.T
	lane *estate.Lane
	door *control.Client
}

func newWorkshop(t *testing.T) *workshop {
	l := start(t, t.TempDir())
	if l == nil {
		return nil
	}
	door, err := control.Dial(l.Control)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	return &workshop{t, l, door}
}

// release signs a release of the same programs, or of others.
func (w *workshop) release(i estate.Issue) map[string][]byte {
	w.Helper()
	i.Programs = estatetest.Programs(w.T)
	files, _, err := estate.Sign(w.lane.Home, i)
	if err != nil {
		w.Fatal(err)
	}
	return files
}

func (w *workshop) stage(files map[string][]byte) (uint64, error) {
	return w.door.Submit(control.KindImage, command.Contents(files))
}

func (w *workshop) refused(files map[string][]byte, want control.Reason) {
	w.Helper()
	before := w.standing()
	if _, err := w.stage(files); !errors.Is(err, want) {
		w.Errorf("got %v, want %v", err, want)
	}
	after := w.standing()
	if after.Reason != want || after.Running != before.Running || after.Pending != control.NoPlace {
		w.Errorf("refused, but it stands so: %+v", after)
	}
}

func (w *workshop) standing() control.Standing {
	w.Helper()
	s, err := w.door.Standing()
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// activate lets a place run until that is decided.
func (w *workshop) activate(p control.Place) control.Standing {
	w.Helper()
	if _, err := w.door.Activate(p); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.Context(), 2*time.Minute)
	defer cancel()
	s, err := command.Settled(ctx, w.door)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.lane.AwaitReady(ctx); err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *workshop) staged(i estate.Issue) control.Place {
	w.Helper()
	spare := map[bool]control.Place{true: control.SlotB, false: control.SlotA}[w.standing().Running == control.SlotA]
	if _, err := w.stage(w.release(i)); err != nil {
		w.Fatal(err)
	}
	return spare
}

func TestUpdateWhileTheLaneIsUp(t *testing.T) {
	w := newWorkshop(t)
	if w == nil {
		return
	}
	first := sell(t, w.lane)
	base := w.standing().Images[0].Version

	// Bytes behind the end of an executable make it another, which runs the same.
	place := w.staged(estate.Issue{Minimum: base + 1, Change: func(r *signing.Release) { r.Kernel = append(r.Kernel, "next"...) }})
	s := w.activate(place)
	next := s.Images[1]
	if s.Running != control.SlotA || s.Active != control.SlotA || next.State != control.Good || next.Version != base+1 || next.Kernel == s.Images[0].Kernel {
		t.Fatalf("%+v", s)
	}
	eventually(t, "the counter is raised", func() bool { return w.standing().Counter == base+1 })
	sell(t, w.lane)
	if p, err := w.lane.Till.Payment(t.Context(), first.ID); err != nil || p.Outcome != "approved" {
		t.Errorf("a payment of before the update: %+v, %v", p, err)
	}

	t.Run("an older version is refused and told", func(t *testing.T) {
		w.T = t
		w.refused(w.release(estate.Issue{Version: base}), control.ReasonOlder)
		if _, err := w.door.Activate(control.Factory); !errors.Is(err, control.ReasonOlder) {
			t.Errorf("the factory image: %v", err)
		}
	})
	t.Run("a changed byte is refused and told", func(t *testing.T) {
		w.T = t
		for name, want := range map[string]control.Reason{
			"kernel": control.ReasonKernel, "payment.wasm": control.ReasonApplication, "kernel.manifest": control.ReasonSignature, "licence": control.ReasonSignature,
		} {
			files := w.release(estate.Issue{})
			files[name] = bytes.Clone(files[name])
			files[name][len(files[name])/2] ^= 1
			if _, err := w.stage(files); err == nil || name == "kernel" && !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("an image for another device is refused and told", func(t *testing.T) {
		w.T = t
		w.refused(w.release(estate.Issue{Devices: []string{"ELSEWHERE*"}}), control.ReasonDevice)
	})
	t.Run("one for another customer too", func(t *testing.T) {
		w.T = t
		w.refused(w.release(estate.Issue{Change: func(r *signing.Release) { r.Customer = "somebody-else" }}), control.ReasonCustomer)
	})
	t.Run("a broken kernel falls back and that is told", func(t *testing.T) {
		w.T = t
		broken, err := os.ReadFile("/bin/false")
		if err != nil {
			t.Fatal(err)
		}
		place := w.staged(estate.Issue{Minimum: base + 1, Change: func(r *signing.Release) { r.Kernel = broken }})
		s := w.activate(place)
		if s.Running != control.SlotA || s.Active != control.SlotA || s.Images[2].State != control.Bad || s.Reason != control.ReasonEnded || s.Counter != base+1 {
			t.Errorf("%+v", s)
		}
		h, err := w.door.History()
		if err != nil || len(h) == 0 || h[len(h)-1].Event != control.EventFellBack || h[len(h)-1].Reason != control.ReasonEnded {
			t.Errorf("%+v, %v", h, err)
		}
		sell(t, w.lane)
	})
	t.Run("going back above the counter works", func(t *testing.T) {
		w.T = t
		s := w.activate(w.staged(estate.Issue{Minimum: base + 1}))
		if s.Running != control.SlotB || s.Images[2].State != control.Good {
			t.Fatalf("%+v", s)
		}
		if s = w.activate(control.SlotA); s.Running != control.SlotA || s.Active != control.SlotA {
			t.Errorf("%+v", s)
		}
		sell(t, w.lane)
	})
	t.Run("a restart of boot keeps what is active", func(t *testing.T) {
		w.T = t
		if err := w.lane.Restart(t.Context(), estate.Boot); err != nil {
			t.Fatal(err)
		}
		door, err := control.Dial(w.lane.Control)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { door.Close() })
		if s, err := door.Standing(); err != nil || s.Running != control.SlotA {
			t.Errorf("%+v, %v", s, err)
		}
		if err := w.lane.AwaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
		sell(t, w.lane)
	})
}

func TestOperatorUpdatesFromARepository(t *testing.T) {
	home := t.TempDir()
	l := start(t, home)
	if l == nil {
		return
	}
	does := func(want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		err := command.Run(t.Context(), append(args, "-var", home), &out, &out)
		if err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %v\n%s", args, err, out.String())
		}
	}
	does("version 2 is in", "update", "publish", "-bin", estatetest.Programs(t), "-minimum", "2")
	does("all that there is until", "update", "list")
	does("version 2 is staged", "update", "stage")
	does("proved healthy and stays", "update", "activate")
	does("runs, active", "update", "status")
	does("proved healthy", "update", "history")
	does("is in force", "update", "licence")
	does("payment", "app", "list")
	if err := l.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	sell(t, l)
	err := command.Run(t.Context(), []string{"update", "activate", "-place", "factory", "-var", home}, io.Discard, io.Discard)
	if !errors.Is(err, control.ReasonOlder) {
		t.Errorf("back below the counter: %v", err)
	}
	err = command.Run(t.Context(), []string{"app", "remove", "payment", "-var", home}, io.Discard, io.Discard)
	if !errors.Is(err, control.ReasonFixed) {
		t.Errorf("an application of the image: %v", err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		if holds() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it never came that %s", what)
}

func TestAppWorldIsUpdatedWithoutTheKernel(t *testing.T) {
	w := newWorkshop(t)
	if w == nil {
		return
	}
	kernel := w.lane.PID(estate.Kernel)
	program, err := os.ReadFile(filepath.Join(estatetest.Programs(t), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	// Bytes behind the end of an executable change what is measured, not what runs.
	next := append(bytes.Clone(program), "next version"...)
	if err := w.lane.Replace(estate.Terminal, next); err != nil {
		t.Fatal(err)
	}
	if r, err := w.lane.Till.Ready(t.Context()); err == nil && r.Status == "ready" {
		t.Fatal("an unlicensed app world is served")
	}
	files := w.release(estate.Issue{Change: func(r *signing.Release) { r.AppWorld = append(r.AppWorld, next) }})
	if _, err := w.door.Submit(control.KindLicence, command.Contents(map[string][]byte{"licence": files["licence"]})); err != nil {
		t.Fatal(err)
	}
	if err := w.lane.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	sell(t, w.lane)
	if pid := w.lane.PID(estate.Kernel); pid != kernel {
		t.Errorf("the kernel was started again: %d, %d", kernel, pid)
	}
}
