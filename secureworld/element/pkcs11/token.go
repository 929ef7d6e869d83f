//go:build linux && cgo

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/miekg/pkcs11"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// token is a token that is logged in to, and a bounded pool of sessions, one of
// which every operation has to itself.
type token struct {
	place   place
	library *pkcs11.Ctx
	slots   chan struct{} // one for each session that may be in use

	mu   sync.Mutex
	idle []*session // guarded by mu
	keys *ring      // as the last login found them; guarded by mu
}

func openToken(p place) (*token, error) {
	if err := p.complete(); err != nil {
		return nil, err
	}
	library := pkcs11.New(p.module)
	if library == nil {
		return nil, errors.New("the PKCS#11 library cannot be loaded")
	}
	if err := library.Initialize(); err != nil {
		library.Destroy()
		return nil, fmt.Errorf("initialising the PKCS#11 library: %w", err)
	}
	t := &token{place: p, library: library, slots: make(chan struct{}, maxSessions)}
	if err := t.with(func(*session) error { return nil }); err != nil {
		t.close()
		return nil, fmt.Errorf("opening the token: %w", err)
	}
	return t, nil
}

// close ends all sessions; none may be in use.
func (t *token) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.idle {
		s.close()
	}
	t.idle = nil
	_ = t.library.Finalize()
	t.library.Destroy()
}

// with calls use with a session of its own. A session that failed is not used
// again: after a token was pulled, the next one logs in anew.
func (t *token) with(use func(*session) error) error {
	t.slots <- struct{}{}
	defer func() { <-t.slots }()
	s, err := t.session()
	if err != nil {
		return err
	}
	err = use(s)
	if err != nil && !errors.As(err, new(element.Code)) {
		s.close()
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, s)
	return err
}

func (t *token) session() (*session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.idle); n > 0 {
		s := t.idle[n-1]
		t.idle = t.idle[:n-1]
		s.keys = t.keys
		return s, nil
	}
	slot, err := t.slot()
	if err != nil {
		return nil, err
	}
	h, err := t.library.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return nil, err
	}
	s := newSession(t.library, h)
	if err := t.begin(s); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// begin logs in, and finds the keys where that was the first session: handles end
// with the last one. It is called with mu held.
func (t *token) begin(s *session) error {
	first, err := t.login(s.handle)
	if err == nil && (first || t.keys == nil) {
		t.keys, err = s.find()
	}
	s.keys = t.keys
	return err
}

// slot is looked up each time: a token that comes back may be in another one.
func (t *token) slot() (uint, error) {
	slots, err := t.library.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, s := range slots {
		if info, err := t.library.GetTokenInfo(s); err == nil && info.Label == t.place.label {
			return s, nil
		}
	}
	return 0, errors.New("no token of this label")
}

// login counts for all sessions of this process, so it may have been made. The
// PIN is read each time and not kept.
func (t *token) login(h pkcs11.SessionHandle) (first bool, err error) {
	raw, err := os.ReadFile(t.place.pin)
	defer clear(raw)
	pin := bytes.TrimRight(raw, "\r\n")
	if err != nil || len(pin) == 0 || len(pin) > maxPIN {
		return false, errors.New("reading the PIN")
	}
	// A view and no copy: the binding takes a string, and a copy could not be wiped.
	err = t.library.Login(h, pkcs11.CKU_USER, unsafe.String(&pin[0], len(pin))) //nolint:gosec // read within the call alone
	if errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN)) {
		return false, nil
	}
	return err == nil, err
}
