package service

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestARefundIsCompleteWithTheHostsWordAndTheCardMayGo(t *testing.T) {
	for name, c := range map[string]struct {
		host   sred.HostResult
		pulled bool
	}{
		"approved":             {sred.HostApproved, false},
		"declined":             {sred.HostDeclined, false},
		"host not reached":     {sred.HostUnable, false},
		"approved, card gone":  {sred.HostApproved, true},
		"declined, and pulled": {sred.HostDeclined, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			take, digest, data := l.refund()
			keys := l.opener()
			if c.pulled {
				l.pull()
			}
			l.peer.Order(sred.KindAnswer, sred.Answer{Order: take.Order, Result: c.host, ARC: [2]byte{'0', '0'}})
			var f sred.Finished
			l.next(sred.KindFinished, &f)
			_, emv := keys.open(data, digest)
			list, err := tlv.Parse(emv)
			if err != nil {
				t.Fatal(err)
			}
			aac, _ := list.Find(tlv.Tag9F26ApplicationCryptogram)
			kind, _ := list.Find(tlv.Tag9F27CryptogramInformationData)
			if f.Result != sred.CardNotAsked || !bytes.Equal(f.Cryptogram[:], aac) || len(kind) != 1 || kind[0]&0xC0 != 0 {
				t.Errorf("%+v, 9F27 %X", f, kind)
			}
			if n := l.commands(0x80, 0xAE); n != 1 {
				t.Errorf("%d GENERATE AC", n)
			}
		})
	}
}

func TestARefundIsStoppedWhileTheHostIsAsked(t *testing.T) {
	l := newLane(t)
	take, _, _ := l.refund()
	l.peer.Order(sred.KindStop, sred.Stop{Order: take.Order})
	var f sred.Failed
	if l.next(sred.KindFailed, &f); f.Code != sred.CodeStopped {
		t.Errorf("%+v", f)
	}
}

// refund takes a card up to the question to the host.
func (l *lane) refund() (sred.Take, [32]byte, sred.Envelope) {
	l.t.Helper()
	take := takeOrder(1)
	take.TransactionType = 0x20
	digest := sred.OrderDigest(l.peer.Order(sred.KindTake, take))
	go l.insertWhenAsked(func(p *virtualcard.Profile) { p.NoCVM = true })
	var online sred.Online
	l.next(sred.KindOnline, &online)
	return take, digest, online.Envelope
}
