//go:build linux

package applications

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	loyalty "github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/call"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/card"
)

// next is a module that does the same and is another: a custom section more
// (WebAssembly core specification, 5.5.3).
func next(module []byte) []byte {
	return append(bytes.Clone(module), 0, 5, 4, 'n', 'e', 'x', 't')
}

func TestApplicationsComeChangeAndGoWhileTheLaneSells(t *testing.T) {
	s := open(t)
	if s == nil {
		return
	}
	kernel := s.lane.PID(estate.Kernel)
	module := built(t, "../../secureworld/ta/loyalty")
	if err := s.install(example(1, module)); err != nil {
		t.Fatal(err)
	}
	if a, ok := s.told("loyalty"); !ok || a.Version != 1 || !a.Interpreted || a.State != mailbox.ApplicationRuns {
		t.Errorf("%+v", a)
	}
	first, second := s.card("first"), s.card("second")
	one := s.pays(first, 1250)
	if n := s.points(one); n != 12 {
		t.Errorf("%d points", n)
	}
	two := s.pays(second, 700)
	if n := s.points(two); n != 7 {
		t.Errorf("another card has %d points", n)
	}
	three := s.pays(first, 800)
	if n := s.points(three); n != 20 || s.points(one) != 20 {
		t.Errorf("the same card again: %d points", n)
	}
	if err := s.install(example(2, next(module))); err != nil {
		t.Fatal(err)
	}
	if a, _ := s.told("loyalty"); a.Version != 2 || s.points(one) != 20 {
		t.Errorf("after an update: %+v, %d points", a, s.points(one))
	}
	if err := s.install(example(1, module)); !errors.Is(err, control.ReasonOlder) {
		t.Errorf("an older version: %v", err)
	}
	answer, code, err := s.app.Invoke("loyalty", loyalty.OpRedeem, binary.BigEndian.AppendUint64(one[:], 5))
	if err != nil || code != 0 || binary.BigEndian.Uint64(answer) != 15 {
		t.Errorf("%x, %d, %v", answer, code, err)
	}
	if pid := s.lane.PID(estate.Kernel); pid != kernel {
		t.Errorf("the kernel was started again: %d, %d", kernel, pid)
	}
	s.in("a new kernel has it compiled, and its points", func() {
		t := s.T
		s.killKernel()
		if a, ok := s.told("loyalty"); !ok || a.Version != 2 || a.Interpreted || s.points(one) != 15 {
			t.Errorf("%+v", a)
		}
		if n := s.points(s.pays(first, 100)); n != 16 {
			t.Errorf("%d points", n)
		}
	})
	s.in("a payment counts once, wherever the kernel ends behind it", func() {
		t := s.T
		for n := s.points(one) + 1; n <= 19; n++ {
			id := s.pays(first, 100)
			s.killKernel() // the application may have been told, have noted it, or neither
			if got := s.points(id); got != n {
				t.Errorf("%d points, want %d", got, n)
			}
		}
	})
	s.in("it goes with its points", func() {
		t := s.T
		if err := s.door.Remove("loyalty"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.app.Invoke("loyalty", loyalty.OpPoints, one[:]); !refusedAs(err, mailbox.CodeNotFound) {
			t.Errorf("%v", err)
		}
		if err := s.install(example(3, next(next(module)))); err != nil {
			t.Fatal(err)
		}
		if _, code, err := s.app.Invoke("loyalty", loyalty.OpPoints, one[:]); err != nil || code != int(-loyalty.CodeUnknown) {
			t.Errorf("its space was not erased: %d, %v", code, err)
		}
	})
	s.in("it goes with its points while no kernel serves", func() {
		t := s.T
		before := s.pays(first, 900)
		if n := s.points(before); n == 0 {
			t.Error("the control: it has no points")
		}
		pid := s.lane.PID(estate.Kernel)
		if err := errors.Join(s.lane.Kill(estate.Kernel), s.door.Remove("loyalty")); err != nil {
			t.Fatal(err)
		}
		s.nextKernel(pid)
		if err := s.install(example(4, module)); err != nil {
			t.Fatal(err)
		}
		if _, code, err := s.app.Invoke("loyalty", loyalty.OpPoints, before[:]); err != nil || code != int(-loyalty.CodeUnknown) {
			t.Errorf("its space was not erased: %d, %v", code, err)
		}
	})
	s.in("what may see account data is not the app world's to ask", func() {
		t := s.T
		if _, _, err := s.app.Invoke("payment", 1, nil); !refusedAs(err, mailbox.CodeNotPermitted) {
			t.Errorf("%v", err)
		}
		if _, _, err := s.app.Invoke("loyalty", 1<<31|1, make([]byte, card.Size)); !refusedAs(err, mailbox.CodeNotPermitted) {
			t.Errorf("a payment that never was: %v", err)
		}
	})
}

// killKernel lets boot start another one.
func (s *shop) killKernel() {
	s.Helper()
	before := s.lane.PID(estate.Kernel)
	if err := s.lane.Kill(estate.Kernel); err != nil {
		s.Fatal(err)
	}
	s.nextKernel(before)
}

// nextKernel waits for another one than that.
func (s *shop) nextKernel(before int) {
	s.Helper()
	for i := 0; s.lane.PID(estate.Kernel) == 0 || s.lane.PID(estate.Kernel) == before; i++ {
		if i == 400 {
			s.Fatal("no kernel was started again")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := s.lane.AwaitReady(s.Context()); err != nil {
		s.Fatal(err)
	}
	s.connect()
}

// stranger is a manufacturer whom this device does not know.
func stranger(t *testing.T) (m signing.Manufacturer) {
	t.Helper()
	key := func() ed25519.PrivateKey {
		_, k, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	m.Root, m.Image, m.Developer, m.Licence, m.Configuration, m.Countersignature = key(), key(), key(), key(), key(), key()
	return m
}

// Operations of the probe, which does whatever it is told.
const (
	echo = 1
	keep = 2
	loop = 4
	trap = 5
	exit = 6
	host = 7
	eat  = 9
)

func TestHostileApplicationsAreContainedWhilePaymentsGoThrough(t *testing.T) {
	s := open(t)
	if s == nil {
		return
	}
	module := built(t, "../../secureworld/kernel/internal/tahost/testdata/probe")
	probe := signing.Application{Name: "probe", Version: 1, Module: module, Permissions: []string{"crypto", "storage"},
		Quotas: signing.Quotas{CallsPerSecond: 100, CPUMillis: 500, DeadlineMillis: 1000}}
	s.in("a foreign developer's is refused", func() {
		t := s.T
		if err := s.installSigned(stranger(t), probe); !errors.Is(err, control.ReasonSignature) {
			t.Errorf("%v", err)
		}
		mixed := s.signer
		mixed.Developer = mixed.Licence // certified for the name, by the right root: the control
		if err := s.installSigned(mixed, probe); err != nil {
			t.Errorf("the control: %v", err)
		}
		asking := probe
		asking.Version, asking.Permissions = 2, []string{"account-data"}
		if err := s.install(asking); !errors.Is(err, control.ReasonDenied) {
			t.Errorf("account data without the customer: %v", err)
		}
		forged := stranger(t)
		forged.Root, forged.Developer = s.signer.Root, s.signer.Developer
		asking.Countersign = true
		forged.Countersignature = stranger(t).Countersignature
		if err := s.installSigned(forged, asking); err != nil {
			t.Errorf("the control, certified by the manufacturer: %v", err)
		}
		if _, _, err := s.app.Invoke("probe", echo, nil); !refusedAs(err, mailbox.CodeNotPermitted) {
			t.Errorf("one with account data is asked by the app world: %v", err)
		}
	})
	probe.Version, probe.Module = 3, next(module)
	if err := s.install(probe); err != nil {
		t.Fatal(err)
	}
	victim := probe
	victim.Name = "victim"
	if err := s.install(victim); err != nil {
		t.Fatal(err)
	}
	card := s.card("buyer")
	for name, op := range map[string]uint32{"hangs": loop, "crashes": trap, "ends itself": exit, "exhausts memory": eat} {
		s.in("one that "+name, func() {
			t := s.T
			s.runs("probe")
			ended, done := make(chan struct{}), make(chan bool)
			go func() {
				failed := false
				for {
					select {
					case <-ended:
						done <- failed
						return
					default:
					}
					_, _, err := s.app.Invoke("probe", op, []byte("x"))
					failed = failed || refusedAs(err, mailbox.CodeApplication)
					time.Sleep(20 * time.Millisecond)
				}
			}()
			s.pays(card, 300)
			close(ended)
			if !<-done {
				t.Error("the application never failed: the test is blind")
			}
			if answer, _, err := s.app.Invoke("victim", echo, []byte("on")); err != nil || string(answer) != "on" {
				t.Errorf("another application: %q, %v", answer, err)
			}
			if a, _ := s.told("probe"); a.Reason == mailbox.ApplicationFine {
				t.Errorf("%+v", a)
			}
			s.again(probe)
		})
	}
	s.in("one that reads another's storage, and asks for keys", func() {
		t := s.T
		ask := func(name string, fn uint32, data string) (string, int) {
			t.Helper()
			time.Sleep(50 * time.Millisecond)
			answer, code, err := s.app.Invoke(name, host, append(binary.BigEndian.AppendUint32(nil, fn), data...))
			if err != nil && !refusedAs(err, mailbox.CodeApplication) {
				t.Fatal(err)
			}
			if err != nil {
				return "", -1 // one of the platform's codes
			}
			return string(answer), code
		}
		if _, code := ask("victim", 129, "\x06secretcanary of the victim"); code != 0 {
			t.Fatal(code)
		}
		if got, code := ask("victim", 128, "secret"); code != 0 || len(got) == 0 {
			t.Errorf("the control: %q, %d", got, code)
		}
		for _, name := range []string{"secret", "app/victim/space/secret", "../victim/secret"} {
			if got, code := ask("probe", 128, name); code == 0 {
				t.Errorf("%q: %q", name, got)
			}
		}
		// The payment application's functions, 1 to 14, are nobody else's.
		for fn := range uint32(64) {
			if got, code := ask("probe", fn, string(make([]byte, 64))); code == 0 {
				t.Errorf("function %d answered %q", fn, got)
			}
		}
		s.pays(card, 400)
	})
}

// again puts the probe back as if it had never failed: an update does.
func (s *shop) again(a signing.Application) {
	s.Helper()
	s.version++
	a.Version = 100 + s.version
	if err := s.install(a); err != nil {
		s.Fatal(err)
	}
}

// runs waits until an application may be asked.
func (s *shop) runs(name string) {
	s.Helper()
	for range 200 {
		if a, ok := s.told(name); ok && a.State == mailbox.ApplicationRuns {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.Fatalf("%s does not run", name)
}
