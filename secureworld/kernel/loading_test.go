//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload/distribution"
)

const tokenHeader = "D0000B1AX00N0000IK14D001000100112233"

// holder is a keystore that stages in ordinary memory.
type holder struct {
	held    keystore.Loading
	missing error
	seen    time.Time
	staged  []byte
	id      [8]byte
	refuse  error
}

func (h *holder) Loading() (keystore.Loading, error) { return h.held, h.missing }

func (h *holder) KeepRevoked(at time.Time) error {
	h.seen, h.held.Revoked = at, at
	return nil
}

func (h *holder) StageHost(load func([]byte) ([8]byte, error)) (keystore.Replacement, error) {
	room := make([]byte, 32)
	id, err := load(room)
	if err == nil {
		err = h.refuse
	}
	if err != nil {
		return keystore.Replacement{}, err
	}
	h.staged, h.id = room, id
	return keystore.Replacement{KeyID: id}, nil
}

func (h *holder) DropStaged() {}

// certified makes a key and a certificate of it, by itself where there is no other.
func certified(t *testing.T, name string, serial int64, by *distribution.Host) distribution.Host {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
	if by == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.SubjectKeyId = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, []byte(name)
		by = &distribution.Host{Certificate: c, Key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.Certificate, &key.PublicKey, by.Key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return distribution.Host{Certificate: made, Key: key}
}

func listOf(t *testing.T, authority distribution.Host, at time.Time) []byte {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: at, NextUpdate: at.Add(time.Hour)},
		authority.Certificate, authority.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// loadingLane is a device with its host, another host of the same authority, and
// another device.
type loadingLane struct {
	*testing.T
	*loading
	holder                                 *holder
	authority, host, other, device, second distribution.Host
	plans                                  []transaction.Replacing
	code                                   mailbox.Code
	err                                    error
	list                                   []byte
	key                                    []byte
}

func newLoadingLane(t *testing.T) *loadingLane {
	l := &loadingLane{T: t, key: bytes.Repeat([]byte{7}, 32)}
	devices := certified(t, "devices", 1, nil)
	l.authority = certified(t, "hosts", 1, nil)
	l.host, l.other = certified(t, "host", 2, &l.authority), certified(t, "other", 3, &l.authority)
	l.device, l.second = certified(t, "TERM0001", 4, &devices), certified(t, "TERM0002", 5, &devices)
	l.holder = &holder{held: keystore.Loading{Key: l.device.Key, Own: l.device.Certificate, Authority: l.authority.Certificate, Host: l.host.Certificate}}
	l.list = listOf(t, l.authority, time.Now().Add(-time.Minute))
	l.loading = &loading{keys: l.holder, now: time.Now, replace: func(_ context.Context, p transaction.Replacing) (mailbox.Code, error) {
		l.plans = append(l.plans, p)
		return l.code, l.err
	}}
	return l
}

func (l *loadingLane) challenge() []byte {
	l.Helper()
	random, o := l.Challenge()
	if o != handover.OutcomeDone || random == [16]byte{} {
		l.Fatal(o)
	}
	return random[:]
}

func (l *loadingLane) token(by, to distribution.Host, header string, random []byte) []byte {
	l.Helper()
	token, err := by.KeyToken(to.Certificate, header, l.key, random)
	if err != nil {
		l.Fatal(err)
	}
	return remoteload.JoinDelivery(l.list, token)
}

func TestATokenOfTheBoundHostReplacesTheKey(t *testing.T) {
	l := newLoadingLane(t)
	if o := l.Load(l.token(l.host, l.device, tokenHeader, l.challenge())); o != handover.OutcomeDone {
		t.Fatal(o)
	}
	if !bytes.Equal(l.holder.staged, l.key) || l.holder.id != [8]byte{0xD0, 1, 0, 1, 0, 0x11, 0x22, 0x33} || len(l.plans) != 1 || l.holder.seen.IsZero() {
		t.Errorf("%x %x %v", l.holder.staged, l.holder.id, l.plans)
	}
}

func TestTokensThatAreNotForThisDeviceNowAreRefused(t *testing.T) {
	l := newLoadingLane(t)
	used := l.token(l.host, l.device, tokenHeader, l.challenge())
	if l.Load(used) != handover.OutcomeDone {
		t.Fatal("the control is refused")
	}
	l.plans = nil
	for name, delivery := range map[string]func(random []byte) []byte{
		"replayed":           func([]byte) []byte { return used },
		"for another device": func(r []byte) []byte { return l.token(l.host, l.second, tokenHeader, r) },
		"by another host":    func(r []byte) []byte { return l.token(l.other, l.device, tokenHeader, r) },
		"of another usage":   func(r []byte) []byte { return l.token(l.host, l.device, "D0000M6AC00N0000IK14D001000100112233", r) },
		"without a key id":   func(r []byte) []byte { return l.token(l.host, l.device, "D0000B1AX00N0000", r) },
		"without a list":     func(r []byte) []byte { return l.token(l.host, l.device, tokenHeader, r)[len(l.list):] },
		"with an older list": func(r []byte) []byte {
			l.list = listOf(t, l.authority, time.Now().Add(-time.Hour))
			return l.token(l.host, l.device, tokenHeader, r)
		},
		"nothing": func([]byte) []byte { return nil },
	} {
		if o := l.Load(delivery(l.challenge())); o != handover.OutcomeToken || len(l.plans) != 0 {
			t.Errorf("%s: %v", name, o)
		}
		l.list = listOf(t, l.authority, time.Now().Add(-time.Minute).Add(time.Second))
	}
	if o := l.Load(used); o != handover.OutcomeToken {
		t.Errorf("without a challenge: %v", o)
	}
}

func TestAChallengeIsGoodForOneTryAlone(t *testing.T) {
	l := newLoadingLane(t)
	good := l.token(l.host, l.device, tokenHeader, l.challenge())
	if l.Load([]byte{0}) != handover.OutcomeToken || l.Load(good) != handover.OutcomeToken {
		t.Error("it outlives a token that was refused")
	}
	good = l.token(l.host, l.device, tokenHeader, l.challenge())
	l.challenge()
	if l.Load(good) != handover.OutcomeToken {
		t.Error("it outlives the next")
	}
}

func TestWhatBecameOfALoadingIsTold(t *testing.T) {
	for want, set := range map[handover.Outcome]func(*loadingLane){
		handover.OutcomeBusy:     func(l *loadingLane) { l.code = mailbox.CodeReversalMode },
		handover.OutcomeDenied:   func(l *loadingLane) { l.code = mailbox.CodeTampered },
		handover.OutcomeLoaded:   func(l *loadingLane) { l.holder.refuse = keystore.ErrUsedKey },
		handover.OutcomeUnusable: func(l *loadingLane) { l.err = errors.New("stopped") },
	} {
		l := newLoadingLane(t)
		set(l)
		if o := l.Load(l.token(l.host, l.device, tokenHeader, l.challenge())); o != want {
			t.Errorf("%v, want %v", o, want)
		}
		if _, o := l.Challenge(); (o == handover.OutcomeDenied) != (l.err != nil) {
			t.Errorf("%v, and then %v", want, o)
		}
	}
	l := newLoadingLane(t)
	l.holder.missing = keystore.ErrNoLoading
	if _, o := l.Challenge(); o != handover.OutcomeNotSupported {
		t.Errorf("%v", o)
	}
}
