package emv

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A script command of the tests: the card's class for secure messaging, an
// instruction of its own.
const insScript = 0x1E

func TestIssuerScriptsRunAroundTheLastCryptogram(t *testing.T) {
	command, two := "8604841E0000", "8604841E00008604841E0000"
	first, last := "7106"+command, "7206"+command
	for name, c := range map[string]struct {
		scripts string
		answers []string // of the card, 9000 behind the last
		results string   // 9F5B
		tvr     byte     // fifth byte
		tsi     byte
		sent    string // G: GENERATE AC, S: script command
	}{
		"none":                      {"", nil, "", 0x00, 0x00, "GG"},
		"before":                    {first, nil, "2000000000", 0x00, 0x04, "GSG"},
		"after":                     {last, nil, "2000000000", 0x00, 0x04, "GGS"},
		"after stands first":        {last + first, nil, "20000000002000000000", 0x00, 0x04, "GSGS"},
		"with an identifier":        {"710D9F180401020304" + command, nil, "2001020304", 0x00, 0x04, "GSG"},
		"warnings go on":            {"710C" + two, []string{"6283", "6300"}, "2000000000", 0x00, 0x04, "GSSG"},
		"an error stops the script": {"710C" + two, []string{"6985"}, "1100000000", 0x20, 0x04, "GSG"},
		"second command fails":      {"720C" + two, []string{"9000", "6A80"}, "1200000000", 0x10, 0x04, "GGSS"},
		"that script only":          {first + first, []string{"6985"}, "11000000002000000000", 0x20, 0x04, "GSSG"},
		"no command":                {"7100", nil, "0000000000", 0x20, 0x04, "GG"},
		"command cut":               {"71058603841E00", nil, "0000000000", 0x20, 0x04, "GG"},
		"GENERATE AC in it":         {"7107860580AE400000", nil, "0000000000", 0x20, 0x04, "GG"},
		"template cut":              {first + "7150", nil, "2000000000", 0x20, 0x04, "GSG"},
		"identifier too long":       {"710E9F18050102030405" + command, nil, "0000000000", 0x20, 0x04, "GG"},
		"unknown template":          {"7306" + command + last, nil, "2000000000", 0x00, 0x04, "GGS"},
		"nested nonsense":           {"7204720272FF", nil, "0000000000", 0x10, 0x04, "GG"},
		"over 128 bytes":            {first + "727E" + strings.Repeat(command, 21), nil, "00000000000000000000", 0x30, 0x04, "GG"},
		"at 128 bytes":              {"717E" + strings.Repeat(command, 21), nil, "2000000000", 0x00, 0x04, "G" + strings.Repeat("S", 21) + "G"},
		"sixth script":              {strings.Repeat("7206"+command, 6), nil, strings.Repeat("2000000000", 5), 0x20, 0x04, "GGSSSSS"},
		"sixteenth command":         {"7160" + strings.Repeat(command, 16), append(slices.Repeat([]string{"9000"}, 15), "6F00"), "1F00000000", 0x20, 0x04, "G" + strings.Repeat("S", 16) + "G"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.scripts = unhex(t, c.scripts)
			b.alter = func(command, answer []byte) []byte {
				if command[1] != insScript {
					return answer
				}
				if n := bytes.Count(b.sent, []byte{insScript}); n <= len(c.answers) {
					return unhex(t, c.answers[n-1])
				}
				return []byte{0x90, 0x00}
			}
			tx, a := b.run(testConfig(t, "A0000000031010"))
			if a.Outcome != OutcomeApproved {
				t.Fatalf("%v (%s)", a.Outcome, a.Reason)
			}
			if got := sequence(b.sent); got != c.sent {
				t.Errorf("sent %s, want %s", got, c.sent)
			}
			checkScripts(t, tx, c.results, c.tvr, c.tsi)
		})
	}
}

func sequence(sent []byte) (out string) {
	for _, ins := range sent {
		switch ins {
		case 0xAE:
			out += "G"
		case insScript:
			out += "S"
		}
	}
	return out
}

func checkScripts(t *testing.T, tx *Transaction, results string, tvr, tsi byte) {
	t.Helper()
	l, err := tlv.Parse(tx.HostTLV(nil))
	if err != nil || len(tx.HostTLV(nil)) > 255 {
		t.Fatal(err)
	}
	if got, _ := l.Find(tlv.Tag9F5BIssuerScriptResults); fmt.Sprintf("%X", got) != results {
		t.Errorf("9F5B %X, want %s", got, results)
	}
	if got := value(t, l, 0x95)[4]; got != tvr {
		t.Errorf("TVR byte 5 is %02X, want %02X", got, tvr)
	}
	if got := value(t, l, 0x9B)[0] & 0x04; got != tsi {
		t.Errorf("TSI has %02X, want %02X", got, tsi)
	}
}

func TestACardThatLeavesDuringTheLastScriptHasStillPaid(t *testing.T) {
	b := newBench(t)
	b.scripts = unhex(t, "72068604841E0000")
	b.profile.TearAtCommand = "script"
	tx, a := b.run(testConfig(t, "A0000000031010"))
	if a.Outcome != OutcomeApproved {
		t.Fatalf("%v (%s)", a.Outcome, a.Reason)
	}
	checkScripts(t, tx, "1100000000", 0x10, 0x04)
	b.scripts = unhex(t, "71068604841E0000")
	if _, a = b.run(testConfig(t, "A0000000031010")); a.Outcome != OutcomeTornAfterARQC {
		t.Errorf("torn before the last cryptogram: %v", a.Outcome)
	}
}

func TestADeclineRunsScriptsTooAndIgnoredTemplatesAreCounted(t *testing.T) {
	b := newBench(t)
	b.host, b.scripts = HostDeclined, unhex(t, "730072068604841E0000")
	b.alter = only(insScript, 1, func(_, _ []byte) []byte { return []byte{0x90, 0x00} })
	tx, a := b.run(testConfig(t, "A0000000031010"))
	if a.Outcome != OutcomeDeclinedByHost || tx.IgnoredTemplates() != 1 {
		t.Fatalf("%v, %d ignored", a.Outcome, tx.IgnoredTemplates())
	}
	checkScripts(t, tx, "2000000000", 0x00, 0x04)
}

func FuzzScripts(f *testing.F) {
	f.Add(unhex(f, "710D9F1804010203048604841E0000"))
	f.Add(unhex(f, "7306000072FF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := parseScripts(b)
		if len(s.list) > maxScripts {
			t.Fatal("too many scripts")
		}
		for _, c := range s.list {
			for _, command := range c.commands {
				if c.runnable && !validScriptCommand(command) {
					t.Fatalf("%X is runnable", command)
				}
			}
		}
	})
}
