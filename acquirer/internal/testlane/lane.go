// Package testlane is what the acquirer's tests share: a secure element as the
// real program with random keys, terminals that build frames as theirs do, and
// cards that make cryptograms.
//
// Only tests import it. Everything is written from the standards a second time
// where that is short, so that an error in the acquirer does not cancel out.
package testlane

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// Identifiers of the lane's two base derivation keys and of its first terminal.
const (
	TerminalBDKID = "11112222"
	PINBDKID      = "33334444"
	Merchant      = "MERCHANT0000001"
	Euro          = "978"
)

// Lane is a running element and the keys that only the test knows besides it.
type Lane struct {
	Client *element.Client
	Socket string

	terminalBDK, pinBDK []byte
	issuerAC, issuerSMI []byte
	issuerCVC3, cvk     []byte
	kill                func()
}

// Start builds the element's program and runs it until the test ends.
func Start(tb testing.TB) *Lane {
	tb.Helper()
	dir := tb.TempDir()
	l := &Lane{Socket: filepath.Join(dir, "e.sock"), terminalBDK: random(32), pinBDK: random(32), issuerAC: random(16),
		issuerSMI: random(16), issuerCVC3: random(16), cvk: random(16)}
	kbpk := random(32)
	file := element.KeyFile{Keys: []element.KeyEntry{
		{Slot: element.SlotTerminalBDK, BDKID: TerminalBDKID, Block: wrap(tb, kbpk, "B0", 'A', 'X', l.terminalBDK)},
		{Slot: element.SlotPINBDK, BDKID: PINBDKID, Block: wrap(tb, kbpk, "B0", 'A', 'X', l.pinBDK)},
		{Slot: element.SlotZonePIN, Block: wrap(tb, kbpk, "P0", 'A', 'B', random(32))},
		{Slot: element.SlotIssuerAC, Block: wrap(tb, kbpk, "E0", 'T', 'X', l.issuerAC)},
		{Slot: element.SlotIssuerSMI, Block: wrap(tb, kbpk, "E2", 'T', 'X', l.issuerSMI)},
		{Slot: element.SlotIssuerCVC3, Block: wrap(tb, kbpk, "E4", 'T', 'X', l.issuerCVC3)},
		{Slot: element.SlotCVK, Block: wrap(tb, kbpk, "C0", 'T', 'C', l.cvk)},
		{Slot: element.SlotPVK, Decimalisation: "0123456789012345", Block: wrap(tb, kbpk, "V1", 'T', 'C', random(16))},
		{Slot: element.SlotPANReference, Block: wrap(tb, kbpk, "M6", 'A', 'C', random(32))},
	}}
	b, err := json.Marshal(file)
	must(tb, err)
	must(tb, os.WriteFile(filepath.Join(dir, "keys.json"), b, 0o600))
	must(tb, os.WriteFile(filepath.Join(dir, "kbpk"), kbpk, 0o600))
	l.run(tb, dir)
	return l
}

// built is the element's program, made once for all tests of a run. Its file has no name
// any more, so that nothing is left of it.
var built = sync.OnceValues(func() (*os.File, error) {
	dir, err := os.MkdirTemp("", "element-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // of the system's temporary files
	name := filepath.Join(dir, "element")
	build := exec.Command("go", "build", "-o", name, "github.com/strongroom-pos/strongroom/secureworld/element/stdlib") //nolint:noctx // for all tests
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the element: %w\n%s", err, out)
	}
	return os.Open(name)
})

// program is where it can be started from.
func program() (string, error) {
	f, err := built()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()), nil
}

func (l *Lane) run(tb testing.TB, dir string) {
	tb.Helper()
	path, err := program()
	must(tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	process := exec.CommandContext(ctx, path, "-socket", l.Socket, "-keys", filepath.Join(dir, "keys.json"), "-kbpk", filepath.Join(dir, "kbpk"))
	process.Stderr = os.Stderr
	must(tb, process.Start())
	l.kill = func() { cancel(); _ = process.Wait() }
	l.Client = element.NewClient(l.Socket, 8)
	tb.Cleanup(func() { l.Client.Close(); l.kill() })
	for range 200 {
		if s, err := l.Client.Status(context.Background()); err == nil && s.Ready {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	tb.Fatal("the element did not come up")
}

// IssuerMasterKey is IMK-AC, for cards that tests simulate elsewhere.
func (l *Lane) IssuerMasterKey() []byte { return append([]byte(nil), l.issuerAC...) }

// ScriptMasterKey is IMK-SMI, for the same.
func (l *Lane) ScriptMasterKey() []byte { return append([]byte(nil), l.issuerSMI...) }

// Kill ends the element.
func (l *Lane) Kill() { l.kill() }

// Terminals are the registrations of n terminals: TERM0001 and on.
func (l *Lane) Terminals(n int) []provisioning.Terminal {
	var out []provisioning.Terminal
	for i := range n {
		out = append(out, provisioning.Terminal{
			TerminalID: terminalID(i), MerchantID: Merchant, Currency: Euro,
			KeyID: hex.EncodeToString(l.keyID(TerminalBDKID, i)), PINKeyID: hex.EncodeToString(l.keyID(PINBDKID, i)),
		})
	}
	return out
}

func (l *Lane) keyID(bdk string, i int) []byte {
	id, _ := hex.DecodeString(bdk)
	return append(id, 0, 0, byte(i>>8), byte(i))
}

func terminalID(i int) string {
	return "TERM" + string([]byte{'0' + byte((i+1)/1000%10), '0' + byte((i+1)/100%10), '0' + byte((i+1)/10%10), '0' + byte((i+1)%10)})
}

func wrap(tb testing.TB, kbpk []byte, usage string, algorithm, mode byte, key []byte) string {
	tb.Helper()
	h := keyblock.Header{Version: 'D', Usage: usage, Algorithm: algorithm, Mode: mode, KeyVersion: "00", Exportability: 'N'}
	b, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
	must(tb, err)
	return string(b)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
