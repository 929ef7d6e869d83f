package service

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// overheard is what somebody reads who is the reader's TLS peer and has none of the keys
// beneath it: all frames of a sale until the host is asked, and beside them what the
// envelope of the request holds.
func (l *lane) overheard(take sred.Take, keys *opener) (frames [][]byte, account, data []byte) {
	l.t.Helper()
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	for {
		kind, body := l.peer.Read()
		frames = append(frames, bytes.Clone(body))
		switch kind {
		case sred.KindVerify:
			var m sred.Verify
			parse(l.t, body, &m)
			keys.open(m.Envelope, digest)
			l.peer.Order(sred.KindPINDone, sred.PINDone{Order: take.Order, Result: sred.PINEntered})
		case sred.KindOnline:
			var m sred.Online
			parse(l.t, body, &m)
			account, data = keys.open(m.Envelope, digest)
			return frames, account, data
		}
	}
}

func needles(t *testing.T) *scan.Matcher {
	t.Helper()
	var n scan.Needles
	if err := n.AddPAN("card", []byte(testPAN)); err != nil {
		t.Fatal(err)
	}
	return n.Compile()
}

func found(m *scan.Matcher, frames ...[]byte) (n int) {
	for _, f := range frames {
		m.Search(f, 0, func(scan.Match) { n++ })
	}
	return n
}

// A21: who stands in the middle of the reader's line, past its TLS, has envelopes. With
// the seal inside it off he would have the card.
func TestA21WhoReadsTheReadersLineFindsNoCard(t *testing.T) {
	l := newLane(t)
	keys := l.opener()
	go l.insertWhenAsked(nil)
	frames, account, data := l.overheard(takeOrder(1), keys)
	m := needles(t)
	if n := found(m, frames...); n != 0 || len(frames) < 3 {
		t.Errorf("%d copies of the number in %d frames", n, len(frames))
	}
	unsealed, err := contents.Pack(make([]byte, contents.SealedSize), account, data)
	if err != nil {
		t.Fatal(err)
	}
	if found(m, unsealed) == 0 {
		t.Error("hole: what the envelope holds, without its seal, shows nothing")
	}
}

// A21: an envelope that was changed on the way, or sealed by somebody without the
// reader's key, opens for nobody.
func TestA21AnEnvelopeThatWasChangedOnTheWayDoesNotOpen(t *testing.T) {
	l := newLane(t)
	go l.insertWhenAsked(nil)
	take := takeOrder(1)
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	var m sred.Verify
	l.next(sred.KindVerify, &m)
	try := func(change func(*sred.Envelope, *[32]byte)) error {
		e, d := m.Envelope, digest
		change(&e, &d)
		own, err := dukpt.Load(make([]byte, dukpt.StateSize), l.world.ID, dukpt.AES256, bytes.Clone(l.world.Initial))
		if err != nil {
			t.Fatal(err)
		}
		for {
			tx, err := own.Next(make([]byte, dukpt.RoomTransaction), func([]byte) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if tx.KSN() == m.Envelope.KSN {
				_, _, err := openWith(tx, e, d, l.world.ID)
				return err
			}
		}
	}
	if err := try(func(*sred.Envelope, *[32]byte) {}); err != nil {
		t.Fatalf("twin: %v", err)
	}
	block, _ := aes.NewCipher(make([]byte, 32))
	gcm, _ := cipher.NewGCM(block)
	for name, change := range map[string]func(*sred.Envelope, *[32]byte){
		"a bit of it":      func(e *sred.Envelope, _ *[32]byte) { e.Sealed[7] ^= 1 },
		"a bit of its tag": func(e *sred.Envelope, _ *[32]byte) { e.Sealed[len(e.Sealed)-1] ^= 1 },
		"another KSN":      func(e *sred.Envelope, _ *[32]byte) { e.KSN[11]++ },
		"another number":   func(e *sred.Envelope, _ *[32]byte) { e.Number++ },
		"another order":    func(_ *sred.Envelope, d *[32]byte) { d[0] ^= 1 },
		"sealed by somebody": func(e *sred.Envelope, d *[32]byte) {
			sealed := gcm.Seal(nil, sred.Nonce(), make([]byte, contents.Size), sred.AAD(*d, l.world.ID, e.KSN, e.Number))
			copy(e.Sealed[:], sealed)
		},
	} {
		if try(change) == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// A72: envelopes of every card have one length, and so have the frames around them.
func TestA72FramesOfEveryCardHaveOneLength(t *testing.T) {
	sealed, plain := map[int]bool{}, map[int]bool{}
	for _, change := range []func(*virtualcard.Profile){
		nil,
		func(p *virtualcard.Profile) { p.PAN = "4761730000000000018" },
		func(p *virtualcard.Profile) { p.PAN = "4761731000017" },
	} {
		l := newLane(t)
		keys := l.opener()
		go l.insertWhenAsked(change)
		frames, account, data := l.overheard(takeOrder(1), keys)
		for _, f := range frames {
			if len(f) > contents.Size {
				sealed[len(f)] = true
			}
		}
		plain[len(account)+len(data)] = true
		l.stop()
	}
	if len(sealed) != 1 {
		t.Errorf("frames of %v bytes", sealed)
	}
	if len(plain) < 2 {
		t.Errorf("hole: what the envelopes hold has one length without their filling: %v", plain)
	}
}
