// Package leak is the positive control of the scope evidence: canaries of its own,
// each written in one of the forms in which programs are known to leave account data,
// PINs and keys behind, and a deliberately leaky program that leaves all of them on
// every surface that is searched.
//
// The forms are made here by other means than package scan makes its own, so that a
// scanner that is wrong about a form is found out. Each form has a canary that no other
// has, so that a hit tells which leak was seen.
//
// Only the scope evidence and its tests import it, and the operator's command, whose
// child the leaky program is. No program of a lane has it. It prints no canary but
// where it leaks on purpose.
package leak

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Prefix begins the names of planted canaries.
const Prefix = "planted: "

// Leak is one canary in one form.
type Leak struct {
	Form   string    // for people: "packed BCD, odd half byte"
	Kind   scan.Kind // what the canary stands for
	Bytes  []byte    // as they are left behind
	Member bool      // inside a compressed member, which has to be opened
	// as are the scanner's names of this form: a hit in another form of the same
	// canary does not count.
	as     []string
	secret []byte
}

// ID is the canary's name in a hit.
func (l Leak) ID() string { return Prefix + l.Form }

// IsSeenIn tells whether a hit is this leak, in this form.
func (l Leak) IsSeenIn(m scan.Match) bool {
	return m.ID == l.ID() && slices.Contains(l.as, m.Encoding)
}

// Text tells whether the bytes can stand in a header: printable ASCII in one line.
func (l Leak) Text() bool {
	return !slices.ContainsFunc(l.Bytes, func(b byte) bool { return b < 0x20 || b > 0x7E })
}

// Argument tells whether the bytes can stand in a command line.
func (l Leak) Argument() bool { return !bytes.ContainsRune(l.Bytes, 0) }

// Planted tells whether a name is that of a planted canary.
func Planted(id string) bool { return strings.HasPrefix(id, Prefix) }

// Make draws a canary for each form.
func Make() ([]Leak, error) {
	var out []Leak
	for _, f := range append(panForms(), append(trackForms(), append(pinForms(), keyForms()...)...)...) {
		secret, err := draw(f.kind)
		if err != nil {
			return nil, err
		}
		out = append(out, Leak{Form: f.name, Kind: f.kind, Bytes: f.write(secret), Member: f.member, as: f.as, secret: secret})
	}
	return out, nil
}

// AddTo makes needles of the planted canaries.
func AddTo(n *scan.Needles, leaks []Leak) error {
	for _, l := range leaks {
		add := map[scan.Kind]func(string, []byte) error{
			scan.KindPAN: n.AddPAN, scan.KindTrack2: n.AddTrack2, scan.KindPIN: n.AddPIN, scan.KindKey: n.AddKey,
		}[l.Kind]
		if err := add(l.ID(), l.secret); err != nil {
			return err
		}
	}
	return nil
}

func draw(k scan.Kind) ([]byte, error) {
	switch k {
	case scan.KindPIN:
		return scan.GeneratePIN(), nil
	case scan.KindKey:
		key := make([]byte, 32)
		_, err := rand.Read(key)
		return key, err
	case scan.KindTrack2:
		pan, err := scan.GeneratePAN("541333", 16)
		return append(pan, "=30122010000012345"...), err
	default:
		return scan.GeneratePAN("476173", 16)
	}
}
