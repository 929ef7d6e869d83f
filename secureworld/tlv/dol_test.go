package tlv

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

type dolVectors struct {
	Parse []struct {
		DOL        string  `json:"dol"`
		Entries    [][]any `json:"entries"`
		DataLength int     `json:"data_length"`
		Error      string  `json:"error"`
	} `json:"parse"`
	Build []struct {
		DOL     string              `json:"dol"`
		Sources []map[string]string `json:"sources"`
		Data    string              `json:"data"`
	} `json:"build"`
}

func readDOLVectors(t *testing.T) dolVectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/dol.json")
	if err != nil {
		t.Fatal(err)
	}
	var v dolVectors
	if err := json.Unmarshal(raw, &v); err != nil || len(v.Parse) == 0 || len(v.Build) == 0 {
		t.Fatal("no vectors", err)
	}
	more := sharedDOLVectors(t)
	v.Parse, v.Build = append(v.Parse, more.Parse...), append(v.Build, more.Build...)
	return v
}

// sharedDOLVectors reads those beside the project. Where they are not, the test
// says so; in CI that is a failure.
func sharedDOLVectors(t *testing.T) dolVectors {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "vectors", "emv_rules.json"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the shared vectors are missing and this is CI")
		}
		t.Log("LEFT OUT: ../shared/vectors/emv_rules.json is not here")
		return dolVectors{}
	}
	var v struct {
		DOL dolVectors `json:"dol"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v.DOL
}

func tagOf(t *testing.T, s string) Tag {
	t.Helper()
	var tag Tag
	for _, c := range unhex(t, s) {
		tag = tag<<8 | Tag(c)
	}
	return tag
}

func TestPublishedListsParse(t *testing.T) {
	for _, c := range readDOLVectors(t).Parse {
		d, err := ParseDOL(unhex(t, c.DOL))
		if c.Error != "" {
			if !errors.Is(err, ErrDOL) {
				t.Errorf("%s: %v", c.DOL, err)
			}
			continue
		}
		if err != nil || len(d) != len(c.Entries) || d.DataLength() != c.DataLength {
			t.Errorf("%s: %v, %d entries, %d bytes", c.DOL, err, len(d), d.DataLength())
			continue
		}
		for i, e := range c.Entries {
			if d[i].Tag != tagOf(t, e[0].(string)) || d[i].Length != int(e[1].(float64)) {
				t.Errorf("%s: entry %d is %v", c.DOL, i, d[i])
			}
		}
	}
}

func TestPublishedListsAreFilled(t *testing.T) {
	for _, c := range readDOLVectors(t).Build {
		d, err := ParseDOL(unhex(t, c.DOL))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Build(nil, func(tag Tag) ([]byte, bool) {
			for _, s := range c.Sources {
				for k, v := range s {
					if tagOf(t, k) == tag {
						return unhex(t, v), true
					}
				}
			}
			return nil, false
		})
		if err != nil || !bytes.Equal(got, unhex(t, c.Data)) {
			t.Errorf("%s: %v\n got %X\nwant %s", c.DOL, err, got, c.Data)
		}
	}
}

func TestAListThatAsksTooMuchIsRefused(t *testing.T) {
	none := func(Tag) ([]byte, bool) { return nil, false }
	for n, want := range map[byte]error{252: nil, 253: ErrDOLDataLength} {
		_, err := DOL{{0x9F33, int(n)}}.Build(nil, none)
		if !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := ParseDOL(bytes.Repeat([]byte{0x95, 0}, maxDOLEntries+1)); err == nil {
		t.Error("too many entries were taken")
	}
}

func TestConstructedTagsAreFilledWithZeros(t *testing.T) {
	all := func(Tag) ([]byte, bool) { return []byte{1, 2, 3}, true }
	got, err := DOL{{0x70, 2}, {0x95, 2}}.Build(nil, all)
	if err != nil || !bytes.Equal(got, []byte{0, 0, 1, 2}) {
		t.Fatalf("%v %X", err, got)
	}
}

// TestEachFormatIsCutAndPaddedOnItsSide: EMV 4.4 Book 3, clause 5.4, for a tag of
// each format and length, and Annex A1 for the formats.
func TestEachFormatIsCutAndPaddedOnItsSide(t *testing.T) {
	all := func(Tag) ([]byte, bool) { return []byte{0x12, 0x34}, true }
	for _, c := range []struct {
		tags        []Tag
		short, long string
	}{
		{[]Tag{0x42, 0x5F24, 0x5F25, 0x5F28, 0x5F2A, 0x5F30, 0x5F34, 0x5F36, 0x5F57, 0x9A, 0x9C, 0x9F01, 0x9F02, 0x9F03,
			0x9F0C, 0x9F11, 0x9F15, 0x9F19, 0x9F1A, 0x9F21, 0x9F25, 0x9F35, 0x9F39, 0x9F3B, 0x9F3C, 0x9F3D, 0x9F41,
			0x9F42, 0x9F43, 0x9F44, 0x9F6A}, "34", "00001234"},
		{[]Tag{0x5A, 0x9F20}, "12", "1234FFFF"},
		{[]Tag{0x57, 0x82, 0x84, 0x8A, 0x95, 0x9B, 0x9F06, 0x9F09, 0x9F16, 0x9F1B, 0x9F1C, 0x9F1E, 0x9F33, 0x9F34, 0x9F36,
			0x9F37, 0x9F40, 0x9F4E, 0xDF01}, "12", "12340000"},
	} {
		for _, tag := range c.tags {
			for n, want := range map[int]string{0: "", 1: c.short, 2: "1234", 4: c.long} {
				got, err := DOL{{tag, n}}.Build(nil, all)
				if err != nil || !bytes.Equal(got, unhex(t, want)) {
					t.Errorf("%X of %d bytes: %X, %v", tag, n, got, err)
				}
			}
		}
	}
}

func FuzzCanonicalDOL(f *testing.F) {
	f.Add(unhex(f, "9F02069F03069F1A0295055F2A029A039C019F3704"))
	f.Add(unhex(f, "9F02069F03069F1A0295"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDOL(b)
		if err != nil {
			return
		}
		if !bytes.Equal(d.Append(nil), b) {
			t.Fatalf("%X does not encode back", b)
		}
		out, err := d.Build(nil, func(tag Tag) ([]byte, bool) { return b, tag&1 == 0 })
		if err == nil && len(out) != d.DataLength() {
			t.Fatalf("%X: %d bytes built", b, len(out))
		}
	})
}
