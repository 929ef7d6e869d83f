package hostmsg

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

type form struct {
	list    []chipTag
	collect func(func(tlv.Tag) ([]byte, bool)) ([]byte, error)
}

func forms() map[string]form {
	return map[string]form{"chip": {chipTags(), ICC}, "checksum": {checksumTags(), Checksum}}
}

func TestNoAccountDataAreListedForDE55(t *testing.T) {
	for name, f := range forms() {
		for i, c := range f.list {
			switch c.tag {
			case 0x56, 0x57, 0x5A, 0x5F20, 0x5F24, 0x9F1F, 0x9F20, 0x9F6B, 0xDF71:
				t.Errorf("%s: %X is account data", name, c.tag)
			}
			if c.tag.Constructed() || c.min > c.max {
				t.Errorf("%s: %X is a template, or has no length", name, c.tag)
			}
			if i > 0 && c.tag <= f.list[i-1].tag {
				t.Errorf("%s: %X is not in its place", name, c.tag)
			}
		}
	}
}

func TestWhatTheHostDemandsInDE55IsListed(t *testing.T) {
	for name, want := range map[string]hostspec.EntryMode{"chip": hostspec.EntryChip, "checksum": hostspec.EntryContactlessStripe} {
		for _, tag := range want.Content().ICC {
			i := slices.IndexFunc(forms()[name].list, func(c chipTag) bool { return c.tag == tlv.Tag(tag) })
			if i < 0 {
				t.Errorf("%s: %X is not listed", name, tag)
			}
		}
	}
}

func TestTheLongestListedObjectsFitDE55(t *testing.T) {
	for name, f := range forms() {
		out, err := f.collect(f.longest)
		if err != nil || len(out) > maxICC {
			t.Fatalf("%s: %d bytes, %v", name, len(out), err)
		}
		if _, err := tlv.Parse(out); err != nil {
			t.Error(name, err)
		}
	}
}

func (f form) longest(tag tlv.Tag) ([]byte, bool) {
	for _, c := range f.list {
		if c.tag == tag {
			return bytes.Repeat([]byte{0xA5}, c.max), true
		}
	}
	return nil, false
}

func TestObjectOfAnotherLengthOrMissingIsRefused(t *testing.T) {
	for name, f := range forms() {
		for _, c := range f.list {
			for _, n := range []int{c.min - 1, c.max + 1} {
				if _, err := f.collect(f.but(c.tag, make([]byte, n))); !errors.Is(err, call.CodeCardData) {
					t.Errorf("%s: %X with %d bytes: %v", name, c.tag, n, err)
				}
			}
			if _, err := f.collect(f.but(c.tag, nil)); (err != nil) != c.needed {
				t.Errorf("%s: without %X: %v", name, c.tag, err)
			}
		}
	}
}

// but has another value of one tag, or none.
func (f form) but(tag tlv.Tag, value []byte) func(tlv.Tag) ([]byte, bool) {
	return func(asked tlv.Tag) ([]byte, bool) {
		if asked == tag {
			return value, value != nil
		}
		return f.longest(asked)
	}
}
