package virtualcard

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// reader plays vpcd's end of one slot.
type reader struct {
	t *testing.T
	l net.Listener
}

func newReader(t *testing.T) *reader {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &reader{t: t, l: l}
}

func (r *reader) accept() net.Conn {
	r.t.Helper()
	c, err := r.l.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

func say(t *testing.T, c net.Conn, m []byte) {
	t.Helper()
	if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)); err != nil {
		t.Fatal(err)
	}
}

func hear(c net.Conn) ([]byte, error) {
	var n [2]byte
	if _, err := io.ReadFull(c, n[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(n[:]))
	_, err := io.ReadFull(c, b)
	return b, err
}

func visa() Profile {
	return Profile{PAN: "4761739001010010", PSN: 1, Expiry: "3112", IssuerMasterKey: bytes.Repeat([]byte{0x11}, 16)}
}

func ask(t *testing.T, c net.Conn, m string) []byte {
	t.Helper()
	say(t, c, unhex(t, m))
	b, err := hear(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheSlotSpeaksVPCD(t *testing.T) {
	r := newReader(t)
	tray := NewTray(r.l.Addr().String(), "")
	if err := tray.Insert(t.Context(), visa()); err != nil {
		t.Fatal(err)
	}
	c := r.accept()
	say(t, c, []byte{vpcdPowerOn}) // no answer
	if atr := ask(t, c, "04"); atr[0] != 0x3B {
		t.Fatalf("ATR %X", atr)
	}
	for _, short := range []string{"07", "0000", "00A404"} {
		if got := ask(t, c, short); !bytes.Equal(got, []byte{0x67, 0x00}) {
			t.Errorf("%s was answered %X", short, got)
		}
	}
	if got := ask(t, c, "00A4040007A000000003101000"); got[0] != 0x6F {
		t.Errorf("SELECT was answered %X", got)
	}
	if err := tray.Insert(t.Context(), visa()); err == nil {
		t.Error("two cards in one slot")
	}
	tray.Pull()
	if _, err := hear(c); err == nil || tray.State().Present {
		t.Error("the card is still in")
	}
}

func TestTheCounterOutlivesTheInsertion(t *testing.T) {
	r := newReader(t)
	tray := NewTray(r.l.Addr().String(), "")
	for want := byte(1); want <= 3; want++ {
		p := visa()
		p.Format1 = want%2 == 0
		if err := tray.Insert(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		c := r.accept()
		ask(t, c, "00A4040007A000000003101000")
		if got := ask(t, c, "80A80000058303052821"); got[len(got)-2] != 0x90 {
			t.Fatalf("processing options: %X", got)
		}
		if got := ask(t, c, "80CA9F3600"); got[4] != want {
			t.Errorf("counter %X, want %d", got, want)
		}
		tray.Pull()
	}
}

func TestATornCardLeavesTheSlotByItself(t *testing.T) {
	r := newReader(t)
	tray := NewTray(r.l.Addr().String(), "")
	p := visa()
	p.TearAt = 2
	if err := tray.Insert(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	c := r.accept()
	ask(t, c, "00A4040007A000000003101000")
	say(t, c, unhex(t, "80A80000058303052821"))
	if _, err := hear(c); err == nil {
		t.Fatal("a torn card answered")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := tray.WaitEmpty(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestTheTrayIsServedOverASocket(t *testing.T) {
	r := newReader(t)
	tray := NewTray(r.l.Addr().String(), "")
	socket := filepath.Join(t.TempDir(), "t")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- tray.Serve(ctx, l) }()
	client, err := DialTray(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Insert(Profile{PAN: "4761739001010011"}); err == nil {
		t.Error("a bad profile was inserted")
	}
	if err := client.Insert(visa()); err != nil {
		t.Fatal(err)
	}
	if s, err := client.State(); err != nil || !s.Present || s.Insertions != 1 {
		t.Errorf("%v %v", s, err)
	}
	if err := client.Pull(); err != nil {
		t.Error(err)
	}
	if err := client.WaitEmpty(); err != nil {
		t.Error(err)
	}
	if a := tray.answer(ctx, []byte("{")); a.OK {
		t.Error("a malformed request was taken")
	}
	if a := tray.answer(ctx, []byte(`{"do":"melt"}`)); a.OK {
		t.Error("an unknown request was taken")
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func FuzzCard(f *testing.F) {
	f.Add(unhex(f, "00A4040007A000000003101000"), unhex(f, "80A80000058303052821"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		card, err := New(func() Profile { p := visa(); p.setDefaults(); return p }(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range [][]byte{one, two, one, two} {
			if out := card.Process(q); len(out) < 2 {
				t.Fatalf("%X was answered %X", q, out)
			}
		}
	})
}
