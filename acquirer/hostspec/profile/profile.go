// Package profile is how another acquirer writes the messages of this link, as data: a
// dialect of ISO 8583:1987 is a JSON file and not a fork. Which numbers fields have, how
// long they are, ASCII, EBCDIC, BCD or hexadecimal, the form of bitmap, header and
// lengths, the response codes, and how private elements are laid out.
//
// What a message means is hostspec's; a profile changes how it is written. Own is this
// link's own form as a profile. A file is checked as a whole when it is read: unknown
// keys, and what could not be read back, are refused.
//
// A profile may also have the account data (DE 2, 14 and 35), which no terminal's message
// of this link has: an upstream host gets them inside its own connection.
//
// The acquirer imports it. It holds no key: DE 64 and DE 128 are carried as they are, and
// a MAC over the other form is the business of who has that link's key.
package profile

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// Encoding is how characters, digits or bytes are written.
type Encoding string

// Encodings. Hex ones write a byte as two characters.
const (
	ASCII     Encoding = "ascii"
	EBCDIC    Encoding = "ebcdic" // code page 037
	BCD       Encoding = "bcd"    // an odd number of digits has a zero before it
	Binary    Encoding = "binary"
	Hex       Encoding = "hex"
	HexEBCDIC Encoding = "hex-ebcdic"
)

// Profile is the file.
type Profile struct {
	Name string `json:"name"`
	// Prefix is the length before each message, of all behind it.
	Prefix Prefix `json:"prefix"`
	// Header is the same for every message, in hexadecimal (a TPDU, say).
	Header string   `json:"header,omitempty"`
	MTI    Encoding `json:"mti"`    // ascii, ebcdic or bcd
	Bitmap Encoding `json:"bitmap"` // binary, hex or hex-ebcdic
	Fields []Field  `json:"fields"`
	// Private is how DE 48 is laid out; none: as hostspec has it.
	Private *Private `json:"private,omitempty"`
	// Responses are DE 39, ours and theirs, one to one; none: as they are.
	Responses []Response `json:"responses,omitempty"`

	byOurs   map[int]Field
	byTheirs map[int]Field
	header   []byte
}

// Prefix is a length.
type Prefix struct {
	Size     int      `json:"size"`     // digits, or bytes where it is binary; 0: none
	Encoding Encoding `json:"encoding"` // ascii, ebcdic, bcd or binary
}

// Field is one data element.
type Field struct {
	Ours     int      `json:"ours"`             // hostspec's number
	Theirs   int      `json:"theirs,omitempty"` // 0: the same
	Encoding Encoding `json:"encoding"`
	// Length, in digits, characters or bytes, is another one than ours: digits get zeros
	// before them, text spaces behind it. Of a varying field it is the most.
	Length int `json:"length,omitempty"`
	// Prefix is a varying field's. It counts what Encoding writes: digits, characters
	// (of hex ones two a byte) or bytes.
	Prefix *Prefix `json:"prefix,omitempty"`

	is hostspec.Field
}

// Private lays DE 48's elements out as text: a tag of two characters, three digits for
// the length of the value in characters, and the value in hexadecimal.
type Private struct {
	Encoding Encoding          `json:"encoding"` // ascii or ebcdic
	Tags     map[string]string `json:"tags"`     // our tag, two hex digits, to theirs
}

// Response is a response code.
type Response struct {
	Ours   string `json:"ours"`
	Theirs string `json:"theirs"`
}

// maxFile bounds a profile: one that names every field has some 10 KiB.
const maxFile = 64 << 10

// ErrProfile reports a file that is no profile, with what is wrong with it.
var ErrProfile = errors.New("profile: not a profile")

// Read reads and checks one.
func Read(r io.Reader) (*Profile, error) {
	d := json.NewDecoder(io.LimitReader(r, maxFile))
	d.DisallowUnknownFields()
	var p Profile
	if d.Decode(&p) != nil || d.Decode(&struct{}{}) != io.EOF {
		return nil, fmt.Errorf("%w: not its JSON form", ErrProfile)
	}
	return &p, p.check()
}

// Own is this link's own form.
func Own() *Profile {
	p := &Profile{Name: "strongroom", Prefix: Prefix{2, Binary}, MTI: BCD, Bitmap: Binary}
	for _, f := range hostspec.Fields() {
		own := Field{Ours: f.Number, Encoding: map[hostspec.Kind]Encoding{hostspec.Numeric: BCD, hostspec.Text: ASCII, hostspec.Binary: Binary}[f.Kind]}
		if f.Varying {
			own.Prefix = &Prefix{3, BCD}
		}
		p.Fields = append(p.Fields, own)
	}
	if err := p.check(); err != nil {
		panic(err)
	}
	return p
}

func (p *Profile) check() (err error) {
	p.byOurs, p.byTheirs = map[int]Field{}, map[int]Field{}
	if p.header, err = hex.DecodeString(p.Header); err != nil || len(p.header) > 64 {
		return fmt.Errorf("%w: the header", ErrProfile)
	}
	if p.Name == "" || !oneOf(p.MTI, ASCII, EBCDIC, BCD) || !oneOf(p.Bitmap, Binary, Hex, HexEBCDIC) || p.Prefix.Size != 0 && !p.Prefix.valid() {
		return fmt.Errorf("%w: its name, or the form of prefix, message type or bitmap", ErrProfile)
	}
	known := map[int]hostspec.Field{}
	for _, f := range carried() {
		known[f.Number] = f
	}
	for _, f := range p.Fields {
		if f.is = known[f.Ours]; f.Theirs == 0 {
			f.Theirs = f.Ours
		}
		if f.Length == 0 {
			f.Length = f.is.Length
		}
		if err := p.add(f); err != nil {
			return err
		}
	}
	return p.checkCodes()
}

// add holds a field to what can be written and read back.
func (p *Profile) add(f Field) error {
	_, twice := p.byOurs[f.Ours]
	_, double := p.byTheirs[f.Theirs]
	may := map[hostspec.Kind][]Encoding{
		hostspec.Numeric: {ASCII, EBCDIC, BCD}, hostspec.Text: {ASCII, EBCDIC}, hostspec.Binary: {Binary, Hex, HexEBCDIC},
	}[f.is.Kind]
	switch {
	case f.is.Number == 0 || twice || double || f.Theirs < 2 || f.Theirs > 128 || f.Theirs == 65:
		return fmt.Errorf("%w: field %d is none of ours, or there twice", ErrProfile, f.Ours)
	case !oneOf(f.Encoding, may...):
		return fmt.Errorf("%w: the encoding of field %d", ErrProfile, f.Ours)
	case f.Length > 4*hostspec.MaxMessage || f.Length < f.is.Length && f.Ours != 39 && (f.Ours != 48 || p.Private == nil):
		return fmt.Errorf("%w: field %d is too short, or too long", ErrProfile, f.Ours)
	case f.is.Varying != (f.Prefix != nil) || f.Prefix != nil && (!f.Prefix.valid() || f.written(f.Length) > f.Prefix.max()):
		return fmt.Errorf("%w: the length of field %d", ErrProfile, f.Ours)
	case !f.is.Varying && f.is.Kind == hostspec.Binary && f.Length != f.is.Length:
		return fmt.Errorf("%w: the length of field %d", ErrProfile, f.Ours)
	}
	p.byOurs[f.Ours], p.byTheirs[f.Theirs] = f, f
	return nil
}

func (p *Profile) checkCodes() error {
	ours, theirs := map[string]bool{}, map[string]bool{}
	for _, r := range p.Responses {
		if len(r.Ours) != 2 || len(r.Theirs) != p.byOurs[39].Length || ours[r.Ours] || theirs[r.Theirs] {
			return fmt.Errorf("%w: a response code", ErrProfile)
		}
		ours[r.Ours], theirs[r.Theirs] = true, true
	}
	if len(p.Responses) == 0 && p.byOurs[39].Ours != 0 && p.byOurs[39].Length != 2 {
		return fmt.Errorf("%w: response codes of another length need a table", ErrProfile)
	}
	if p.Private == nil {
		return nil
	}
	named := map[string]bool{}
	for tag, name := range p.Private.Tags {
		b, err := hex.DecodeString(tag)
		if err != nil || len(b) != 1 || len(name) != 2 || named[name] || !printable([]byte(name)) {
			return fmt.Errorf("%w: a private tag", ErrProfile)
		}
		named[name] = true
	}
	if !oneOf(p.Private.Encoding, ASCII, EBCDIC) || p.byOurs[48].Ours == 0 {
		return fmt.Errorf("%w: the private elements", ErrProfile)
	}
	return nil
}

func oneOf(e Encoding, may ...Encoding) bool {
	for _, m := range may {
		if e == m {
			return true
		}
	}
	return false
}
