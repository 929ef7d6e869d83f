package codec

import (
	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// newSpec builds the library's specification. Every field is the library's
// Binary, also numbers and text: that type alone keeps bytes, the others keep
// Go strings, which nobody can wipe.
func newSpec() *iso8583.MessageSpec {
	fields := map[int]field.Field{
		0: field.NewBinary(field.NewSpec(4, "message type", bcd{}, prefix.Binary.Fixed)),
		1: field.NewBitmap(field.NewSpec(8, "bitmap", encoding.Binary, prefix.Binary.Fixed)),
	}
	for _, f := range hostspec.Fields() {
		fields[f.Number] = field.NewBinary(field.NewSpec(f.Length, f.Name, encoderOf(f), prefixerOf(f)))
	}
	return &iso8583.MessageSpec{Name: "strongroom host link", Fields: fields}
}

func encoderOf(f hostspec.Field) encoding.Encoder {
	if f.Kind == hostspec.Numeric {
		return bcd{}
	}
	return encoding.Binary
}

func prefixerOf(f hostspec.Field) prefix.Prefixer {
	if f.Varying {
		return lll{}
	}
	return prefix.Binary.Fixed
}
