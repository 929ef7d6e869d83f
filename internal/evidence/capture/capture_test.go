//go:build linux

package capture

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
)

func TestWhatPassesOverLoopbackIsRecordedOnce(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("STRONGROOM_REQUIRE") == "all" {
			t.Fatal("only root may capture")
		}
		t.Log("LEFT OUT: only root may capture")
		return
	}
	c, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if s, err := l.Accept(); err == nil {
			_, _ = io.Copy(s, s)
			_ = s.Close()
		}
	}()
	text := bytes.Repeat([]byte("there and back "), 30_000)
	s, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = s.Write(text) }()
	if _, err := io.ReadFull(s, make([]byte, len(text))); err != nil {
		t.Fatal(err)
	}
	far, near := uint16(l.Addr().(*net.TCPAddr).Port), uint16(s.LocalAddr().(*net.TCPAddr).Port)
	_ = s.Close()
	dropped, err := c.End()
	if err != nil || dropped != 0 {
		t.Fatalf("%d packets dropped, %v", dropped, err)
	}
	found := 0
	for _, s := range c.Streams() {
		if (s.Direction == Direction{near, far} || s.Direction == Direction{far, near}) {
			found++
			if s.Bytes != int64(len(text)) || !bytes.Equal(s.Text, text) {
				t.Errorf("%v: %d bytes", s.Direction, s.Bytes)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 directions", found)
	}
	c.Wipe()
	if len(c.Streams()) != 0 {
		t.Error("something is left")
	}
}

func FuzzAnyPacketIsReadOrLeft(f *testing.F) {
	f.Add([]byte{0x45, 0, 0, 44, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, 0, 80, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd'})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if _, text, ok := segment(packet); ok && len(text) > len(packet) {
			t.Error("more than there was")
		}
	})
}
