package app_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// finder counts the places where a card's number stands, in every form that
// package scan knows.
func finder(t *testing.T, c *card) func(b []byte) int {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN("card", c.digits); err != nil {
		t.Fatal(err)
	}
	m := n.Compile()
	return func(b []byte) (hits int) {
		m.Search(b, 0, func(scan.Match) { hits++ })
		return hits
	}
}

func encoded(t *testing.T, message any) []byte {
	t.Helper()
	b, err := frame.Append(nil, message)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNoAnswerHoldsTheNumberOfTheCard(t *testing.T) {
	for range 50 {
		l, c := newLane(t), visa(t)
		find := finder(t, c)
		if find(tlv.AppendList(nil, c.account)) == 0 {
			t.Fatal("control: the scanner does not find the number where it is")
		}
		prepared, code := l.prepare(c)
		if code != 0 {
			t.Fatal(code)
		}
		authorised, code := l.authorise(c, true)
		if code != 0 {
			t.Fatal(code)
		}
		answered, code := l.checked(l.approval(authorised.Request))
		if code != 0 {
			t.Fatal(code)
		}
		for _, answer := range []any{prepared, authorised, answered} {
			if find(encoded(t, answer)) != 0 {
				t.Fatalf("%T holds the number", answer)
			}
		}
	}
}

func TestNoAnswerHoldsTheNumberHoweverTheCardCame(t *testing.T) {
	for name, enter := range map[string]func(testing.TB) *card{"contactless": tapped, "swiped": swiped,
		"fallback": fallenBack, "contactless stripe": tappedStripe} {
		l, c := newLane(t), enter(t)
		find := finder(t, c)
		if find(tlv.AppendList(nil, c.account)) == 0 {
			t.Fatalf("%s: control: the scanner does not find the number where it is", name)
		}
		got, code := l.authorise(c, false)
		if code != 0 || find(encoded(t, got)) != 0 {
			t.Errorf("%s: %v, or the answer holds the number", name, code)
		}
	}
}

// TestNoAnswerHoldsWhatWasKeyedIn looks for number and verification code together
// with the date in front of it; the code's three digits alone are everywhere.
func TestNoAnswerHoldsWhatWasKeyedIn(t *testing.T) {
	for range 20 {
		l, keyed := newLane(t), keyedCard(t)
		find := finder(t, &card{digits: keyed[:16]})
		secret, during := []byte("2812917"), 0
		l.after = func(fn uint32, buf []byte, n int) (int, error) {
			if fn == call.HostOpenKeyed && find(buf[:n]) > 0 && bytes.Contains(buf[:n], secret) {
				during++
			}
			return n, nil
		}
		got, code := l.keyed(keyed)
		if code != 0 || during != 1 {
			t.Fatalf("control: %v, %d finds while the operation ran", code, during)
		}
		cvv := tlv.Append(nil, tlv.Tag(hostspec.TagCVV2), []byte("917"))
		if b := encoded(t, got); find(b) != 0 || bytes.Contains(b, secret) || bytes.Contains(b, cvv) {
			t.Fatal("the answer holds what was keyed in")
		}
		if slices.ContainsFunc(l.seen[call.HostOpenKeyed], func(b byte) bool { return b != 0 }) {
			t.Fatal("what was keyed in was not cleared")
		}
		if seen := l.seen[call.HostSealAccount]; len(seen) == 0 || find(seen) != 0 || bytes.Contains(seen, cvv) {
			t.Fatal("account data are left where they were sealed")
		}
		if !bytes.Contains(l.account(l.receive(got.Request)), cvv) {
			t.Fatal("control: the acquirer does not get the code")
		}
	}
}

func TestNoAnswerToACertificateChainHoldsTheNumber(t *testing.T) {
	scheme := newCertified(t, false).scheme
	for name, ownKey := range map[string]bool{"a key for PINs": true, "one key for all": false} {
		l, c := newLane(t), personalised(t, scheme, ownKey)
		l.trusts(c)
		find, during := finder(t, c.card), 0
		l.after = func(fn uint32, buf []byte, n int) (int, error) {
			if fn == call.HostOpenChain {
				during += find(buf[:n])
			}
			return n, nil
		}
		got, code := l.verifyChain(c)
		if code != 0 || during == 0 {
			t.Fatalf("%s: control: %v, %d finds while the operation ran", name, code, during)
		}
		if find(encoded(t, got)) != 0 {
			t.Errorf("%s: the answer holds the number", name)
		}
		if slices.ContainsFunc(l.seen[call.HostOpenChain], func(b byte) bool { return b != 0 }) {
			t.Errorf("%s: the envelope was not cleared", name)
		}
	}
}

func TestKernelThatDoesNotSealGetsNoAnswer(t *testing.T) {
	lie := func(buf []byte) (int, error) { return len(buf) + 16, nil }
	l, c := newLane(t), visa(t)
	l.fault[call.HostSealPAN] = lie
	if _, code := l.prepare(c); code != call.CodeInternal {
		t.Errorf("PAN: %v", code)
	}
	l = newLane(t)
	l.fault[call.HostSealAccount] = lie
	if _, code := l.authorise(withoutCVM(c), false); code != call.CodeInternal {
		t.Errorf("account data: %v", code)
	}
	l = newLane(t)
	l.fault[call.HostSealAccount] = lie
	if _, code := l.keyed(keyedCard(t)); code != call.CodeInternal {
		t.Errorf("keyed card: %v", code)
	}
}

// TestMemoryIsClearedWhenAnOperationEnds looks at the memory that the kernel
// worked on, during the operation (control) and after it.
func TestMemoryIsClearedWhenAnOperationEnds(t *testing.T) {
	l, c := newLane(t), visa(t)
	find, during := finder(t, c), 0
	l.after = func(fn uint32, buf []byte, n int) (int, error) {
		if fn == call.HostOpenVerify || fn == call.HostOpenOnline {
			during += find(buf[:n])
		}
		if fn == call.HostTokenKey && slices.Equal(buf[:n], l.tokenKey[:]) {
			during++
		}
		return n, nil
	}
	l.paid(c)
	if during < 3 {
		t.Fatalf("control: %d finds while the operations ran", during)
	}
	for _, fn := range []uint32{call.HostOpenVerify, call.HostOpenOnline, call.HostSealPAN, call.HostSealAccount} {
		if len(l.seen[fn]) == 0 || find(l.seen[fn]) != 0 {
			t.Errorf("function %d: the number stands where it was worked on", fn)
		}
	}
	for _, fn := range []uint32{call.HostOpenVerify, call.HostOpenOnline, call.HostTokenKey} {
		if slices.ContainsFunc(l.seen[fn], func(b byte) bool { return b != 0 }) {
			t.Errorf("function %d: plaintext or key was not cleared", fn)
		}
	}
}

// TestMemoryIsClearedWhenAnOperationFails has the kernel refuse to seal, when
// the PAN lies ready for it.
func TestMemoryIsClearedWhenAnOperationFails(t *testing.T) {
	for _, fn := range []uint32{call.HostSealPAN, call.HostSealAccount} {
		l, c := newLane(t), noCVM(t)
		find, during := finder(t, c), 0
		l.fault[fn] = func(buf []byte) (int, error) {
			during += find(buf)
			return 0, call.CodeKey
		}
		_, prepared := l.prepare(c)
		if fn == call.HostSealAccount {
			_, prepared = l.authorise(c, false)
		}
		if prepared != call.CodeKey || during == 0 {
			t.Fatalf("control: %v, %d finds while the operation ran", prepared, during)
		}
		if find(l.seen[fn]) != 0 {
			t.Errorf("function %d: the number was left behind", fn)
		}
	}
}

// TestNothingHereFormats holds the application's own files to bytes: a number
// that reaches a formatter or a log becomes a string that nobody can clear.
func TestNothingHereFormats(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, p := range formatters(t, source) {
			t.Errorf("%s imports %s", path, p)
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Fatalf("%d files, %v", files, err)
	}
	if len(formatters(t, []byte("package p\nimport (\n\"fmt\"\n\"log/slog\"\n)"))) != 2 {
		t.Error("control: imports are not seen")
	}
}

func formatters(t *testing.T, source []byte) (found []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range f.Imports {
		switch path := strings.Trim(i.Path.Value, `"`); path {
		case "fmt", "log", "log/slog", "strings", "strconv", "encoding/hex", "encoding/json", "os", "bufio", "reflect":
			found = append(found, path)
		}
	}
	return found
}
