//go:build linux

package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token/tokentest"
)

func TestMain(m *testing.M) {
	pcscbox.RunIfChild()
	code := m.Run()
	estatetest.Remove()
	os.Exit(code)
}

// works is a place where all roles sit, each with a folder of its own.
type works struct {
	t    *testing.T
	dir  string
	hsm  token.Place
	said string // by the last command
}

func (w *works) path(name string) string { return filepath.Join(w.dir, name) }

// secret is a file descriptor from which one line can be read.
func (w *works) secret(s string) string {
	w.t.Helper()
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		w.t.Fatal(err)
	}
	_, err := syscall.Write(p[1], []byte(s+"\n"))
	if err = errors.Join(err, syscall.Close(p[1])); err != nil {
		w.t.Fatal(err)
	}
	return strconv.Itoa(p[0])
}

// try runs a command; "@name" is a path below the works.
func (w *works) try(line string, more ...string) error {
	args := strings.Fields(line)
	for i, a := range args {
		if name, ok := strings.CutPrefix(a, "@"); ok {
			args[i] = w.path(name)
		}
	}
	var out bytes.Buffer
	err := Run(w.t.Context(), append(args, more...), &out, &out)
	w.said = out.String()
	return err
}

func (w *works) run(line string, more ...string) {
	w.t.Helper()
	if err := w.try(line, more...); err != nil {
		w.t.Fatalf("%s: %v\n%s", line, err, w.said)
	}
}

// pin are the flags of a command that signs with a token.
func (w *works) pin() []string { return []string{"-pin-fd", w.secret(tokentest.PIN)} }

func (w *works) onToken(label string) []string {
	return append([]string{"-token", label, "-library", w.hsm.Library, "-signer", w.hsm.Program}, w.pin()...)
}

func newWorks(t *testing.T) *works {
	t.Helper()
	return &works{t: t, dir: t.TempDir(), hsm: tokentest.New(t, "maker", "shops")}
}

// setUp sets all roles up: manufacturer and customer with tokens, everybody
// certified.
func (w *works) setUp() {
	w.t.Helper()
	w.run("manufacturer init -state @maker -name Acme", w.onToken("maker")...)
	root := regexp.MustCompile("[0-9a-f]{64}").FindString(w.said)
	w.run("customer init -state @shops -name Shops", w.onToken("shops")...)
	w.run("developer init -state @dev -name Payments -application payment")
	for who, pin := range map[string]bool{"customer": true, "developer": false} {
		state := map[string]string{"customer": "@shops", "developer": "@dev"}[who]
		sign := func() []string {
			if pin {
				return w.pin()
			}
			return nil
		}
		w.run(who+" request -state "+state+" -out @"+who+".request", sign()...)
		w.run("manufacturer certify -state @maker -in @"+who+".request -out @"+who+".certificates", w.pin()...)
		w.run(who+" accept -state "+state+" -in @"+who+".certificates -manufacturer "+root, sign()...)
	}
}

// acquire has two custodians make the acquirer's keys.
func (w *works) acquire() {
	w.t.Helper()
	w.run("custodian init -state @alice -name Alice")
	w.run("custodian init -state @bob -name Bob")
	w.run("custodian component -state @alice -part 1 -out @alice.part -passphrase-fd " + w.secret("correct horse battery"))
	w.run("custodian component -state @bob -part 2 -out @bob.part -passphrase-fd " + w.secret("staple tower mountain"))
	w.run("acquirer init -state @bank -name Bank -host host.bank.example -component @alice.part -component @bob.part" +
		" -passphrase-fd " + w.secret("correct horse battery") + " -passphrase-fd " + w.secret("staple tower mountain"))
}

// makeDevice passes a terminal through three hands.
func (w *works) makeDevice(terminal string) {
	w.t.Helper()
	w.run("manufacturer device -state @maker -device @"+terminal+" -customer Shops -terminal "+terminal, w.pin()...)
	w.run("customer device -state @shops -device @"+terminal+" -merchant SHOP1 -currency EUR -country 276 -zone +01:00", w.pin()...)
	w.run("acquirer device -state @bank -currency 978 -device @" + terminal)
}

// release signs what is to run in a lane's directory.
func (w *works) release(programs, home, terminal string) {
	w.t.Helper()
	in := func(name string) string { return filepath.Join(programs, name) }
	dir := filepath.Join(home, "release")
	module, err := os.ReadFile(in("payment.wasm"))
	if err == nil {
		err = os.WriteFile(w.path("payment.wasm"), module, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.run("developer sign -state @dev -name payment -version 1 -module @payment.wasm -permission account-data -permission clock -out @payment.statement")
	w.run("customer countersign -state @shops -in @payment.statement -out @payment.countersignature", w.pin()...)
	w.run("manufacturer release -state @maker -customer Shops -version 1 -kernel "+in("kernel")+" -app @payment.wasm -out "+dir+"/kernel.manifest", w.pin()...)
	w.run("customer licence -state @shops -kernel "+in("kernel")+" -program "+in("terminal")+" -device @"+terminal+" -out "+dir+"/licence", w.pin()...)
	w.run("customer parameters -state @shops -in "+home+"/parameters.document.json -out "+dir+"/parameters", w.pin()...)
	for _, name := range []string{"payment.statement", "payment.countersignature"} {
		b, err := os.ReadFile(w.path(name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestALaneThatWasProvisionedByCommandsTakesAPayment(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	w := newWorks(t)
	w.setUp()
	w.acquire()
	w.makeDevice("TERM0001")
	home := w.path("lane")
	w.run("lane -var " + home + " -device @TERM0001 -acquirer @bank -bin " + programs)
	w.release(programs, home, "TERM0001")

	l, err := estate.Start(t.Context(), estate.Options{Programs: programs, Home: home, Misbehaviour: estate.WellBehaved()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	}()
	card, err := l.NewCard(t.Context(), bureau.Order{Name: "new", Balance: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Sell(t.Context(), estate.Sale{Request: till.Request{Amount: 250, Currency: "EUR"}, Card: card})
	if err != nil || p.Outcome != "approved" || p.Money != "captured" {
		t.Fatalf("%+v, %v", p, err)
	}
	receipt, err := l.Till.Receipt(t.Context(), p.ID)
	if err != nil || receipt.TerminalID != "TERM0001" {
		t.Errorf("%+v, %v", receipt, err)
	}
	if _, err := l.LoadKey(t.Context(), w.path("bank"), receipt.TerminalID); err != nil {
		t.Errorf("the acquirer's folder loads no host key: %v", err)
	}
	w.noKeyOutsideTheTokens()
	w.recordsAreWhole()
}

// noKeyOutsideTheTokens: the roles with a token have no private key in a file.
func (w *works) noKeyOutsideTheTokens() {
	w.t.Helper()
	for state, want := range map[string]int{"maker": 0, "shops": 0, "dev": 1, "bank": 2} {
		found, err := filepath.Glob(w.path(state + "/keys/*"))
		if err != nil || len(found) != want {
			w.t.Errorf("%s has keys in files: %v, %v", state, found, err)
		}
	}
	if _, err := os.Stat(w.path("shops/firmware.root")); !errors.Is(err, os.ErrNotExist) {
		w.t.Errorf("the firmware root key lies in clear: %v", err)
	}
}

func (w *works) recordsAreWhole() {
	w.t.Helper()
	for state, act := range map[string]string{"maker": "make device", "shops": "countersign", "dev": "sign", "bank": "enrol device", "alice": "component"} {
		entries, _, err := role.Record(w.path(state))
		if err != nil {
			w.t.Errorf("%s: %v", state, err)
		}
		found := false
		for _, e := range entries {
			found = found || e.Act == act
		}
		if !found {
			w.t.Errorf("the record of %s lacks %q: %+v", state, act, entries)
		}
	}
}

// individual is what tells two devices apart.
func (w *works) individual(terminal string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, name := range []string{
		"secureworld/storage/incoming/supplier.key", "secureworld/storage/incoming/firmware.root",
		"secureworld/storage/incoming/doors.key", "secureworld/storage/incoming/host.key", "secureworld/storage/incoming/attest.key", "secureworld/storage/incoming/loading.key",
		"secureworld/storage/incoming/licence.key", "reader/supplier.key", "reader/key.pem", "reader/cert.pem",
		"pinpad/supplier.key", "pinpad/key.pem", "pinpad/cert.pem", "pinpad/acquirer.kbpk",
	} {
		b, err := os.ReadFile(w.path(terminal + "/" + name))
		if err != nil {
			w.t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

func TestEachDeviceHasKeysOfItsOwn(t *testing.T) {
	w := newWorks(t)
	w.setUp()
	w.acquire()
	w.makeDevice("TERM0001")
	w.makeDevice("TERM0002")
	seen := map[string]string{}
	for _, terminal := range []string{"TERM0001", "TERM0002"} {
		for name, content := range w.individual(terminal) {
			if other := seen[content]; other != "" {
				t.Errorf("%s of %s is %s", name, terminal, other)
			}
			seen[content] = terminal + " " + name
		}
	}
	w.run("manufacturer list -state @maker")
	serial := ""
	for line := range strings.Lines(w.said) {
		if f := strings.Fields(line); len(f) == 4 && f[1] == "reader" {
			serial = f[0]
		}
	}
	w.run("manufacturer revoke -state @maker -out @revoked -serial "+serial, w.pin()...)
	if b, err := os.ReadFile(w.path("revoked")); err != nil || !bytes.HasPrefix(b, []byte("-----BEGIN X509 CRL")) {
		t.Errorf("%s, %v", b, err)
	}
	var list struct{ Terminals []struct{ TerminalID string } }
	b, err := os.ReadFile(w.path("bank/host/terminals.json"))
	if err != nil || json.Unmarshal(b, &list) != nil || len(list.Terminals) != 2 {
		t.Errorf("%s, %v", b, err)
	}
}

func TestWhatIsSignedReplacesNoFileAndFlagsThatAreMissingAreTold(t *testing.T) {
	w := newWorks(t)
	w.setUp()
	reset := "customer storage-reset -state @shops -anchor 7 -out @paper -fingerprint " + strings.Repeat("ab", 32)
	w.run(reset, w.pin()...)
	if err := w.try(reset, w.pin()...); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second paper: %v", err)
	}
	for line, words := range map[string]string{
		"customer storage-reset -state @shops -out @other":   "-fingerprint is needed",
		"customer device -device @d":                         "-state is needed",
		"customer device -state @shops -device @d something": "is no flag",
	} {
		if err := w.try(line); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"", "king init -state @x", "customer", "customer reign -state @shops"} {
		if err := w.try(line); !errors.Is(err, ErrUsage) || !strings.Contains(w.said, "manufacturer init") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestRolesAreNotMixed(t *testing.T) {
	w := newWorks(t)
	w.setUp()
	for _, wrong := range []struct {
		line, words string
		pin         []string
	}{
		{"customer request -state @maker -out @x", "belongs to another role", nil},
		{"manufacturer list -state @shops", "belongs to another role", nil},
		{"manufacturer init -state @shops -name Acme", "belongs to another role", nil},
		{"manufacturer init -state @maker -name Acme", "already", nil},
		{"developer sign -state @nobody -name x -version 1 -module @x -out @x", "no role was ever set up", nil},
		{"developer init -state @third -name Other -application loyalty", "belongs to another role", w.onToken("maker")},
		{"manufacturer certify -state @maker -in @customer.certificates -out @x", "not what one role gives another", w.pin()},
		{"customer accept -state @shops -in @developer.certificates -manufacturer " + strings.Repeat("00", 32), "another manufacturer", w.pin()},
		{"customer device -state @shops -device @nothing -merchant M -currency EUR -country 276", "folder", nil},
	} {
		if err := w.try(wrong.line, wrong.pin...); err == nil || !strings.Contains(err.Error(), wrong.words) {
			t.Errorf("%s: %v", wrong.line, err)
		}
	}
}

func TestADevicePassesThroughEachHandOnceAndInOrder(t *testing.T) {
	w := newWorks(t)
	w.setUp()
	w.acquire()
	w.run("customer init -state @rival -name Rival")
	w.run("manufacturer device -state @maker -device @d -customer Shops -terminal TERM0001", w.pin()...)
	load := "customer device -device @d -merchant SHOP1 -currency EUR -country 276 -state "
	for line, words := range map[string]string{
		"acquirer device -state @bank -currency 978 -device @d": "not reached this stage",
		load + "@rival": "another customer",
	} {
		if err := w.try(line); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", line, err)
		}
	}
	w.run(load+"@shops", w.pin()...)
	if err := w.try(load+"@shops", w.pin()...); err == nil {
		t.Error("loaded twice")
	}
	w.run("acquirer device -state @bank -currency 978 -device @d")
	if err := w.try("acquirer device -state @bank -currency 978 -device @d"); err == nil {
		t.Error("enrolled twice")
	}
	if err := w.try("manufacturer device -state @maker -device @e -customer Shops -terminal TERM0001", w.pin()...); err == nil {
		t.Error("a terminal was made twice")
	}
}

func TestAWrongPINOrPassphraseIsTold(t *testing.T) {
	w := newWorks(t)
	w.setUp()
	if err := w.try("customer request -state @shops -out @again -pin-fd " + w.secret("000000")); !errors.Is(err, token.ErrPIN) {
		t.Errorf("PIN: %v", err)
	}
	w.run("custodian init -state @alice -name Alice")
	w.run("custodian component -state @alice -part 1 -out @1 -passphrase-fd " + w.secret("correct horse battery"))
	w.run("custodian component -state @alice -part 2 -out @2 -passphrase-fd " + w.secret("correct horse battery"))
	both := func(one, other string) error {
		return w.try(fmt.Sprintf("acquirer init -state @bank -name B -host h -component @1 -component @2 -passphrase-fd %s -passphrase-fd %s", w.secret(one), w.secret(other)))
	}
	if err := both("another passphrase", "correct horse battery"); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Error(err)
	}
	if err := both("correct horse battery", "correct horse battery"); err == nil || !strings.Contains(err.Error(), "two different custodians") {
		t.Errorf("one custodian twice: %v", err)
	}
}
