//go:build !wasip1

package tasdk

import (
	"bytes"
	"errors"
	"testing"
)

func TestNativeCallServesAsTheKernelWould(t *testing.T) {
	Serve(func(op uint32, request, out []byte) (int, int32) {
		switch op {
		case 1:
			return copy(out, append([]byte("got "), request...)), 0
		case 2:
			return len(out) + 1, 0
		}
		return 0, -7
	})
	t.Cleanup(func() { Serve(nil) })
	if got, code := Call(1, []byte("it")); code != 0 || !bytes.Equal(got, []byte("got it")) {
		t.Fatalf("%q, code %d", got, code)
	}
	if _, code := Call(2, nil); code != CodeAnswerSize {
		t.Errorf("impossible length: code %d", code)
	}
	if _, code := Call(3, nil); code != -7 {
		t.Errorf("own code: %d", code)
	}
	if _, code := Call(1, make([]byte, BufferSize+1)); code != CodeRequestSize {
		t.Errorf("long request: code %d", code)
	}
	Serve(nil)
	if _, code := Call(1, nil); code != CodeNotServed {
		t.Errorf("nothing served: code %d", code)
	}
}

func TestHostGrowsInPlaceAndTellsRefusals(t *testing.T) {
	UseHost(func(fn uint32, buf []byte) (int, int32) {
		if fn != 1 {
			return 0, CodeHostUnknown
		}
		buf = buf[:cap(buf)]
		for i := range buf {
			buf[i] = 'x'
		}
		return len(buf), 0
	})
	t.Cleanup(func() { UseHost(nil) })
	room := make([]byte, 1, 3)
	if n, err := Host(1, room); n != 3 || err != nil || string(room[:3]) != "xxx" {
		t.Fatalf("%d, %v, %q", n, err, room[:3])
	}
	var refused HostError
	if _, err := Host(2, room); !errors.As(err, &refused) || refused.Code != CodeHostUnknown {
		t.Fatalf("refusal came as %v", err)
	}
}
