package tidy

import (
	"bytes"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

// foreign is an account number of no test range, made here so that this file
// holds none.
func foreign() string {
	digits := []byte("453" + "201511283036")
	for d := byte('0'); d <= '9'; d++ {
		if whole := append(bytes.Clone(digits), d); scan.ValidCheckDigit(whole) {
			return string(whole)
		}
	}
	panic("no check digit fits")
}

func TestEveryUntidinessIsNamed(t *testing.T) {
	pan := foreign()
	for name, c := range map[string]struct{ path, text, want string }{
		"machine path":        {"a.md", "see /wor" + "k/main", "a.md:1 has a path of one machine"},
		"home":                {"a.md", "x\nin /hom" + "e/someone/x", "a.md:2 has a path of one machine"},
		"registry":            {"a.md", "proxy.golan" + "g.org", "has the host of a package registry"},
		"private key":         {"a.pem", "-----BEGI" + "N EC PRIVATE KEY-----", "has a private key outside testdata"},
		"account number":      {"a.go", "package a\n\nvar n = \"" + pan + "\"\n", "a.go:3 has a number that could be an account number"},
		"spaced number":       {"a.md", "card " + pan[:4] + " " + pan[4:8] + " " + pan[8:12] + " " + pan[12:], "has a number that could be"},
		"track":               {"a.md", ";" + pan + "=3012?", "has a number that could be"},
		"large file":          {"a.bin", strings.Repeat("x", MaxFileBytes+1), "a.bin is larger than 1 MiB"},
		"folder without name": {"x/uti" + "l/a.txt", "", "has a name that says nothing"},
		"file without name":   {"x/helper" + "s_test.go", "package x\n", "has a name that says nothing"},
		"not formatted":       {"a.go", "package a\nvar  x = 1\n", "a.go is not in gofmt's form"},
		"not Go":              {"a.go", "package a\n\nfunc {", "a.go does not parse"},
	} {
		got := strings.Join(File{c.path, []byte(c.text)}.Problems(), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: want %q, got %q", name, c.want, got)
		}
		if strings.Contains(got, pan) {
			t.Errorf("%s: the report quotes the number", name)
		}
	}
}

func TestWhatIsAllowedPasses(t *testing.T) {
	for name, c := range map[string]struct{ path, text string }{
		"test number":       {"a.md", "4111111111111111 and 4761 7390 0101 0119"},
		"key in testdata":   {"x/testdata/a.pem", "-----BEGI" + "N PRIVATE KEY-----"},
		"piece of a hash":   {"a.md", "deadbeef" + foreign() + "cafe"},
		"wrong check digit": {"a.md", foreign()[:15] + "x"},
		"path in a word":    {"a.md", "framework/main, net/wor" + "kers/"},
		"date and counter":  {"a.md", "20261121093200"},
		"bitmap":            {"a.md", "4020000000800001"},
		"tidy Go":           {"a.go", "package a\n"},
	} {
		if got := (File{c.path, []byte(c.text)}).Problems(); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
