//go:build linux

package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/internal/tpmpipe"
	"github.com/strongroom-pos/strongroom/secureworld/tpm/swtpm"
)

// open is the TPM of a folder after a start of the machine.
func open(t *testing.T, dir string) *chip {
	t.Helper()
	c, err := openChip("unix:" + swtpm.Start(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func serverOf(t *testing.T, c *chip) *server {
	t.Helper()
	return &server{chip: c, list: list{path: filepath.Join(t.TempDir(), "starts")}}
}

// again is the program started again over the same TPM and list.
func (s *server) again() *server { return &server{chip: s.chip, list: list{path: s.list.path}} }

func (s *server) begin(t *testing.T, boot, kernel byte) {
	t.Helper()
	if m := s.answer(tpmpipe.Started{Boot: [32]byte{boot}, Kernel: [32]byte{kernel}}); m != (tpmpipe.Done{}) {
		t.Fatalf("%+v", m)
	}
}

// quoted is a quote that verifies, over nonce.
func (s *server) quoted(t *testing.T, nonce [32]byte) attestation.Quote {
	t.Helper()
	m, ok := s.answer(tpmpipe.Quote{Digest: nonce}).(tpmpipe.Quoted)
	if !ok {
		t.Fatal("no quote")
	}
	q, err := attestation.ParseQuote(m.Quote)
	if err != nil || !q.Verify([]attestation.TPMKey{s.chip.public}, nonce) {
		t.Fatalf("it does not verify: %v", err)
	}
	return q
}

func (s *server) fails(t *testing.T, m tpmpipe.Message, want tpmpipe.Fault) {
	t.Helper()
	if got := s.answer(m); got != (tpmpipe.Failed{Fault: want}) {
		t.Errorf("%+v, want %v", got, want)
	}
}

func TestATPMsQuoteVerifiesForItsNonceItsKeyAndItsRegister(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	s.fails(t, tpmpipe.Quote{}, tpmpipe.FaultStart)
	s.begin(t, 1, 2)
	nonce, keys := [32]byte{7}, []attestation.TPMKey{s.chip.public}
	q := s.quoted(t, nonce)
	if len(q.Starts) != 1 || q.Starts[0] != (attestation.Start{Boot: [32]byte{1}, Kernel: [32]byte{2}}) {
		t.Errorf("%+v", q.Starts)
	}
	other := q
	other.Starts = []attestation.Start{{Boot: [32]byte{1}, Kernel: [32]byte{3}}}
	stranger := open(t, t.TempDir())
	foreign, err := stranger.quote(nonce)
	if err != nil {
		t.Fatal(err)
	}
	if stranger.public == s.chip.public {
		t.Fatal("two TPMs have one key")
	}
	for name, refused := range map[string]bool{
		"another nonce":     !q.Verify(keys, [32]byte{8}),
		"another register":  !other.Verify(keys, nonce),
		"another TPM's key": !q.Verify([]attestation.TPMKey{stranger.public}, nonce),
		"another TPM":       !foreign.Verify(keys, nonce),
	} {
		if !refused {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestWhatRanStaysInTheRegisterUntilTheMachineStarts(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	s := serverOf(t, c)
	s.begin(t, 1, 2)
	s = s.again()
	s.fails(t, tpmpipe.Quote{}, tpmpipe.FaultStart)
	s.begin(t, 1, 2) // the same kernel again
	s.begin(t, 1, 3)
	if q := s.quoted(t, [32]byte{1}); len(q.Starts) != 2 {
		t.Errorf("%d starts", len(q.Starts))
	}
	c.close()
	after := &server{chip: open(t, dir), list: list{path: s.list.path}}
	after.begin(t, 1, 2)
	if q := after.quoted(t, [32]byte{1}); len(q.Starts) != 1 || q.Key != c.public {
		t.Errorf("after a start of the machine: %d starts", len(q.Starts))
	}
}

func TestThereIsNoQuoteOfARegisterThatTheListDoesNotTell(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	s.begin(t, 1, 2)
	s.begin(t, 1, 3)
	s.quoted(t, [32]byte{1})
	for name, content := range map[string][]byte{"no list": nil, "a cut one": make([]byte, 63), "another": make([]byte, 128), "a long one": make([]byte, maxFile+startSize)} {
		if err := os.WriteFile(s.list.path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if m := s.again().answer(tpmpipe.Started{Kernel: [32]byte{3}}); m != (tpmpipe.Failed{Fault: tpmpipe.FaultForeign}) {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if err := s.chip.extend([32]byte{9}); err != nil { // by somebody else, under our eyes
		t.Fatal(err)
	}
	s.fails(t, tpmpipe.Quote{}, tpmpipe.FaultForeign)
}

func TestAStartThatWasWrittenDownAndNotExtendedIsMadeUpFor(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	s.begin(t, 1, 2)
	s.list.starts = append(s.list.starts, attestation.Start{Kernel: [32]byte{3}})
	if err := s.list.write(); err != nil {
		t.Fatal(err)
	}
	s = s.again()
	s.begin(t, 1, 4)
	if q := s.quoted(t, [32]byte{}); len(q.Starts) != 2 || q.Starts[1].Kernel != [32]byte{4} {
		t.Errorf("%+v", q.Starts)
	}
}

func TestAQuoteTellsOfEightStartsAtMost(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	for i := range attestation.MaxStarts {
		s.begin(t, 1, byte(i))
	}
	s.quoted(t, [32]byte{})
	s.fails(t, tpmpipe.Started{Kernel: [32]byte{99}}, tpmpipe.FaultFull)
	s.fails(t, tpmpipe.Quote{}, tpmpipe.FaultStart) // that kernel has no quotes
	s.begin(t, 1, attestation.MaxStarts-1)
	s.quoted(t, [32]byte{})
}

func TestATPMThatWentAwayIsToldAsSuch(t *testing.T) {
	s := serverOf(t, open(t, t.TempDir()))
	s.begin(t, 1, 2)
	_ = s.chip.wire.Close()
	s.fails(t, tpmpipe.Quote{}, tpmpipe.FaultTPM)
}

func TestTheProgramTellsItsKeyAndServesItsInput(t *testing.T) {
	dir := t.TempDir()
	var key, out bytes.Buffer
	if err := run([]string{"-tpm", "unix:" + swtpm.Start(t, dir), "-key"}, nil, &key, io.Discard); err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.TrimSpace(key.String()))
	if err != nil || len(b) != 64 {
		t.Fatalf("%q", key.String())
	}
	var in bytes.Buffer
	for _, m := range []tpmpipe.Message{tpmpipe.Started{}, tpmpipe.Quote{Digest: [32]byte{5}}, tpmpipe.Done{}} {
		if err := tpmpipe.Write(&in, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := run([]string{"-tpm", "unix:" + swtpm.Start(t, dir), "-starts", filepath.Join(dir, "starts")}, &in, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if m, err := tpmpipe.Read(&out); err != nil || m != (tpmpipe.Done{}) {
		t.Fatalf("%v, %v", m, err)
	}
	m, err := tpmpipe.Read(&out)
	if err != nil {
		t.Fatal(err)
	}
	quoted, ok := m.(tpmpipe.Quoted)
	if !ok {
		t.Fatalf("%+v", m)
	}
	if q, err := attestation.ParseQuote(quoted.Quote); err != nil || !q.Verify([]attestation.TPMKey{attestation.TPMKey(b)}, [32]byte{5}) {
		t.Errorf("not by the key that it told: %v", err)
	}
	if m, err := tpmpipe.Read(&out); err != nil || m != (tpmpipe.Failed{Fault: tpmpipe.FaultTPM}) {
		t.Errorf("boot's own answer as a question: %v, %v", m, err)
	}
}

func TestArgumentsThatAreNoneAreRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"-tpm", "unix:/nowhere"}, {"-key", "-starts", "x"}, {"-tpm", "tcp:1", "-key"}, {"-tpm", "device:/nowhere", "-key"}, {"-tpm", "unix:/nowhere", "-key"}} {
		if err := run(args, bytes.NewReader(nil), io.Discard, io.Discard); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
