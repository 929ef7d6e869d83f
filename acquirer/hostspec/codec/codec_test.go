package codec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// sale is a 0200 with every field that one may have.
func sale() *codec.Message {
	m := codec.NewMessage(hostspec.MTIRequest)
	for number, value := range map[int]string{
		3: "000000", 4: "000000001299", 7: "0102030405", 11: "000042", 12: "040506", 13: "0102",
		22: "051", 23: "001", 25: "00", 37: "000000000042", 41: "TERM0001", 42: "MERCHANT0000001",
		49: "978", 60: "000001",
	} {
		m.SetString(number, value)
	}
	m.Set(48, bytes.Repeat([]byte{0xA5}, 120))
	m.Set(52, bytes.Repeat([]byte{0x5A}, 16))
	m.Set(55, bytes.Repeat([]byte{0xC3}, 140))
	return m
}

func TestAMessageComesBackFieldByField(t *testing.T) {
	c, m := codec.New(), sale()
	b, err := c.Pack(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Unpack(b)
	if err != nil || got.MTI != hostspec.MTIRequest {
		t.Fatal(err)
	}
	for _, f := range hostspec.Fields() {
		want, had := m.Get(f.Number)
		v, has := got.Get(f.Number)
		if f.Number != 64 && (had != has || !bytes.Equal(v, want)) {
			t.Errorf("DE %d changed", f.Number)
		}
	}
}

func TestTheMACIsLastAndZero(t *testing.T) {
	c, m := codec.New(), sale()
	for _, field := range []int{64, 128} {
		if field == 128 {
			m.SetString(70, hostspec.NetworkEcho)
		}
		b, err := c.Pack(m)
		if err != nil {
			t.Fatal(err)
		}
		body, mac := codec.Split(b)
		if len(body)+hostspec.MACSize != len(b) || !bytes.Equal(mac, make([]byte, hostspec.MACSize)) {
			t.Error("no room for the MAC at the end")
		}
		copy(mac, "12345678")
		if got, err := c.Unpack(b); err != nil || got.String(field) != "12345678" {
			t.Errorf("DE %d is not where Split says: %v", field, err)
		}
	}
}

func TestShortTextIsPaddedAndShortDigitsAreRefused(t *testing.T) {
	c, m := codec.New(), sale()
	m.SetString(42, "SHOP")
	b, err := c.Pack(m)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Unpack(b); got.String(42) != "SHOP"+strings.Repeat(" ", 11) {
		t.Error("text is not padded to its length")
	}
	for number, value := range map[int]string{4: "1299", 11: "0000042", 3: "00000A", 52: "123", 41: "TERM\n001", 2: "1", 65: "1"} {
		m := sale()
		m.SetString(number, value)
		if _, err := c.Pack(m); err == nil {
			t.Errorf("DE %d with a bad value was packed", number)
		}
	}
}

func TestBadMessageTypesAreRefused(t *testing.T) {
	for _, mti := range []string{"", "200", "02000", "0A00"} {
		m := sale()
		m.MTI = mti
		if _, err := codec.New().Pack(m); err == nil {
			t.Errorf("%q was packed", mti)
		}
	}
}

func TestEveryTruncationAndEveryExtensionIsRefused(t *testing.T) {
	c := codec.New()
	b, err := c.Pack(sale())
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if _, err := c.Unpack(b[:n]); err == nil {
			t.Errorf("the first %d bytes were accepted", n)
		}
	}
	if _, err := c.Unpack(append(b, 0)); err == nil {
		t.Error("one byte more was accepted")
	}
}

func TestErrorsQuoteNothing(t *testing.T) {
	c := codec.New()
	b, _ := c.Pack(sale())
	_, err := c.Unpack(b[:len(b)-1])
	if err != codec.ErrUnpack {
		t.Errorf("an error of the library came through: %v", err)
	}
}

func FuzzCanonicalMessage(f *testing.F) {
	c := codec.New()
	m := sale()
	for range 2 {
		b, err := c.Pack(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		m.SetString(70, hostspec.NetworkSignOn)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := c.Unpack(b)
		if err != nil {
			return
		}
		again, err := c.Pack(m)
		if err != nil {
			t.Fatal("what parsed does not pack")
		}
		body, _ := codec.Split(b)
		body2, _ := codec.Split(again)
		if !bytes.Equal(body, body2) {
			t.Error("not canonical")
		}
	})
}
