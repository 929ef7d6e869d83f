package kernel3

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exchange is a command and its answer.
type exchange struct{ command, answer []byte }

func readTranscript(t testing.TB, name string) []exchange {
	t.Helper()
	return readExchanges(t, "testdata/"+name)
}

func readExchanges(t testing.TB, path string) (list []exchange) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		switch text := lines.Text(); {
		case strings.HasPrefix(text, "> "):
			list = append(list, exchange{command: unhex(t, text[2:])})
		case strings.HasPrefix(text, "< "):
			list[len(list)-1].answer = unhex(t, text[2:])
		}
	}
	return list
}

func publishedKeys(t testing.TB) oda.Set {
	t.Helper()
	text, err := os.ReadFile("testdata/ca_key.json")
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		RID, Index, Exponent, Modulus emv.Hex
		Check                         emv.Hex `json:"check_sha1"`
	}
	if err := json.Unmarshal(text, &k); err != nil {
		t.Fatal(err)
	}
	set, err := oda.NewSet([]oda.CAKey{{
		RID: oda.RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check),
	}}, nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// careful is a configuration with every switch as a merchant gets it.
func careful() Config {
	return Config{TerminalType: emv.Hex{0x22}, Capabilities: emv.Hex{0xE0, 0x60, 0x08}}
}

// offline lets cards approve.
func offline() Config {
	c := careful()
	c.OfflineApproval = true
	return c
}

func date(t testing.TB, s string) [3]byte { return [3]byte(unhex(t, s)) }

// run plays a list of exchanges and demands that every command is the one that
// is there, and that none is left.
func run(t testing.TB, k *Kernel, list []exchange) contactless.Outcome {
	t.Helper()
	s := k.Next(emv.Start())
	for i, e := range list {
		if s.Outcome != nil {
			t.Fatalf("ended before exchange %d: %+v, %q", i, *s.Outcome, k.Report().Reason)
		}
		if !bytes.Equal(s.Command, e.command) {
			t.Fatalf("exchange %d: command %X, want %X", i, s.Command, e.command)
		}
		s = k.Next(emv.Response(e.answer))
	}
	if s.Outcome == nil {
		t.Fatalf("wants more: %X", s.Command)
	}
	return *s.Outcome
}

// answering plays a card that has one answer to GET PROCESSING OPTIONS and one
// to every READ RECORD.
func answering(t testing.TB, k *Kernel, gpo, record []byte) contactless.Outcome {
	t.Helper()
	s := k.Next(emv.Start())
	for range maxCommands + 1 {
		switch {
		case s.Outcome != nil:
			return *s.Outcome
		case s.Command[1] == 0xA8:
			s = k.Next(emv.Response(gpo))
		default:
			s = k.Next(emv.Response(record))
		}
	}
	t.Fatal("does not end")
	return contactless.Outcome{}
}

// card is a card of one answer, put together from data objects.
type card map[tlv.Tag]string

// typical is a card that asks for the issuer and for nothing else.
func typical() card {
	return card{
		0x82: "2000", 0x57: "4761739001010010D22122011143844489", 0x9F10: "06010A03A00000",
		0x9F26: "48325309BE82CBA2", 0x9F27: "80", 0x9F36: "0077", 0x9F6C: "0000", 0x5F34: "01",
	}
}

// with is the card with other objects; an empty value removes one.
func (c card) with(pairs ...any) card {
	out := card{}
	for tag, v := range c {
		out[tag] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		tag := tlv.Tag(pairs[i].(int))
		out[tag] = pairs[i+1].(string)
	}
	return out
}

// answer is the card's answer to GET PROCESSING OPTIONS.
func (c card) answer(t testing.TB) []byte { return c.in(t, tlv.Tag77ResponseTemplate2) }

// in is the objects in a template, with 9000. Empty ones are left out.
func (c card) in(t testing.TB, template tlv.Tag) []byte {
	t.Helper()
	var tags []tlv.Tag
	for tag := range c {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	var body []byte
	for _, tag := range tags {
		if c[tag] != "" {
			body = tlv.Append(body, tag, unhex(t, c[tag]))
		}
	}
	return append(tlv.Append(nil, template, body), 0x90, 0x00)
}

// aFCI has the PDOL 9F66, 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37.
const aFCI = "6F338407A0000000031010A528500B56495341204352454449549F38189F66049F02069F03069F1A0295055F2A029A039C019F3704"

const (
	everyReader = "36004000" // EMV mode, contact chip, online PIN, signature, device CVM
	cvmReader   = "36404000" // and a CVM is required
)

func anActivation(t testing.TB, qualifiers string) contactless.Activation {
	t.Helper()
	return contactless.Activation{
		Order: emv.Order{
			Amount: 9000, Currency: 840, CurrencyExponent: 2, Country: 840, Date: date(t, "200316"),
			Time: [3]byte{0x12, 0x30, 0x00}, UnpredictableNumber: [4]byte{0xAB, 0xAB, 0xAB, 0xAB}, SequenceCounter: 7,
		},
		KernelID: []byte{3}, AID: unhex(t, "A0000000031010"), FCI: unhex(t, aFCI), SW: 0x9000,
		Start: contactless.StartD, TTQ: [4]byte(unhex(t, qualifiers)), HasTTQ: true,
	}
}

func newKernel(t testing.TB, c Config, keys oda.Set, a contactless.Activation) *Kernel {
	t.Helper()
	k, err := New(c, keys, a)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tap is the outcome of one card at one reader.
func tap(t testing.TB, cfg Config, qualifiers string, c card) (contactless.Outcome, *Kernel) {
	t.Helper()
	k := newKernel(t, cfg, oda.Set{}, anActivation(t, qualifiers))
	return answering(t, k, c.answer(t), unhex(t, "6A83")), k
}

func value(t testing.TB, b []byte, tag tlv.Tag) []byte {
	t.Helper()
	l, err := tlv.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := l.Top(tag)
	return e.Value
}
