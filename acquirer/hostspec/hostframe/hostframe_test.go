package hostframe_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/hostframe"
)

func TestFramesComeBackWhateverTheStreamCutsThemInto(t *testing.T) {
	var stream bytes.Buffer
	sent := [][]byte{{1, 2, 3}, {}, bytes.Repeat([]byte{7}, hostspec.MaxMessage)}
	for _, b := range sent {
		if err := hostframe.Write(&stream, b); err != nil {
			t.Fatal(err)
		}
	}
	slow := iotest.OneByteReader(&stream)
	for _, want := range sent {
		if got, err := hostframe.Read(slow); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, error %v", len(got), err)
		}
	}
	if _, err := hostframe.Read(slow); err != io.EOF {
		t.Errorf("after the last frame: %v", err)
	}
}

func TestAFrameThatIsCutOffIsNotACleanEnd(t *testing.T) {
	for _, b := range [][]byte{{0}, {0, 4}, {0, 4, 1, 2}} {
		if _, err := hostframe.Read(bytes.NewReader(b)); err == nil || err == io.EOF {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func TestAFrameOverTheLimitIsRefused(t *testing.T) {
	if _, err := hostframe.Read(bytes.NewReader([]byte{0x10, 0x01})); !errors.Is(err, hostframe.ErrTooLong) {
		t.Errorf("read: %v", err)
	}
	if err := hostframe.Write(io.Discard, make([]byte, hostspec.MaxMessage+1)); !errors.Is(err, hostframe.ErrTooLong) {
		t.Errorf("write: %v", err)
	}
}

func TestAFrameIsOneWrite(t *testing.T) {
	var w counter
	if err := hostframe.Write(&w, make([]byte, 300)); err != nil || w != 1 {
		t.Errorf("%d writes, error %v", w, err)
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c++; return len(b), nil }

func FuzzCanonicalFrame(f *testing.F) {
	f.Add([]byte{0, 2, 8, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		message, err := hostframe.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if hostframe.Write(&out, message) != nil || !bytes.HasPrefix(b, out.Bytes()) {
			t.Error("not canonical")
		}
	})
}
