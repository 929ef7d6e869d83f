package kernel2

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// FuzzKernel2 answers with anything: pieces of the input, each with its length
// in front. A step that is no command must be an outcome, nothing may panic, and
// the host's data stay canonical and within their room.
func FuzzKernel2(f *testing.F) {
	for _, r := range recordings() {
		var seed []byte
		var fci []byte
		for _, e := range readTranscript(f, r.file) {
			switch e.command[1] {
			case 0xA4:
				fci = e.answer[:len(e.answer)-2]
			default:
				seed = append(append(seed, byte(len(e.answer))), e.answer...)
			}
		}
		f.Add(fci, seed, uint64(1500), byte(0))
		f.Add(fci, seed, uint64(999_999), byte(7))
	}
	f.Fuzz(func(t *testing.T, fci, answers []byte, amount uint64, modes byte) {
		cfg, order := testConfig(t), testOrder()
		cfg.OnDeviceCVM, cfg.OfflineApproval, cfg.AcceptAnyCheckDigit = modes&1 != 0, modes&2 != 0, modes&4 != 0
		cfg.TornDepth, cfg.TornLifetime = 2, 60
		if modes&8 == 0 {
			cfg.Stripe, cfg.Relay = &Stripe{Version: emv.Hex{0, 1}}, &Relay{}
		}
		order.Amount = amount % 1_000_000
		log, err := contactless.NewTornLog(2, 60)
		if err != nil {
			t.Fatal(err)
		}
		k, err := Activate(cfg, oda.Set{}, contactless.Activation{Order: order, AID: cfg.Applications[0].AID, FCI: fci, Torn: log})
		if err != nil {
			t.Fatal(err)
		}
		s := k.Next(emv.Start())
		for i := 0; s.Outcome == nil; i++ {
			if len(s.Command) < 5 || i > maxCommands {
				t.Fatalf("command %d: %X", i, s.Command)
			}
			if len(answers) == 0 {
				s = k.Next(emv.CardGone())
				continue
			}
			n := min(int(answers[0]), len(answers)-1)
			s = k.Next(emv.Response(bytes.Clone(answers[1 : 1+n])))
			answers = answers[1+n:]
		}
		if s.Outcome.Result == contactless.Approved && !cfg.OfflineApproval {
			t.Fatal("approved without being allowed to")
		}
		host := k.HostTLV(nil)
		if _, err := tlv.Parse(host); err != nil || len(host) > 255 || len(k.AccountTLV(nil)) > contactless.AccountRoom {
			t.Fatalf("%v, %d and %d bytes", err, len(host), len(k.AccountTLV(nil)))
		}
		k.Wipe()
	})
}

func BenchmarkTap(b *testing.B) {
	r := recordings()[0]
	list := readTranscript(b, r.file)
	keys := publishedKeys(b)
	cfg, order := testConfig(b), testOrder()
	r.config(&cfg)
	r.order(&order)
	a := contactless.Activation{Order: order, AID: cfg.Applications[0].AID, FCI: list[1].answer[:len(list[1].answer)-2]}
	b.ReportAllocs()
	for b.Loop() {
		k, err := Activate(cfg, keys, a)
		if err != nil {
			b.Fatal(err)
		}
		s := k.Next(emv.Start())
		for _, e := range list[2:] {
			s = k.Next(emv.Response(e.answer))
		}
		if s.Outcome == nil || s.Outcome.Result != contactless.Approved {
			b.Fatal("not approved")
		}
		k.Wipe()
	}
}
