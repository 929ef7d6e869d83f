package profile_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/profile"
)

func example(tb testing.TB) *profile.Profile {
	tb.Helper()
	f, err := os.Open("testdata/example.json")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	p, err := profile.Read(f)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func types() []string {
	return []string{"0100", "0110", "0200", "0210", "0220", "0221", "0230", "0420", "0421", "0430", "0500", "0510", "0600", "0610", "0800", "0810"}
}

// message has a random part of the fields, with random values that they may have.
func message(r *rand.Rand, mti string) *codec.Message {
	m := codec.NewMessage(mti)
	for _, f := range hostspec.Fields() {
		if r.IntN(3) == 0 || f.Number == 64 || f.Number == 128 {
			continue
		}
		v := make([]byte, f.Length)
		if f.Varying {
			v = v[:r.IntN(min(f.Length, 90))+1]
		}
		for i := range v {
			switch f.Kind {
			case hostspec.Numeric:
				v[i] = '0' + byte(r.IntN(10))
			case hostspec.Text:
				v[i] = ' ' + byte(r.IntN(95))
			case hostspec.Binary:
				v[i] = byte(r.IntN(256))
			}
		}
		switch f.Number {
		case 39:
			v = []byte([]string{"00", "05", "10", "51", "95", "96"}[r.IntN(6)])
		case 48:
			v = hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: bytes.Repeat([]byte{0x7F}, 12)},
				hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte("4021")}, hostspec.Element{Tag: hostspec.PrivateMore, Value: v[:1]})
		}
		m.Set(f.Number, v)
	}
	return m
}

func TestEveryMessageComesBackThroughBothProfiles(t *testing.T) {
	own, other, c := profile.Own(), example(t), codec.New()
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		for _, mti := range types() {
			frame, err := c.Pack(message(r, mti))
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.Unpack(frame)
			if err != nil {
				t.Fatal(err)
			}
			wire := append([]byte{byte(len(frame) >> 8), byte(len(frame))}, frame...)
			if b, err := own.Pack(m); err != nil || !bytes.Equal(b, wire) {
				t.Fatalf("%s: the built-in profile writes other bytes than the link (%v)", mti, err)
			}
			theirs, err := other.Pack(m)
			if err != nil {
				t.Fatalf("%s: %v", mti, err)
			}
			back, err := other.Unpack(theirs)
			if err != nil {
				t.Fatalf("%s: %v", mti, err)
			}
			if b, err := own.Pack(back); err != nil || !bytes.Equal(b, wire) {
				t.Fatalf("%s: another message came back (%v)", mti, err)
			}
		}
	}
}

// Written by hand from the profile: length, header, type and bitmap in EBCDIC, and
// fields.
func TestTheOtherFormIsWhatTheFileSays(t *testing.T) {
	m := codec.NewMessage(hostspec.MTIRequestAnswer)
	m.SetString(3, "000000")
	m.SetString(11, "000123")
	m.SetString(12, "235959")
	m.SetString(22, "051")
	m.SetString(39, hostspec.ResponseInsufficientFunds)
	m.SetString(41, "TERM0001")
	m.Set(48, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte("4021")}))
	m.Set(55, []byte{0x9F, 0x36, 0x02, 0x00, 0x01})
	want := strings.Join([]string{
		hex.EncodeToString([]byte("0075")), "6000010002",
		"f0f2f1f0",                         // 0210
		"f2f0f3f0f0f4f0f0f0f2f8f0f0f2f0f2", // 2030040002800202: 3, 11, 12, 22, 39, 41, 55, 63
		"f0f0f0f0f0f0",                     // 3
		"00000123",                         // 11: seven digits
		"235959",                           // 12
		"0051",                             // 22: four digits
		"f1f1f6",                           // 39: 116
		"e3c5d9d4f0f0f0f1",                 // 41
		"00059f36020001",                   // 55
		"f0f0f1f3" + "d9e2f0f0f8f3f4f3f0f3f2f3f1", // 63: RS 008 34303231
	}, "")
	b, err := example(t).Pack(m)
	if err != nil || hex.EncodeToString(b) != want {
		t.Errorf("%v\n%x\n%s", err, b, want)
	}
}

func TestAFieldOrCodeThatAProfileDoesNotHaveIsRefused(t *testing.T) {
	p := example(t)
	m := codec.NewMessage(hostspec.MTIRequestAnswer)
	m.SetString(39, "68")
	if _, err := p.Pack(m); !errors.Is(err, profile.ErrPack) {
		t.Errorf("an unknown response: %v", err)
	}
	m = codec.NewMessage(hostspec.MTIRequest)
	m.SetString(102, "1")
	m.SetString(4, "12")
	if _, err := p.Pack(m); !errors.Is(err, profile.ErrPack) {
		t.Errorf("a short amount: %v", err)
	}
}

func TestABadProfileIsRefusedAsAWhole(t *testing.T) {
	good, err := os.ReadFile("testdata/example.json")
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string][2]string{
		"an unknown key":          {`"header"`, `"heading"`},
		"an unknown encoding":     {`"mti": "ebcdic"`, `"mti": "baudot"`},
		"a header that is no hex": {`"6000010002"`, `"60000"`},
		"digits as bytes":         {`{"ours": 4, "encoding": "ebcdic"}`, `{"ours": 4, "encoding": "binary"}`},
		"a number twice":          {`{"ours": 4, "encoding": "ebcdic"}`, `{"ours": 4, "theirs": 3, "encoding": "ebcdic"}`},
		"a field of nobody":       {`{"ours": 4, "encoding": "ebcdic"}`, `{"ours": 5, "encoding": "ebcdic"}`},
		"one that is too short":   {`{"ours": 4, "encoding": "ebcdic"}`, `{"ours": 4, "length": 11, "encoding": "ebcdic"}`},
		"one response for two":    {`"theirs": "107"`, `"theirs": "000"`},
		"one private tag for two": {`"PK"`, `"KS"`},
		"more behind it":          {"\n}\n", "\n}{}"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing was changed", what)
		}
		if _, err := profile.Read(strings.NewReader(bad)); !errors.Is(err, profile.ErrProfile) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzCanonicalMessageOfAProfile(f *testing.F) {
	own, other := profile.Own(), example(f)
	r := rand.New(rand.NewPCG(3, 4))
	for _, mti := range types() {
		for _, p := range []*profile.Profile{own, other} {
			if b, err := p.Pack(message(r, mti)); err == nil {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range []*profile.Profile{own, other} {
			m, err := p.Unpack(b)
			if err != nil {
				continue
			}
			if again, err := p.Pack(m); err != nil || !bytes.Equal(again, b) {
				t.Error("what was read is written as other bytes")
			}
			if framed, err := p.ReadWire(bytes.NewReader(append(b, b...))); err != nil || !bytes.Equal(framed, b) {
				t.Error("a stream has it cut elsewhere")
			}
		}
	})
}

func FuzzProfile(f *testing.F) {
	good, err := os.ReadFile("testdata/example.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := profile.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		r := rand.New(rand.NewPCG(5, 6))
		for _, mti := range types() {
			m := message(r, mti)
			wire, err := p.Pack(m)
			if err != nil {
				continue
			}
			if _, err := p.Unpack(wire); err != nil {
				t.Error("what was written cannot be read")
			}
		}
	})
}

// Account data travel to an upstream host alone: a profile that does not have them does
// not leave them out, and this link's own form never has them.
func TestAccountDataAreWrittenWhereAProfileHasThem(t *testing.T) {
	m := codec.NewMessage(hostspec.MTIRequest)
	m.SetString(profile.FieldPAN, "371449635398431") // odd
	m.SetString(profile.FieldExpiry, "4912")
	m.SetString(profile.FieldTrack2, "4761739001010119=4912201")
	wire, err := example(t).Pack(m)
	if err != nil {
		t.Fatal(err)
	}
	read, err := example(t).ReadWire(bytes.NewReader(append(wire, 1, 2, 3)))
	if err != nil || !bytes.Equal(read, wire) {
		t.Fatalf("framed otherwise (%v)", err)
	}
	back, err := example(t).Unpack(wire)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{profile.FieldPAN, profile.FieldExpiry, profile.FieldTrack2} {
		if back.String(n) != m.String(n) {
			t.Errorf("field %d came back otherwise", n)
		}
	}
	if _, err := profile.Own().Pack(m); !errors.Is(err, profile.ErrPack) {
		t.Errorf("the own form has account data (%v)", err)
	}
	for _, bad := range [][]byte{[]byte("99999"), []byte("12"), []byte("00x1")} {
		if b, err := example(t).ReadWire(bytes.NewReader(bad)); err == nil {
			t.Errorf("read %d bytes", len(b))
		}
	}
}
