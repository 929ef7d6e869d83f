// Package tidy finds in a file what must not be in a repository: the paths of
// one machine, hosts of package registries, private keys, numbers that could be
// account numbers, and names that say nothing.
//
// It may be imported by tests only. What it finds it names by place and kind and
// never quotes, since it may be a secret.
package tidy

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

// MaxFileBytes bounds a file. Larger ones are built or fetched, not kept.
const MaxFileBytes = 1 << 20

// The patterns are written so that they do not match themselves.
var (
	machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_.])/(wor[k]|far[m]|roo[t]|hom[e]/[a-z]+|Use[r]s/[A-Za-z]+|tmp/(research|issues|bash[_]jobs|sr))/`)
	registry    = regexp.MustCompile(`proxy\.golan[g]\.org|sum\.golan[g]\.org|registry\.npmj[s]|deb\.debia[n]\.org|archive\.ubunt[u]\.com`)
	privateKey  = regexp.MustCompile(`-----BEGI[N] ([A-Z0-9]+ )*PRIVATE KEY-----`)
	cardNumber  = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){12,18}`)
)

// File is one file of the repository.
type File struct {
	Path string // relative, with slashes
	Text []byte
}

// Problems lists what is wrong with the file, each with its line.
func (f File) Problems() []string {
	var problems []string
	if len(f.Text) > MaxFileBytes {
		problems = append(problems, f.Path+" is larger than 1 MiB")
	}
	problems = append(problems, f.badNames()...)
	problems = append(problems, f.unformatted()...)
	for i, line := range bytes.Split(f.Text, []byte("\n")) {
		for _, what := range f.badLine(line) {
			problems = append(problems, fmt.Sprintf("%s:%d has %s", f.Path, i+1, what))
		}
	}
	return problems
}

func (f File) badLine(line []byte) []string {
	var found []string
	if machinePath.Match(line) {
		found = append(found, "a path of one machine")
	}
	if registry.Match(line) {
		found = append(found, "the host of a package registry")
	}
	if privateKey.Match(line) && !f.inTestdata() {
		found = append(found, "a private key outside testdata")
	}
	if hasCardNumber(line) {
		found = append(found, "a number that could be an account number and is under no published test BIN")
	}
	return found
}

func (f File) inTestdata() bool { return strings.Contains("/"+f.Path, "/testdata/") }

func (f File) unformatted() []string {
	if path.Ext(f.Path) != ".go" || f.inTestdata() {
		return nil
	}
	formatted, err := format.Source(f.Text)
	if err != nil {
		return []string{f.Path + " does not parse"}
	}
	if !bytes.Equal(formatted, f.Text) {
		return []string{f.Path + " is not in gofmt's form"}
	}
	return nil
}

// emptyNames say nothing about what lies behind them.
var emptyNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "types", "manager", "base"}

func (f File) badNames() []string {
	for part := range strings.SplitSeq(f.Path, "/") {
		name, _, _ := strings.Cut(part, ".")
		if slices.Contains(emptyNames, strings.TrimSuffix(name, "_test")) {
			return []string{f.Path + " has a name that says nothing"}
		}
	}
	return nil
}

// hasCardNumber looks for runs of 13 to 19 digits, alone or in groups, that
// stand by themselves, begin like a card's number and end in a check digit.
func hasCardNumber(line []byte) bool {
	for _, at := range cardNumber.FindAllIndex(line, -1) {
		if !standsAlone(line, at[0], at[1]) {
			continue
		}
		digits := bytes.NewBuffer(nil)
		for _, c := range line[at[0]:at[1]] {
			if c >= '0' && c <= '9' {
				digits.WriteByte(c)
			}
		}
		if couldBeCard(digits.Bytes()) && !underTestBIN(digits.Bytes()) {
			return true
		}
	}
	return false
}

// standsAlone refuses pieces of longer words, such as hexadecimal strings,
// where one run of digits in ten ends in a valid check digit by chance.
func standsAlone(line []byte, from, to int) bool {
	return (from == 0 || !isWord(line[from-1])) && (to == len(line) || !isWord(line[to]))
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// couldBeCard knows the ranges of ISO/IEC 7812 that the card brands use: 3 to 6
// and 2221 to 2720.
func couldBeCard(digits []byte) bool {
	if !scan.ValidCheckDigit(digits) || looksLikeBitmap(digits) {
		return false
	}
	first4 := string(digits[:4])
	return digits[0] >= '3' && digits[0] <= '6' || first4 >= "2221" && first4 <= "2720"
}

// looksLikeBitmap tells numbers that are mostly zeros: ISO 8583 bitmaps, counters
// and padding. One account number in a million has so many.
func looksLikeBitmap(digits []byte) bool {
	return bytes.Count(digits, []byte("0")) > len(digits)/2
}

func underTestBIN(digits []byte) bool {
	return slices.ContainsFunc(scan.TestBINs(), func(b scan.TestBIN) bool {
		return bytes.HasPrefix(digits, []byte(b.Prefix))
	})
}
