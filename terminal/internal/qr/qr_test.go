package qr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

// ISO/IEC 18004, annex I: the codewords of 01234567 in version 1-M.
func TestTheCorrectionOfTheStandardsExample(t *testing.T) {
	data, _ := hex.DecodeString("10200c566180ec11ec11ec11ec11ec11")
	if got := hex.EncodeToString(correct(data, 10)); got != "a524d4c1ed36c7872c55" {
		t.Errorf("got %s", got)
	}
}

// ISO/IEC 18004, annexes C and D: format information of level M, version information.
func TestTheWordsOfTheStandardsTables(t *testing.T) {
	for mask, want := range []int{0x5412, 0x5125, 0x5e7c, 0x5b4b, 0x45f9, 0x40ce, 0x4f97, 0x4aa0} {
		if got := formatWord(mask); got != want {
			t.Errorf("format %d: %#x", mask, got)
		}
	}
	for i, want := range []int{0x07c94, 0x085bc, 0x09a99, 0x0a4d3, 0x0bbf6, 0x0c762} {
		if got := versionWord(7 + i); got != want {
			t.Errorf("version %d: %#x", 7+i, got)
		}
	}
}

// Codewords in all of a version, from table 1 of the standard.
func TestEveryVersionIsFilledExactly(t *testing.T) {
	for i, want := range []int{26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466} {
		v := versions()[i]
		if got := len(v.interleave(v.data([]byte("x")))); got != want || v.number != i+1 {
			t.Errorf("version %d has %d codewords", v.number, got)
		}
	}
}

// testdata/qrencode.txt was drawn by libqrencode 4.1.1: for each version one text, and
// its code. The other's choice of mask is read from its format information, since
// programs weigh masks differently.
func TestEveryVersionIsDrawnAsAnotherProgramDrawsIt(t *testing.T) {
	body, err := os.ReadFile("testdata/qrencode.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(strings.TrimSpace(string(body)), "\n\n")
	if len(cases) != len(versions()) {
		t.Fatalf("there are %d codes", len(cases))
	}
	for i, c := range cases {
		text, drawn, _ := strings.Cut(c, "\n")
		theirs := parse(drawn)
		v, ok := smallest(len(text))
		if !ok || v.number != i+1 || theirs.Size != v.size() {
			t.Fatalf("version %d: a text of %d bytes is not of it", i+1, len(text))
		}
		ours := draw(v, v.interleave(v.data([]byte(text))), maskOf(t, theirs))
		for y := range ours.Size {
			for x := range ours.Size {
				if ours.Dark(x, y) != theirs.Dark(x, y) {
					t.Fatalf("version %d differs in column %d, row %d", v.number, x, y)
				}
			}
		}
	}
}

func parse(drawn string) Code {
	lines := strings.Split(drawn, "\n")
	c := Code{Size: len(lines)}
	for _, l := range lines {
		for x := range c.Size {
			c.dark = append(c.dark, x < len(l) && l[x] == '#')
		}
	}
	return c
}

// maskOf reads the format information beside the first finder.
func maskOf(t *testing.T, c Code) int {
	t.Helper()
	for mask := range masks() {
		if read(c) == formatWord(mask) {
			return mask
		}
	}
	t.Fatalf("no format information of level M")
	return 0
}

func read(c Code) int {
	word := 0
	for i, at := range [][2]int{{8, 0}, {8, 1}, {8, 2}, {8, 3}, {8, 4}, {8, 5}, {8, 7}, {8, 8}, {7, 8}, {5, 8}, {4, 8}, {3, 8}, {2, 8}, {1, 8}, {0, 8}} {
		if c.Dark(at[0], at[1]) {
			word |= 1 << i
		}
	}
	return word
}

func TestTheMaskOfTheLeastPenaltyIsTaken(t *testing.T) {
	text := []byte("https://192.0.2.7:8443/#")
	c, err := Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := smallest(len(text))
	taken := maskOf(t, c)
	for mask := range masks() {
		if other := draw(v, v.interleave(v.data(text)), mask).penalty(); other < c.penalty() {
			t.Errorf("mask %d has penalty %d, %d has %d", taken, c.penalty(), mask, other)
		}
	}
}

func TestPenaltiesAreThoseOfTheRules(t *testing.T) {
	row := func(s string) (l []bool) {
		for _, c := range s {
			l = append(l, c == '1')
		}
		return l
	}
	for s, want := range map[string]int{"0101": 0, "01111": 0, "011111": 3, "0111111": 4, "1111100000": 6,
		"10111010000": 40, "00001011101": 40, "0000101110100001": 80} {
		if got := line(row(s)); got != want {
			t.Errorf("%s: %d", s, got)
		}
	}
	all := Code{Size: 4, dark: allDark(16)}
	if all.blocks() != 27 || all.balance() != 100 {
		t.Errorf("a square of one colour: %d and %d", all.blocks(), all.balance())
	}
}

func allDark(n int) []bool {
	l := make([]bool, n)
	for i := range l {
		l[i] = true
	}
	return l
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	if _, err := Encode(bytes.Repeat([]byte("x"), 287)); err != nil {
		t.Errorf("287 bytes: %v", err)
	}
	if _, err := Encode(bytes.Repeat([]byte("x"), 288)); !errors.Is(err, ErrTooLong) {
		t.Errorf("288 bytes: %v", err)
	}
}

func TestPictureAndLinesShowTheSameModules(t *testing.T) {
	c, err := Encode([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	dark := 0
	for part := range strings.SplitSeq(c.SVG(), "M") {
		if _, run, ok := strings.Cut(part, "h"); ok && strings.Contains(part, "v1h-") {
			n, err := strconv.Atoi(run[:strings.IndexByte(run, 'v')])
			if err != nil {
				t.Fatal(err)
			}
			dark += n
		}
	}
	light := 0
	for _, r := range c.Text() {
		light += map[rune]int{'█': 2, '▀': 1, '▄': 1}[r]
	}
	lines := strings.Count(c.Text(), "\n")
	if all := 2 * lines * (c.Size + 4); dark == 0 || light != all-dark {
		t.Errorf("%d dark in the picture, %d of %d light in the lines", dark, light, all)
	}
}
