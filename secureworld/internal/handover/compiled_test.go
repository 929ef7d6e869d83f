package handover

import (
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// code is machine code as a kernel gives it.
type code string

func (c code) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(c))
	return int64(n), err
}

// provisioned is a kernel that has everything but the configuration, and gets that.
func provisioned(t *testing.T, before func(*Boot)) (*Boot, *Link, *Provisions) {
	t.Helper()
	b, l := ends(t)
	send(t, b, Confine{}, nil)
	before(b)
	send(t, b, Config{}, memoryFile(t, "config", Seals))
	p, err := l.Provisions()
	if err != nil {
		t.Fatal(err)
	}
	return b, l, p
}

func use(p *Provisions) (got string, err error) {
	b, unmap, err := p.MapCompiled()
	defer unmap()
	return string(b), err
}

func TestMachineCodeGoesFromOneKernelToTheNext(t *testing.T) {
	b, l, first := provisioned(t, func(*Boot) {})
	if got, err := use(first); got != "" || err != nil {
		t.Fatalf("the first kernel gets %q, %v", got, err)
	}
	if err := l.Keep(code("machine code")); err != nil {
		t.Fatal(err)
	}
	m, file, err := b.ReceiveWith()
	if err != nil || m != (Keep{sha256.Sum256([]byte("machine code"))}) {
		t.Fatalf("%v, %v", m, err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("M"), 0); err == nil {
		t.Error("boot can change it")
	}
	_, _, second := provisioned(t, func(next *Boot) { send(t, next, Compiled(m.(Keep)), file) })
	if got, err := use(second); got != "machine code" || err != nil {
		t.Errorf("the second kernel gets %q, %v", got, err)
	}
}

func TestMachineCodeThatDiffersIsNone(t *testing.T) {
	announced := Compiled{sha256.Sum256([]byte("machine code"))}
	for name, c := range map[string]struct {
		content string
		seals   int
	}{
		"one byte changed": {"machine Code", Seals},
		"cut":              {"machine cod", Seals},
		"empty":            {"", Seals},
		"not sealed":       {"machine code", unix.F_SEAL_SHRINK},
	} {
		_, _, p := provisioned(t, func(b *Boot) { send(t, b, announced, memoryFile(t, c.content, c.seals)) })
		if got, err := use(p); got != "" || err == nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestMachineCodeIsGivenOnceAndBeforeAnythingElse(t *testing.T) {
	b, l, _ := provisioned(t, func(*Boot) {})
	if err := l.Keep(code("first")); err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(code("second")); !errors.Is(err, errPermit) {
		t.Errorf("the second: %v", err)
	}
	if _, err := b.Receive(); err != nil { // closes what came
		t.Fatal(err)
	}
	for name, before := range map[string]Type{"after a change of the storage": TypeAnchor, "by a kernel that serves": TypeReady} {
		s := session{state: Starting}
		if s.step(before) != nil || s.step(TypeKeep) == nil {
			t.Error(name)
		}
	}
	s := session{state: Provisioning}
	if s.step(TypeCompiled) != nil || s.step(TypeCompiled) == nil || s.step(TypeKeep) == nil {
		t.Error("it is handed over twice, or given before all is provided")
	}
}

func TestBootTakesNoMachineCodeThatCouldChange(t *testing.T) {
	b, l, _ := provisioned(t, func(*Boot) {})
	if err := l.wire.send(Keep{}, memoryFile(t, "code", unix.F_SEAL_SHRINK)); err != nil {
		t.Fatal(err)
	}
	if m, file, err := b.ReceiveWith(); err == nil || file != nil {
		t.Errorf("%v", m)
	}
	b, l, _ = provisioned(t, func(*Boot) {})
	if err := l.Keep(code(strings.Repeat("x", MaxCompiled+1))); err == nil {
		t.Error("too much of it is given")
	}
	_ = b
}
