package kernel3

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// FuzzKernel3 lets a random card answer: noise is cut into answers by length
// bytes. The kernel must come to an outcome, must never approve without a key to
// trust, and must give DE 55 in canonical form and within its limit.
func FuzzKernel3(f *testing.F) {
	for _, name := range []string{"visa-k3-online.apdu", "visa-k3-offline-fdda.apdu"} {
		var noise []byte
		for _, e := range readTranscript(f, name)[2:] {
			noise = append(append(noise, byte(len(e.answer))), e.answer...)
		}
		f.Add(noise, byte(0x36), byte(0x00), byte(0))
		f.Add(noise, byte(0xB7), byte(0x40), byte(0xFF))
	}
	f.Fuzz(func(t *testing.T, noise []byte, q1, q2, switches byte) {
		cfg := offline()
		cfg.MSD, cfg.ODAForOnline, cfg.FDDAVersion00 = switches&1 != 0, switches&2 != 0, switches&4 != 0
		cfg.CheckCash, cfg.CheckCashback = switches&8 != 0, switches&16 != 0
		a := anActivation(t, everyReader)
		a.TTQ[0], a.TTQ[1] = q1|0x20, q2
		k := newKernel(t, cfg, oda.Set{}, a)
		s := k.Next(emv.Start())
		for n := 0; s.Outcome == nil; n++ {
			if n > maxCommands {
				t.Fatal("does not end")
			}
			var answer []byte
			answer, noise = cut(noise)
			s = k.Next(emv.Response(answer))
		}
		checkFuzzed(t, k, s)
	})
}

func cut(noise []byte) (answer, rest []byte) {
	if len(noise) == 0 {
		return []byte{0x6A, 0x83}, nil
	}
	n := min(int(noise[0]), len(noise)-1)
	return noise[1 : 1+n], noise[1+n:]
}

func checkFuzzed(t *testing.T, k *Kernel, s contactless.Step) {
	if s.Outcome.Result == contactless.Approved {
		t.Fatal("approved without a key")
	}
	host := k.HostTLV(nil)
	l, err := tlv.Parse(host)
	if err != nil || len(host) > 255 || !bytes.Equal(tlv.AppendList(nil, l), host) {
		t.Fatalf("DE 55 of %d bytes: %v", len(host), err)
	}
	if len(k.AccountTLV(nil)) > contactless.AccountRoom {
		t.Fatal("account data over their room")
	}
	k.Wipe()
	if len(k.HostTLV(nil))+len(k.AccountTLV(nil)) != 0 {
		t.Fatal("data after wiping")
	}
}
