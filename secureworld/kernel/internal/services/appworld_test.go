package services

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

func body(t *testing.T, m any) []byte {
	t.Helper()
	b, err := frame.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheAppWorldHasWhatItsMessagesSay(t *testing.T) {
	d := newDevice(t)
	app := d.Gate(func() bool { return false }).Session()
	kind, answer := app.Answer(t.Context(), mailbox.KindGenerate, body(t, mailbox.Generate{Algorithm: mailbox.AlgorithmECDSAP256, Usage: mailbox.UsageSign, Label: []byte("receipts"), Persistent: true}))
	key, ok := answer.(mailbox.Key)
	if kind != mailbox.KindGenerate|0x80 || !ok || key.Handle == 0 {
		t.Fatalf("%02x %+v", kind, answer)
	}
	for name, c := range map[string]struct {
		kind byte
		ask  any
		want mailbox.Code
	}{
		"a key that is none":                  {mailbox.KindSign, mailbox.Sign{Handle: key.Handle + 1}, mailbox.CodeNoKey},
		"a usage that it has not":             {mailbox.KindMAC, mailbox.MAC{Handle: key.Handle}, mailbox.CodeUsage},
		"an algorithm that is none":           {mailbox.KindGenerate, mailbox.Generate{Algorithm: 200, Usage: 1}, mailbox.CodeAlgorithm},
		"a label that is taken":               {mailbox.KindGenerate, mailbox.Generate{Algorithm: 1, Usage: 1, Label: []byte("receipts"), Persistent: true}, mailbox.CodeExists},
		"a certificate that is none":          {mailbox.KindPutCertificate, mailbox.PutCertificate{Name: []byte("x"), DER: []byte("x")}, mailbox.CodeMalformed},
		"a name that is not there":            {mailbox.KindGetData, mailbox.GetData{Name: []byte("x")}, mailbox.CodeNotFound},
		"a certificate that is not there":     {mailbox.KindVerifyWith, mailbox.VerifyWith{Name: []byte("x"), Algorithm: mailbox.AlgorithmECDSAP256}, mailbox.CodeNotFound},
		"a message of another form":           {mailbox.KindSign, mailbox.Ping{}, mailbox.CodeMalformed},
		"a kind that is none of the services": {mailbox.KindPing, mailbox.Ping{}, mailbox.CodeUnknownKind},
	} {
		kind, answer := app.Answer(t.Context(), c.kind, body(t, c.ask))
		if r, ok := answer.(mailbox.Refused); kind != mailbox.KindRefused || !ok || r.Code != c.want {
			t.Errorf("%s: %02x %+v", name, kind, answer)
		}
	}
	if _, answer := app.Answer(t.Context(), mailbox.KindFind, body(t, mailbox.Find{Label: []byte("receipts")})); answer != key {
		t.Errorf("%+v", answer)
	}
}

func TestAnApplicationsKeyIsNoneOfTheAppWorld(t *testing.T) {
	d := newDevice(t)
	k := generate(t, d.application("till"), call.AES256CMAC, call.MAC)
	app := d.Gate(func() bool { return false }).Session()
	for _, handle := range []uint32{k, k + 1} {
		if _, answer := app.Answer(t.Context(), mailbox.KindMAC, body(t, mailbox.MAC{Handle: handle})); answer != (mailbox.Refused{Code: mailbox.CodeNoKey}) {
			t.Errorf("%+v", answer)
		}
	}
}

// While a payment is under way, the app world's operations come one by one with a
// rest behind each; while none is, they do not wait.
func TestThePaymentIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := false
		g := &Gate{busy: func() bool { return busy }, turn: make(chan struct{}, 1)}
		for _, c := range []struct {
			busy       bool
			took, rest time.Duration
		}{{false, time.Second, 0}, {true, 300 * time.Millisecond, 300 * time.Millisecond}, {true, time.Hour, maxRest}} {
			busy = c.busy
			if !g.enter(t.Context()) {
				t.Fatal("no turn")
			}
			begun := time.Now()
			g.leave(t.Context(), c.took)
			if rest := time.Since(begun); rest != c.rest {
				t.Errorf("busy %t, %v: rested %v", c.busy, c.took, rest)
			}
		}
		_ = g.enter(t.Context())
		if g.enter(t.Context()) {
			t.Error("two at a time")
		}
	})
}

// Whatever is sent, the kernel answers and goes on.
func FuzzAppWorld(f *testing.F) {
	for _, m := range mailbox.Messages() {
		b, err := frame.Append(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		for kind := range questions() {
			f.Add(kind, b)
		}
	}
	s, err := New(Config{Memory: keyMemory(f), Spaces: func(string) (Stores, error) { return Stores{newShelf(), newShelf(), newShelf()}, nil }})
	if err != nil {
		f.Fatal(err)
	}
	app := s.Gate(func() bool { return false }).Session()
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		answer, message := app.Answer(context.Background(), kind, b)
		if _, err := frame.Append(nil, message); err != nil || answer != kind|0x80 && answer != mailbox.KindRefused {
			t.Fatalf("%02x: answered %02x, %v", kind, answer, err)
		}
		if r, ok := message.(mailbox.Refused); ok && r.Code == mailbox.CodeServices {
			t.Fatalf("%02x: it panicked", kind)
		}
		app.keys.forget(nil)
	})
}

func FuzzApplication(f *testing.F) {
	for fn := call.FnGenerate; fn < call.FnEnd; fn++ {
		f.Add(fn, call.Append(nil, call.Head{Algorithm: call.AES256GCM, Usage: call.Encrypt}, make([][]byte, call.Parts(fn))...), uint16(1000))
	}
	s, err := New(Config{Memory: keyMemory(f), Spaces: func(string) (Stores, error) { return Stores{newShelf(), newShelf(), newShelf()}, nil }})
	if err != nil {
		f.Fatal(err)
	}
	o, _ := Application("till")
	c := s.Session(o, func() Permissions { return PermitAll })
	all := functions()
	f.Fuzz(func(t *testing.T, fn uint32, b []byte, room uint16) {
		fn = call.FnGenerate + fn%(call.FnEnd-call.FnGenerate)
		mem := make([]byte, len(b), len(b)+int(room))
		copy(mem, b)
		if n, code := c.answer(context.Background(), fn, all[fn], mem); n > cap(mem) || n < 0 || code != call.OK && n != 0 {
			t.Fatalf("function %d: %d bytes, %v", fn, n, code)
		}
		c.forget(nil)
	})
}
