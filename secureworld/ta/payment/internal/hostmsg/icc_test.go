package hostmsg

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestNoAccountDataAreListedForDE55(t *testing.T) {
	for _, c := range chipTags() {
		switch c.tag {
		case 0x56, 0x57, 0x5A, 0x5F20, 0x5F24, 0x9F1F, 0x9F20, 0x9F6B:
			t.Errorf("%X is account data", c.tag)
		}
		if c.tag.Constructed() || c.min > c.max {
			t.Errorf("%X is a template, or has no length", c.tag)
		}
	}
}

func TestTheLongestListedObjectsFitDE55(t *testing.T) {
	out, err := ICC(longest)
	if err != nil || len(out) > maxICC {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
	if _, err := tlv.Parse(out); err != nil {
		t.Error(err)
	}
}

func longest(tag tlv.Tag) ([]byte, bool) {
	for _, c := range chipTags() {
		if c.tag == tag {
			return bytes.Repeat([]byte{0xA5}, c.max), true
		}
	}
	return nil, false
}

func TestObjectOfAnotherLengthOrMissingIsRefused(t *testing.T) {
	for _, c := range chipTags() {
		for _, n := range []int{c.min - 1, c.max + 1} {
			_, err := ICC(func(tag tlv.Tag) ([]byte, bool) {
				if tag == c.tag {
					return make([]byte, n), true
				}
				return longest(tag)
			})
			if !errors.Is(err, call.CodeCardData) {
				t.Errorf("%X with %d bytes: %v", c.tag, n, err)
			}
		}
		_, err := ICC(func(tag tlv.Tag) ([]byte, bool) {
			if tag == c.tag {
				return nil, false
			}
			return longest(tag)
		})
		if (err != nil) != c.needed {
			t.Errorf("without %X: %v", c.tag, err)
		}
	}
}
