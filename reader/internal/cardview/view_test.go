package cardview

import (
	"bytes"
	"context"
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const canary = "4761739001010010"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// profile is a card on both interfaces whose answers are the same every time.
func profile(t testing.TB) virtualcard.Profile {
	t.Helper()
	return virtualcard.Profile{
		PAN: canary, PSN: 1, Expiry: "2812", IssuerMasterKey: unhex(t, "0123456789ABCDEFFEDCBA9876543210"),
		Label: "VISA TEST", Tap: &virtualcard.Tap{OnlinePIN: true},
	}
}

func inSlot(t testing.TB, p virtualcard.Profile) *virtualcard.Conn {
	t.Helper()
	c, err := virtualcard.New(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return virtualcard.NewConn(c)
}

func inField(t testing.TB, p virtualcard.Profile) *virtualcard.Conn {
	t.Helper()
	c, err := virtualcard.NewContactless(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return virtualcard.NewConn(c)
}

func contactConfig(t testing.TB) emv.Config {
	t.Helper()
	c, err := emv.ParseConfig([]byte(`{"terminal_type":"21","capabilities":"204800","additional":"6000F0A001","applications":[
		{"aid":"A0000000031010","partial":true,"version":"0096","floor_limit":0,
		 "tac_denial":"0000000000","tac_online":"FFFFFFFFFF","tac_default":"FFFFFFFFFF"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anOrder() emv.Order {
	return emv.Order{
		Amount: 100, Currency: 978, CurrencyExponent: 2, Country: 528, Date: [3]byte{0x26, 0x11, 0x21},
		UnpredictableNumber: [4]byte{0xAB, 0xAB, 0xAB, 0xAB},
	}
}

var testOnlyUpdate = flag.Bool("update", false, "write the golden files")

// golden compares with a file, byte for byte.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *testOnlyUpdate {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func views(t *testing.T, p virtualcard.Profile) map[string]*View {
	t.Helper()
	contact, err := Read(context.Background(), inSlot(t, p), contactConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	tapped, err := Read(context.Background(), inField(t, p), contactConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*View{
		"read-contact": contact, "read-tap": tapped,
		"trace-contact": Trace(context.Background(), inSlot(t, p), contactConfig(t), anOrder()),
		"trace-tap":     traceTap(t, p),
	}
}

func traceTap(t *testing.T, p virtualcard.Profile) *View {
	t.Helper()
	cfg, kernels, err := DemoTap()
	if err != nil {
		t.Fatal(err)
	}
	return TraceTap(context.Background(), inField(t, p), cfg, kernels, anOrder())
}

func render(t *testing.T, v *View) map[string][]byte {
	t.Helper()
	var tree, object, transcript bytes.Buffer
	for _, err := range []error{v.Tree(&tree), v.JSON(&object), v.Transcript(&transcript)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"tree": tree.Bytes(), "json": object.Bytes(), "apdu": transcript.Bytes()}
}

func TestWhatIsShownOfACard(t *testing.T) {
	all := views(t, profile(t))
	golden(t, "read-contact.txt", render(t, all["read-contact"])["tree"])
	golden(t, "read-tap.json", render(t, all["read-tap"])["json"])
	golden(t, "trace-contact.apdu", render(t, all["trace-contact"])["apdu"])
	golden(t, "trace-tap.apdu", render(t, all["trace-tap"])["apdu"])
}

// raw is everything that was said, in the clear, as a transcript would have it.
func raw(v *View) []byte {
	var b bytes.Buffer
	for _, e := range v.exchanges {
		b.WriteString(strings.ToUpper(hex.EncodeToString(e.command)) + "\n")
		b.WriteString(strings.ToUpper(hex.EncodeToString(e.answer)) + "\n")
	}
	return b.Bytes()
}

func searcher(t *testing.T) func([]byte) int {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN("canary", []byte(canary)); err != nil {
		t.Fatal(err)
	}
	m := n.Compile()
	return func(text []byte) (found int) {
		m.Search(text, 0, func(scan.Match) { found++ })
		return found
	}
}

func TestTheCanaryNeverAppears(t *testing.T) {
	found := searcher(t)
	for name, v := range views(t, hostile(t)) {
		if found(raw(v)) == 0 {
			t.Errorf("%s: the card never said its number, so this test shows nothing", name)
		}
		for form, text := range render(t, v) {
			if found(text) != 0 || bytes.Contains(text, []byte("476173")) {
				t.Errorf("%s as %s has the number, or begins to", name, form)
			}
		}
	}
}

// hostile puts the number wherever a profile lets it: into an object of another
// meaning, by text, and half a byte off.
func hostile(t *testing.T) virtualcard.Profile {
	p := profile(t)
	p.PreferredName = "47617390 0101001"
	p.Extra = tlv.Append(nil, 0x9F10, unhex(t, "00"+canary))
	p.Extra = tlv.Append(p.Extra, 0x9F0D, unhex(t, "1122334455"))
	p.Extra = tlv.Append(p.Extra, 0x9F4C, unhex(t, "F"+canary+"F"))
	p.Extra = tlv.Append(p.Extra, 0xDF01, unhex(t, canary))
	return p
}

func TestExpiryNameAndUnknownObjectsAreNotShown(t *testing.T) {
	v := render(t, views(t, profile(t))["read-contact"])
	text := string(v["tree"])
	for _, want := range []string{"ends in 0010", "5F24 application expiration date  (3 bytes, not shown)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, secret := range []string{"281231", "VIRTUAL", "2812"} {
		for form, b := range v {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s has %s", form, secret)
			}
		}
	}
}

func TestATranscriptPlaysAgain(t *testing.T) {
	v := views(t, profile(t))["trace-contact"]
	text := render(t, v)["apdu"]
	if _, err := virtualcard.ParseReplay(text); err != nil {
		t.Errorf("%v", err)
	}
	for i, e := range v.exchanges {
		if got := v.maskAnswer(e); len(got) != len(e.answer) {
			t.Errorf("exchange %d changed its length", i)
		}
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	v := views(t, profile(t))["read-contact"]
	kept := v.exchanges
	found := searcher(t)
	if found(raw(v)) == 0 {
		t.Fatal("nothing to wipe")
	}
	v.Wipe()
	if found(raw(&View{exchanges: kept})) != 0 {
		t.Error("the number is still there")
	}
}

// FuzzMask: whatever a card answers, lengths stay and no number that the guard
// knows is left.
func FuzzMask(f *testing.F) {
	f.Add([]byte{0x00, 0xB2, 0x01, 0x0C, 0x00}, []byte{0x70, 0x04, 0x5A, 0x02, 0x12, 0x34, 0x90, 0x00})
	f.Add([]byte{0x80, 0xAE, 0x40, 0x00, 0x00}, []byte{0x80, 0x0B, 0x40, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, command, answer []byte) {
		if len(command) < 4 || len(answer) < 2 {
			return
		}
		e := exchange{command, answer}
		v := newView([]exchange{e}, "")
		v.guard.add([]byte{4, 7, 6, 1, 7, 3, 9, 0})
		got, c := v.maskAnswer(e), v.maskCommand(command, true)
		if len(got) != len(answer) || len(c) != len(command) {
			t.Fatal("another length")
		}
		if body, _ := splitAnswer(got); v.guard.finds(body) || v.guard.finds(commandData(c)) {
			t.Fatal("a number is left")
		}
		v.Answers()
	})
}
