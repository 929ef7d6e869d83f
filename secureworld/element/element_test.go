package element_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// double answers with what it was asked, or as a test wants.
type double struct {
	calls atomic.Int64
	err   error
}

func (d *double) Status(element.Status) (element.Health, error) {
	d.calls.Add(1)
	return element.Health{Ready: true, Keys: 3}, d.err
}
func (d *double) OpenAccount(r element.OpenAccount) (element.Account, error) {
	return element.Account{Data: r.Sealed}, d.err
}
func (d *double) MACVerify(element.MACVerify) (v element.Verified, err error) { return v, d.err }
func (d *double) MACGenerate(r element.MACGenerate) (m element.MAC, err error) {
	copy(m.MAC[:], r.Data)
	return m, d.err
}
func (d *double) TranslatePIN(r element.TranslatePIN, _ *element.Chance) (element.Translated, error) {
	return element.Translated{Block: r.Block}, d.err
}
func (d *double) VerifyPIN(element.VerifyPIN) (v element.Verified, err error) { return v, d.err }
func (d *double) VerifyARQC(r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return element.IssuerAuthentication{Data: r.ARQC[:]}, d.err
}
func (d *double) PINOffset(element.PINOffset) (o element.Offset, err error) { return o, d.err }
func (d *double) PANReference(element.PANReference) (r element.Reference, err error) {
	return r, d.err
}

func (d *double) VerifyCVV(element.VerifyCVV) (v element.Verified, err error)   { return v, d.err }
func (d *double) VerifyCVC3(element.VerifyCVC3) (v element.Verified, err error) { return v, d.err }
func (d *double) ScriptMAC(r element.ScriptMAC) (m element.MAC, err error) {
	copy(m.MAC[:], r.Header[:])
	return m, d.err
}

func (d *double) LoadKeyBlock(r element.LoadKeyBlock) (l element.LoadedKey, err error) {
	copy(l.Check[:], r.Block)
	return l, d.err
}

func (d *double) Derive(r element.Derive, c *element.Chance) (k element.DerivedKey, err error) {
	return element.DerivedKey{Block: c[:], Check: element.CheckValue(r.ID[:])}, d.err
}

func (d *double) TranslatePINUnder(r element.TranslatePINUnder, c *element.Chance) (element.Translated, error) {
	return element.Translated{Block: element.PINBlock(c[:])}, d.err
}

func (d *double) OpenAccountUnder(r element.OpenAccountUnder) (element.Account, error) {
	return element.Account{Data: r.Sealed}, d.err
}

func serve(t *testing.T, path string, ops element.Operations) (stop func()) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = element.Serve(ctx, l, ops) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

func TestRequestsAndAnswersCross(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	serve(t, path, &double{})
	c := element.NewClient(path, 2)
	defer c.Close()
	ctx := context.Background()
	if h, err := c.Status(ctx); err != nil || h.Keys != 3 {
		t.Errorf("status %+v, %v", h, err)
	}
	if a, err := c.OpenAccount(ctx, element.OpenAccount{Sealed: []byte("sealed")}); err != nil || string(a.Data) != "sealed" {
		t.Errorf("account %v", err)
	}
	if m, err := c.MACGenerate(ctx, element.MACGenerate{Data: bytes.Repeat([]byte{7}, element.MaxData)}); err != nil || m.MAC[7] != 7 {
		t.Errorf("MAC %v", err)
	}
	if m, err := c.ScriptMAC(ctx, element.ScriptMAC{Header: [5]byte{1, 2}, Data: make([]byte, element.MaxScriptData)}); err != nil || m.MAC[1] != 2 {
		t.Errorf("script %v", err)
	}
	if err := errors.Join(c.VerifyCVV(ctx, element.VerifyCVV{}), c.VerifyCVC3(ctx, element.VerifyCVC3{})); err != nil {
		t.Error(err)
	}
	if _, err := c.OpenAccount(ctx, element.OpenAccount{Sealed: make([]byte, element.MaxSealed+1)}); err == nil {
		t.Error("a field over its limit was sent")
	}
}

func TestRefusalsCrossAsCodesAndFaultsAsInternal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	d := &double{err: element.CodePIN}
	serve(t, path, d)
	c := element.NewClient(path, 1)
	defer c.Close()
	if err := c.VerifyPIN(context.Background(), element.VerifyPIN{}); !errors.Is(err, element.CodePIN) {
		t.Errorf("%v", err)
	}
	d.err = errors.New("what happened inside")
	if err := c.VerifyPIN(context.Background(), element.VerifyPIN{}); !errors.Is(err, element.CodeInternal) {
		t.Errorf("%v", err)
	}
}

func TestAnElementThatWasRestartedIsNoFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	stop := serve(t, path, &double{})
	c := element.NewClient(path, 1)
	defer c.Close()
	if _, err := c.Status(context.Background()); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := c.Status(context.Background()); !errors.Is(err, element.CodeUnavailable) {
		t.Errorf("without an element: %v", err)
	}
	serve(t, path, &double{})
	if _, err := c.Status(context.Background()); err != nil {
		t.Errorf("after its restart: %v", err)
	}
}

func TestMoreCallersThanConnectionsWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	d := &double{}
	serve(t, path, d)
	c := element.NewClient(path, 2)
	defer c.Close()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := c.Status(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if d.calls.Load() != 50 {
		t.Errorf("%d calls", d.calls.Load())
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go element.ServeConn(context.Background(), there, &double{})
	_ = here.SetDeadline(time.Now().Add(5 * time.Second))
	for _, kind := range []byte{0x00, 0x11, 0x81, 0xFF, element.KindMACVerify} {
		if err := frame.Write(here, kind, []byte{1}); err != nil {
			t.Fatal(err)
		}
		got, body, err := frame.Read(here, element.MaxBody)
		var r element.Refusal
		if err != nil || got != element.KindRefusal || frame.Parse(body, &r) != nil || r.Code != element.CodeMalformed {
			t.Errorf("kind %02x: kind %02x, code %v, %v", kind, got, r.Code, err)
		}
	}
	if _, err := here.Write([]byte{9, 1, 0, 0}); err != nil { // another version
		t.Fatal(err)
	}
	if _, _, err := frame.Read(here, element.MaxBody); err == nil {
		t.Error("a desynchronised connection was kept")
	}
}

// FuzzCanonicalRequest holds every request's layout to one encoding.
func FuzzCanonicalRequest(f *testing.F) {
	seed, _ := frame.Append(nil, element.VerifyARQC{PAN: []byte("4111111111111111"), Method: element.Method2})
	f.Add(byte(7), seed)
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		requests := []any{
			&element.Status{}, &element.OpenAccount{}, &element.MACVerify{}, &element.MACGenerate{}, &element.TranslatePIN{},
			&element.VerifyPIN{}, &element.VerifyARQC{}, &element.PINOffset{}, &element.PANReference{},
			&element.VerifyCVV{}, &element.VerifyCVC3{}, &element.ScriptMAC{},
			&element.LoadKeyBlock{}, &element.Derive{}, &element.TranslatePINUnder{}, &element.OpenAccountUnder{},
		}
		r := requests[int(kind)%len(requests)]
		if frame.Parse(body, r) != nil {
			return
		}
		again, err := frame.Append(nil, reflect.ValueOf(r).Elem().Interface())
		if err != nil || !bytes.Equal(again, body) {
			t.Error("not canonical")
		}
	})
}
