//go:build linux

package applications

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// More operations of the probe.
const (
	search = 12
	room   = 14
)

// thief is a shop with two applications that were installed while its lane runs: one
// that has a secret, and one that does what it is told.
type thief struct {
	*shop
	secret []byte
}

func newThief(t *testing.T) *thief {
	t.Helper()
	s := open(t)
	if s == nil {
		return nil
	}
	probe := signing.Application{Name: "probe", Version: 1, Module: built(t, "../../secureworld/kernel/internal/tahost/testdata/probe"),
		Permissions: []string{"crypto", "storage"}, Quotas: signing.Quotas{CallsPerSecond: 100, CPUMillis: 500, DeadlineMillis: 1000}}
	victim := probe
	victim.Name = "victim"
	for _, a := range []signing.Application{probe, victim} {
		if err := s.install(a); err != nil {
			t.Fatal(err)
		}
	}
	h := &thief{s, make([]byte, 32)}
	_, _ = rand.Read(h.secret) // never fails
	return h
}

// calls asks an application to call a host function, again while it is over its quota.
func (h *thief) calls(name string, fn uint32, data []byte) (answer []byte, code int) {
	h.Helper()
	return h.invokes(name, room, append(binary.BigEndian.AppendUint32(nil, fn), data...))
}

func (h *thief) invokes(name string, op uint32, data []byte) (answer []byte, code int) {
	h.Helper()
	for range 400 {
		answer, code, err := h.app.Invoke(name, op, data)
		if err == nil {
			return answer, code
		}
		if refusedAs(err, mailbox.CodeApplication) {
			return nil, -1
		}
		if !refusedAs(err, mailbox.CodeQuota) && !refusedAs(err, mailbox.CodeStopped) {
			h.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.Fatalf("%s is not served any more", name)
	return nil, 0
}

// shows tells whether b holds the secret in a form in which a call could give it away.
func (h *thief) shows(b []byte) bool {
	for _, form := range [][]byte{h.secret, []byte(hex.EncodeToString(h.secret)), []byte(base64.StdEncoding.EncodeToString(h.secret))} {
		if bytes.Contains(b, form) {
			return true
		}
	}
	return false
}

// TestAnInstalledApplicationExportsNoKeyThroughAnyHostFunction puts a secret into the
// running kernel and asks every function for it, those of other applications too.
func TestAnInstalledApplicationExportsNoKeyThroughAnyHostFunction(t *testing.T) {
	h := newThief(t)
	if h == nil {
		return
	}
	label := []byte("planted")
	handle, code := h.calls("probe", call.FnImport, call.Append(nil, call.Head{Algorithm: call.HMACSHA256, Usage: call.MAC | call.VerifyMAC, Flags: call.Persistent}, label, h.secret))
	if code != 0 || len(handle) != 4 {
		t.Fatalf("planting the secret: %x, %d", handle, code)
	}
	planted := binary.BigEndian.Uint32(handle)
	// The controls: the key is that secret, and a call that shows it is seen.
	mac := hmac.New(sha256.New, h.secret)
	mac.Write([]byte("message"))
	if tag, code := h.calls("probe", call.FnMAC, call.Append(nil, call.Head{Handle: planted}, []byte("message"))); code != 0 || !bytes.Equal(tag, mac.Sum(nil)) {
		t.Fatalf("the control: a tag of %d bytes, %d", len(tag), code)
	}
	if _, code := h.calls("probe", call.FnPutData, call.Append(nil, call.Head{}, []byte("shown"), h.secret)); code != 0 {
		t.Fatal(code)
	}
	if b, code := h.calls("probe", call.FnGetData, call.Append(nil, call.Head{}, []byte("shown"))); code != 0 || !h.shows(b) {
		t.Fatalf("the control is blind: %d", code)
	}
	if _, code := h.calls("probe", call.FnDeleteData, call.Append(nil, call.Head{}, []byte("shown"))); code != 0 {
		t.Fatal(code)
	}
	answered := 0
	for fn := range uint32(256) {
		if fn == call.FnDelete || fn == call.FnImport {
			continue // would end the key; gives a handle for what the caller has
		}
		for _, request := range requests(fn, planted, label) {
			b, code := h.calls("probe", fn, request)
			if h.shows(b) {
				t.Errorf("function %d gave the key away", fn)
			}
			if code == 0 {
				answered++
			}
		}
	}
	if answered < 10 {
		t.Errorf("%d calls were answered: the test asks for nothing", answered)
	}
	if b, code := h.calls("victim", call.FnMAC, call.Append(nil, call.Head{Handle: planted}, []byte("message"))); code == 0 {
		t.Errorf("another application uses the key: %x", b)
	}
}

// requests are what a caller without scruple would send.
func requests(fn, handle uint32, label []byte) (all [][]byte) {
	parts := call.Parts(fn)
	if parts < 0 {
		return [][]byte{make([]byte, 64), binary.BigEndian.AppendUint32(nil, handle), append([]byte{byte(len(label))}, label...)}
	}
	for _, value := range [][]byte{nil, label, make([]byte, 32)} {
		for _, a := range []call.Algorithm{call.AlgorithmNone, call.HMACSHA256, call.SHA256} {
			all = append(all, call.Append(nil, call.Head{Handle: handle, Algorithm: a, Usage: call.MAC}, slices.Repeat([][]byte{value}, parts)...))
		}
	}
	return all
}

// TestAnInstalledApplicationReadsNothingOfAnothersMemory searches all memory that the
// thief's instance can read for what the victim keeps; the victim's own finds it.
func TestAnInstalledApplicationReadsNothingOfAnothersMemory(t *testing.T) {
	h := newThief(t)
	if h == nil {
		return
	}
	inverted := make([]byte, len(h.secret)) // so that the question holds no copy
	for i, b := range h.secret {
		inverted[i] = ^b
	}
	if _, code := h.invokes("victim", keep, h.secret); code != 0 {
		t.Fatal(code)
	}
	// The question, once it is turned back, is found by both.
	mine, others := h.finds("victim", inverted), h.finds("probe", inverted)
	if mine <= others {
		t.Errorf("the victim finds %d, the thief %d", mine, others)
	}
	if _, code := h.invokes("probe", keep, h.secret); code != 0 {
		t.Fatal(code)
	}
	if now := h.finds("probe", inverted); now != mine {
		t.Errorf("the control: with a copy of its own the thief finds %d, the victim %d", now, mine)
	}
}

func (h *thief) finds(name string, inverted []byte) int {
	h.Helper()
	said, code := h.invokes(name, search, inverted)
	n, err := strconv.Atoi(string(said))
	if code != 0 || err != nil {
		h.Fatalf("%q, %d", said, code)
	}
	return n
}

// TestAnInstalledApplicationThatAsksWithoutAPauseIsHeldToItsQuota asks for more calls
// than it has, while another is served and a card pays.
func TestAnInstalledApplicationThatAsksWithoutAPauseIsHeldToItsQuota(t *testing.T) {
	h := newThief(t)
	if h == nil {
		return
	}
	card := h.card("buyer")
	h.pays(card, 100)
	held := 0
	for begin := time.Now(); time.Since(begin) < 3*time.Second; {
		if _, _, err := h.app.Invoke("probe", echo, []byte("x")); refusedAs(err, mailbox.CodeQuota) {
			held++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if held == 0 {
		t.Error("nothing was refused for its quota")
	}
	if answer, _, err := h.app.Invoke("victim", echo, []byte("on")); err != nil || string(answer) != "on" {
		t.Errorf("another application: %q, %v", answer, err)
	}
	h.pays(card, 200)
}
