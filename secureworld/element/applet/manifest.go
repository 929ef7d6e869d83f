package applet

import (
	"encoding/hex"
	"errors"
	"strings"
)

// Errors of a package.
var (
	ErrPackage   = errors.New("applet: not a package")
	ErrManifest  = errors.New("applet: a manifest that breaks the rules")
	ErrModule    = errors.New("applet: the module is not the manifest's")
	ErrDeveloper = errors.New("applet: not certified for this applet")
)

// Functions is a set of what an applet may ask of its element.
type Functions uint8

// Functions.
const (
	Chance Functions = 1 << iota
	CMAC
	HMAC
	Seal
)

// Has tells whether all of g are in f.
func (f Functions) Has(g Functions) bool { return f&g == g }

func words() []struct {
	word string
	f    Functions
} {
	return []struct {
		word string
		f    Functions
	}{{"chance", Chance}, {"cmac", CMAC}, {"hmac", HMAC}, {"seal", Seal}}
}

// Words are the functions as a manifest names them, in alphabetical order.
func (f Functions) Words() []string {
	out := []string{}
	for _, w := range words() {
		if f.Has(w.f) {
			out = append(out, w.word)
		}
	}
	return out
}

// ParseWords reads them. Order and spelling are strict: one set has one form.
func ParseWords(list []string) (f Functions, ok bool) {
	for _, w := range words() {
		if len(list) > 0 && list[0] == w.word {
			f |= w.f
			list = list[1:]
		}
	}
	return f, len(list) == 0
}

// Manifest is what a developer signs of a module.
type Manifest struct {
	Name      string
	Developer string // as his certificate names him
	Version   uint64 // from 1
	Minimum   uint64 // lower versions are not admitted any more, once this one was; at most Version
	Functions Functions
	Pages     uint32 // of 64 KiB, at most MaxPages
	Fuel      uint64 // of one run, at most MaxFuel
}

// document is a manifest's JSON.
type document struct {
	Name      string   `json:"name"`
	Developer string   `json:"developer"`
	Version   uint64   `json:"version"`
	Minimum   uint64   `json:"minimum"`
	Module    string   `json:"module"`
	Functions []string `json:"functions"`
	Pages     uint32   `json:"pages"`
	Fuel      uint64   `json:"fuel"`
}

func (m Manifest) document(module [32]byte) document {
	return document{m.Name, m.Developer, m.Version, m.Minimum, hex.EncodeToString(module[:]), m.Functions.Words(), m.Pages, m.Fuel}
}

func (d document) manifest() (Manifest, error) {
	f, ok := ParseWords(d.Functions)
	m := Manifest{d.Name, d.Developer, d.Version, d.Minimum, f, d.Pages, d.Fuel}
	if !ok || !m.Valid() {
		return Manifest{}, ErrManifest
	}
	return m, nil
}

// Valid tells whether the manifest keeps the rules.
func (m Manifest) Valid() bool {
	return validName(m.Name) && validName(m.Developer) && m.Version > 0 && m.Minimum <= m.Version &&
		m.Pages > 0 && m.Pages <= MaxPages && m.Fuel > 0 && m.Fuel <= MaxFuel
}

// validName: small letters, digits, dot and dash, so that names look different where
// they are.
func validName(s string) bool {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' }
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, strange)
}
