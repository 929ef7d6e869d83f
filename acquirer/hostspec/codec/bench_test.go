package codec_test

import (
	"bytes"
	"testing"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// fullest has 21 fields.
func fullest() *codec.Message {
	m := sale()
	m.SetString(38, "123456")
	m.SetString(39, "00")
	m.SetString(70, "001")
	m.SetString(90, "020000004201020304050000000000000000000000")
	return m
}

func BenchmarkPack(b *testing.B) {
	c, m := codec.New(), fullest()
	for b.Loop() {
		if _, err := c.Pack(m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	c := codec.New()
	packed, _ := c.Pack(fullest())
	for b.Loop() {
		if _, err := c.Unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	packed, _ := codec.New().Pack(fullest())
	for b.Loop() {
		if _, _, _, err := hostspec.Key(packed); err != nil {
			b.Fatal(err)
		}
	}
}

// The library with its own BCD encoder, for comparison: the same message.
func BenchmarkPackLibraryBCD(b *testing.B) {
	spec, m := librarySpec(), fullest()
	for b.Loop() {
		out := iso8583.NewMessage(spec)
		out.MTI(m.MTI)
		for _, f := range hostspec.Fields() {
			if v, ok := m.Get(f.Number); ok {
				_ = out.BinaryField(f.Number, v)
			}
		}
		_ = out.BinaryField(128, make([]byte, 8))
		if _, err := out.Pack(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpackLibraryBCD(b *testing.B) {
	spec := librarySpec()
	packed, _ := codec.New().Pack(fullest())
	for b.Loop() {
		if err := iso8583.NewMessage(spec).Unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheLibrarysOwnBCDGivesTheSameBytes(t *testing.T) {
	packed, err := codec.New().Pack(fullest())
	if err != nil {
		t.Fatal(err)
	}
	m := iso8583.NewMessage(librarySpec())
	if err := m.Unpack(packed); err != nil {
		t.Fatal("the library refuses what we packed")
	}
	if again, err := m.Pack(); err != nil || !bytes.Equal(again, packed) {
		t.Error("the library packs it otherwise")
	}
}

func librarySpec() *iso8583.MessageSpec {
	fields := map[int]field.Field{
		0: field.NewString(field.NewSpec(4, "", encoding.BCD, prefix.BCD.Fixed)),
		1: field.NewBitmap(field.NewSpec(8, "", encoding.Binary, prefix.Binary.Fixed)),
	}
	for _, f := range hostspec.Fields() {
		spec := field.NewSpec(f.Length, f.Name, encoding.Binary, prefix.Binary.Fixed)
		if f.Kind == hostspec.Numeric {
			spec.Enc, spec.Pref = encoding.BCD, prefix.BCD.Fixed
		}
		if f.Varying {
			spec.Pref = prefix.BCD.LLL
		}
		fields[f.Number] = field.NewBinary(spec)
	}
	return &iso8583.MessageSpec{Fields: fields}
}
