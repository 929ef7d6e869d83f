package hostspec_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// echo is an 0800 with DE 7, 11, 41 and 70, and so with DE 128.
const echo = "0800" + "8220000000800000" + "0400000000000001" +
	"0102030405" + "000042" + "5445524D30303031" + "0301" + "AABBCCDDEEFF0011"

// request is an 0210 with DE 11, 41 and 64; bare leaves DE 41 out.
const (
	request = "0210" + "0020000000800001" + "123456" + "5445524D30303031" + "AABBCCDDEEFF0011"
	bare    = "0210" + "0020000000000001" + "123456" + "AABBCCDDEEFF0011"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeyFindsClassTerminalAndTrace(t *testing.T) {
	for _, c := range []struct {
		message string
		class   hostspec.Class
		tid     string
		stan    uint32
	}{
		{echo, hostspec.Class{8, 0}, "TERM0001", 42},
		{request, hostspec.Class{2, 0}, "TERM0001", 123456},
		{bare, hostspec.Class{2, 0}, strings.Repeat("\x00", 8), 123456},
	} {
		class, tid, stan, err := hostspec.Key(unhex(t, c.message))
		if err != nil || class != c.class || string(tid[:]) != c.tid || stan != c.stan {
			t.Errorf("%s: class %v, trace %d, error %v", c.message[:4], class, stan, err)
		}
	}
}

func TestRequestsRepeatsAndAnswersShareAClass(t *testing.T) {
	for _, same := range [][]string{{"0200", "0210"}, {"0420", "0421", "0430", "0431"}, {"0800", "0810"}} {
		want := hostspec.ClassOf([2]byte(unhex(t, same[0])))
		for _, mti := range same[1:] {
			if hostspec.ClassOf([2]byte(unhex(t, mti))) != want {
				t.Errorf("%s and %s are in two classes", same[0], mti)
			}
		}
	}
	if hostspec.ClassOf([2]byte{2, 0}) == hostspec.ClassOf([2]byte{2, 0x20}) {
		t.Error("0200 and 0220 are in one class")
	}
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	for why, message := range map[string]string{
		"nothing":                  "",
		"half a message type":      "08",
		"no bitmap":                "0800",
		"message type not digits":  "0A00" + echo[4:],
		"MAC bit not set":          "0210" + "0020000000800000" + "123456" + "5445524D30303031",
		"both MAC bits set":        "0800" + "8220000000800001" + echo[20:],
		"needless second bitmap":   "0210" + "8020000000800000" + "0000000000000001" + "123456" + "5445524D30303031" + "AABBCCDDEEFF0011",
		"third bitmap":             "0800" + "8220000000800000" + "8400000000000001" + echo[36:],
		"unknown field":            "0210" + "4020000000800001" + request[20:],
		"trace number not digits":  strings.Replace(request, "123456", "12345A", 1),
		"terminal id not text":     strings.Replace(request, "5445", "0045", 1),
		"padding not zero":         strings.Replace(echo, "0301AA", "9301AA", 1),
		"one byte less":            request[:len(request)-2],
		"one byte more":            request + "00",
		"no trace number":          "0210" + "0000000000800001" + "5445524D30303031" + "AABBCCDDEEFF0011",
		"length of DE 48 too long": "0210" + "0020000000010001" + "123456" + "0600" + strings.Repeat("00", 600) + "AABBCCDDEEFF0011",
		"length of DE 48 not BCD":  "0210" + "0020000000010001" + "123456" + "000A" + strings.Repeat("00", 10) + "AABBCCDDEEFF0011",
	} {
		if _, _, _, err := hostspec.Key(unhex(t, message)); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}

func TestAMessageOverTheLimitIsRefused(t *testing.T) {
	if _, _, _, err := hostspec.Key(make([]byte, hostspec.MaxMessage+1)); err == nil {
		t.Error("accepted")
	}
}

func TestPrivateElementsComeBack(t *testing.T) {
	b := hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: make([]byte, 12)},
		hostspec.Element{Tag: hostspec.PrivateReason, Value: []byte(hostspec.ReasonUnknown)})
	elements, err := hostspec.ParsePrivate(b)
	if err != nil || string(hostspec.FindPrivate(elements, hostspec.PrivateReason)) != hostspec.ReasonUnknown {
		t.Fatalf("elements %d, error %v", len(elements), err)
	}
	twice := append(append([]byte(nil), b...), b...)
	if _, err := hostspec.ParsePrivate(twice); err == nil {
		t.Error("a tag that does not rise was accepted")
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{echo, request, bare, ""} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		_, _, stan, err := hostspec.Key(b)
		if err == nil && stan > 999999 {
			t.Error("trace number with more than six digits")
		}
		if !bytes.Equal(before, b) {
			t.Error("the message was changed")
		}
	})
}

func FuzzCanonicalPrivate(f *testing.F) {
	f.Add([]byte{1, 0, 1, 9, 4, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		elements, err := hostspec.ParsePrivate(b)
		if err == nil && !bytes.Equal(hostspec.AppendPrivate(nil, elements...), b) {
			t.Error("not canonical")
		}
	})
}
