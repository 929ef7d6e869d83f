package profile

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// Errors of a message; neither says what stood in it.
var (
	ErrPack   = errors.New("profile: message cannot be written in this profile")
	ErrUnpack = errors.New("profile: not a message of this profile")
)

// maxWire bounds a message in any profile: hexadecimal doubles it.
const maxWire = 4 * hostspec.MaxMessage

// Pack writes a message, its prefix and header before it. A field that the profile does
// not have makes it ErrPack: nothing is left out silently.
func (p *Profile) Pack(m *codec.Message) ([]byte, error) {
	body := make([]byte, 0, maxWire)
	defer func() { clear(body) }() // it may hold account data
	var bitmap [16]byte
	fields := slices.Clone(p.Fields)
	for i := range fields {
		fields[i] = p.byOurs[fields[i].Ours]
	}
	slices.SortFunc(fields, func(a, b Field) int { return a.Theirs - b.Theirs })
	for _, known := range carried() {
		if _, has := p.byOurs[known.Number]; m.Has(known.Number) && !has {
			return nil, ErrPack
		}
	}
	for _, f := range fields {
		v, has := m.Get(f.Ours)
		if !has {
			continue
		}
		bitmap[(f.Theirs-1)/8] |= 0x80 >> ((f.Theirs - 1) % 8)
		var ok bool
		if body, ok = p.appendField(body, f, v); !ok {
			return nil, ErrPack
		}
	}
	length := 8
	if !bytes.Equal(bitmap[8:], make([]byte, 8)) {
		bitmap[0] |= 0x80
		length = 16
	}
	out, ok1 := encode(append(make([]byte, 0, len(p.header)+len(body)+64), p.header...), p.MTI, []byte(m.MTI))
	out, ok2 := encode(out, p.Bitmap, bitmap[:length])
	out = append(out, body...)
	if !ok1 || !ok2 || len(m.MTI) != 4 || !numeric([]byte(m.MTI)) || len(out) > maxWire {
		return nil, ErrPack
	}
	if p.Prefix.Size == 0 {
		return out, nil
	}
	wire, ok := p.Prefix.append(nil, len(out))
	if !ok {
		return nil, ErrPack
	}
	wire = append(wire, out...)
	clear(out)
	return wire, nil
}

func (p *Profile) appendField(dst []byte, f Field, v []byte) ([]byte, bool) {
	v, ok := p.theirs(f, v)
	if !ok || len(v) > f.Length || f.is.Kind == hostspec.Numeric && !numeric(v) {
		return nil, false
	}
	if f.Prefix != nil {
		if dst, ok = f.Prefix.append(dst, f.written(len(v))); !ok {
			return nil, false
		}
		return encode(dst, f.Encoding, v)
	}
	switch f.is.Kind {
	case hostspec.Numeric:
		if len(v) != f.is.Length {
			return nil, false
		}
		v = append(bytes.Repeat([]byte{'0'}, f.Length-len(v)), v...)
		defer clear(v)
	case hostspec.Text:
		v = append(bytes.Clone(v), bytes.Repeat([]byte{' '}, f.Length-len(v))...)
	case hostspec.Binary:
		if len(v) != f.Length {
			return nil, false
		}
	}
	return encode(dst, f.Encoding, v)
}

// theirs is a value as the other side means it.
func (p *Profile) theirs(f Field, v []byte) ([]byte, bool) {
	switch {
	case f.Ours == 39 && len(p.Responses) > 0:
		for _, r := range p.Responses {
			if r.Ours == string(v) {
				return []byte(r.Theirs), true
			}
		}
		return nil, false
	case f.Ours == 48 && p.Private != nil:
		return p.Private.write(v)
	}
	return v, true
}

func (p *Profile) ours(f Field, v []byte) ([]byte, bool) {
	switch {
	case f.Ours == 39 && len(p.Responses) > 0:
		for _, r := range p.Responses {
			if r.Theirs == string(v) {
				return []byte(r.Ours), true
			}
		}
		return nil, false
	case f.Ours == 48 && p.Private != nil:
		return p.Private.read(v)
	}
	return v, true
}

// Unpack reads a message with its prefix and header, all of it or ErrUnpack. What it
// reads, Pack writes as the same bytes.
func (p *Profile) Unpack(wire []byte) (*codec.Message, error) {
	if len(wire) > maxWire+8 {
		return nil, ErrUnpack
	}
	b, ok := wire, true
	if p.Prefix.Size != 0 {
		var n int
		if n, b, ok = p.Prefix.read(wire); !ok || n != len(b) {
			return nil, ErrUnpack
		}
	}
	if b, ok = bytes.CutPrefix(b, p.header); !ok {
		return nil, ErrUnpack
	}
	mti, b, ok := take(p.MTI, b, 4)
	if !ok || !numeric(mti) {
		return nil, ErrUnpack
	}
	m := codec.NewMessage(string(mti))
	bitmap, b, ok := p.readBitmap(b)
	if !ok {
		return nil, ErrUnpack
	}
	for number := 2; number <= 8*len(bitmap); number++ {
		if bitmap[(number-1)/8]&(0x80>>((number-1)%8)) == 0 {
			continue
		}
		f, known := p.byTheirs[number]
		var v []byte
		if known {
			v, b, ok = p.readField(f, b)
		}
		if !known || !ok {
			return nil, ErrUnpack
		}
		m.Set(f.Ours, v)
	}
	if again, err := p.Pack(m); len(b) != 0 || err != nil || !bytes.Equal(again, wire) {
		return nil, ErrUnpack
	}
	return m, nil
}

func (p *Profile) readBitmap(b []byte) (bitmap, rest []byte, ok bool) {
	each := 8
	if p.Bitmap != Binary {
		each = 16
	}
	first, rest, ok := take(p.Bitmap, b, each)
	if !ok || first[0]&0x80 == 0 {
		return first, rest, ok
	}
	second, rest, ok := take(p.Bitmap, rest, each)
	return append(bytes.Clone(first), second...), rest, ok
}

func (p *Profile) readField(f Field, b []byte) (v, rest []byte, ok bool) {
	written := f.written(f.Length)
	if f.Prefix != nil {
		if written, b, ok = f.Prefix.read(b); !ok || written > f.written(f.Length) {
			return nil, nil, false
		}
	}
	if v, rest, ok = take(f.Encoding, b, written); !ok {
		return nil, nil, false
	}
	if f.Prefix == nil {
		switch f.is.Kind {
		case hostspec.Numeric:
			v = v[len(v)-f.is.Length:]
		case hostspec.Text:
			if f.Ours != 39 || len(p.Responses) == 0 {
				v = v[:f.is.Length]
			}
		}
	}
	if f.is.Kind == hostspec.Numeric && !numeric(v) {
		return nil, nil, false
	}
	v, ok = p.ours(f, v)
	return bytes.Clone(v), rest, ok
}

// take reads so many digits, characters or bytes.
func take(e Encoding, b []byte, written int) (v, rest []byte, ok bool) {
	n := size(e, written)
	if len(b) < n {
		return nil, nil, false
	}
	v, ok = decode(e, b[:n], written)
	return v, b[n:], ok
}

// write lays our elements out as text.
func (l *Private) write(v []byte) ([]byte, bool) {
	elements, err := hostspec.ParsePrivate(v)
	if err != nil {
		return nil, false
	}
	var out []byte
	for _, e := range elements {
		name, known := l.Tags[string(upper([]byte{e.Tag}))]
		value := upper(e.Value)
		length, ok := Prefix{3, ASCII}.append(nil, len(value))
		if !known || !ok {
			return nil, false
		}
		out = append(append(append(out, name...), length...), value...)
	}
	return encode(nil, l.Encoding, out)
}

// read is the way back.
func (l *Private) read(v []byte) ([]byte, bool) {
	text, ok := decode(l.Encoding, v, len(v))
	var elements []hostspec.Element
	for ok && len(text) > 0 {
		if len(text) < 5 {
			return nil, false
		}
		tag, known := l.tag(string(text[:2]))
		n, err := strconv.Atoi(string(text[2:5]))
		if !known || err != nil || n < 0 || len(text) < 5+n {
			return nil, false
		}
		var value []byte
		if value, ok = fromHex(text[5 : 5+n]); ok {
			elements = append(elements, hostspec.Element{Tag: tag, Value: value})
		}
		text = text[5+n:]
	}
	return hostspec.AppendPrivate(nil, elements...), ok
}

func (l *Private) tag(name string) (byte, bool) {
	for ours, theirs := range l.Tags {
		if theirs == name {
			b, _ := fromHex([]byte(ours))
			if len(b) == 1 {
				return b[0], true
			}
		}
	}
	return 0, false
}
