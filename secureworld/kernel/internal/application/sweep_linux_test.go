package application

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// requireOrFail says that something this test needs is missing: a failure where
// everything is required, else a remark.
func requireOrFail(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("STRONGROOM_REQUIRE") == "all" {
		t.Fatalf("not tested: %s", missing)
	}
	t.Logf("not tested: %s", missing)
}

// rounds is how often the same envelopes are authorised, so that there are many
// sweeps meanwhile; that a KSN comes once is the core's to hold.
const authorisations, rounds = 50, 4

// swept is what the process that is swept gets: nothing of it holds the canary in
// clear. Inverted is for its control.
type swept struct {
	Dir, Wasm string
	Cfg       provisioning.Kernel
	Digest    [32]byte
	Verify    [authorisations]sred.Envelope
	Online    [authorisations]sred.Envelope
	Inverted  []byte
}

// A95: another process sweeps the one that authorises, again and again, for the
// account number in every form. Then that one makes an ordinary copy: the
// control.
func TestScraperFindsNoAccountNumberDuringAuthorisations(t *testing.T) {
	if os.Getuid() != 0 {
		requireOrFail(t, "sweeping needs root")
		return
	}
	e := newEstate(t)
	digits, account, chip := newCard(t)
	s := swept{Dir: e.dir, Wasm: filepath.Join(t.TempDir(), "payment.wasm"), Cfg: e.cfg, Digest: [32]byte(random(32)), Inverted: bytes.Clone(digits)}
	for i := range s.Inverted {
		s.Inverted[i] ^= 0xff
	}
	for i := range authorisations {
		s.Verify[i], s.Online[i] = e.seal(s.Digest, sred.NumberVerify, account, chip), e.seal(s.Digest, sred.NumberOnline, account, chip)
	}
	wasm, err := paymentApplication()
	e.must(err)
	e.must(os.WriteFile(s.Wasm, wasm, 0o600))
	b, err := json.Marshal(s)
	e.must(err)
	path := filepath.Join(t.TempDir(), "swept.json")
	e.must(os.WriteFile(path, b, 0o600))
	var needles scan.Needles
	e.must(needles.AddPAN("canary", digits))
	sweep(t, path, needles.Compile())
}

func sweep(t *testing.T, path string, m *scan.Matcher) {
	t.Helper()
	p := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSweptProcess$", "-test.count=1")
	p.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", "APPLICATION_SWEPT="+path)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = p.Wait() }()
	said := bufio.NewScanner(out)
	if !said.Scan() || said.Text() != "begun" {
		if said.Text() == "no secret memory" {
			requireOrFail(t, "this machine has no secret memory")
			return
		}
		t.Fatalf("the process says %q", said.Text())
	}
	var ended atomic.Bool
	go func() { ended.Store(said.Scan() && said.Text() == "ended"); _, _ = io.WriteString(in, "plant\n") }()
	sweeps := 0
	for ; !ended.Load(); sweeps++ {
		r, err := scan.ScanProcess(p.Process.Pid, m)
		if err != nil {
			t.Fatal(err)
		}
		if ended.Load() {
			break // the control may be there already
		}
		if r.Found() != 0 {
			t.Fatalf("found: %+v", r.Hits)
		}
	}
	if !said.Scan() || said.Text() != "planted" {
		t.Fatalf("the process says %q", said.Text())
	}
	r, err := scan.ScanProcess(p.Process.Pid, m)
	if err != nil || r.Found() == 0 || sweeps < 5 {
		t.Fatalf("inconclusive: the control was found %d times, after %d sweeps, %v", r.Found(), sweeps, err)
	}
	t.Logf("%d sweeps during %d authorisations", sweeps, rounds*authorisations)
}

// TestSweptProcess is the process that is swept. Run without its variable it
// authorises nothing and proves nothing.
func TestSweptProcess(t *testing.T) {
	path := os.Getenv("APPLICATION_SWEPT")
	if path == "" {
		return
	}
	if err := authoriseAll(path); err != nil {
		fmt.Println(err)
	}
	os.Exit(0)
}

func authoriseAll(path string) error {
	var s swept
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	host, err := hosted(func() ([]byte, error) { return os.ReadFile(s.Wasm) }, false)
	if err != nil {
		return err
	}
	m, _ := memory()
	if !m.Protection().HiddenFromRoot() {
		fmt.Println("no secret memory")
		return nil
	}
	keys, err := openStore(s.Dir, s.Cfg)
	if err != nil {
		return err
	}
	app := New(Config{Host: host, Keys: keys, PINPad: pinpad})
	fmt.Println("begun")
	for n := range rounds * authorisations {
		i, order := n%authorisations, sred.OrderID{byte(n), byte(n >> 8), 1}
		if e, ok := app.SealPAN(context.Background(), transaction.SealPAN{Order: order, Counter: uint64(i), Envelope: s.Verify[i]}, s.Digest).(transaction.PANSealed); !ok {
			return fmt.Errorf("%+v", e)
		}
		e := app.Authorise(context.Background(), transaction.Authorise{Order: order, Terms: terms(), Envelope: s.Online[i],
			HasPIN: true, PINKSN: pinKSN, PINBlock: pinBlock}, s.Digest)
		if _, ok := e.(transaction.Authorised); !ok {
			return fmt.Errorf("%+v", e)
		}
	}
	fmt.Println("ended")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	for i := range s.Inverted {
		s.Inverted[i] ^= 0xff
	}
	fmt.Println("planted")
	_, _ = io.Copy(io.Discard, os.Stdin)
	app.End()
	return nil
}
