package emv

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// FuzzTransaction lets the noise answer: a length and that many bytes for each
// command. The kernel must end, within bounds, and never approve online without
// a host nor offline without leave.
func FuzzTransaction(f *testing.F) {
	f.Add([]byte{2, 0x6A, 0x82})
	f.Add(append([]byte{0x1F}, unhex(f, "6F1B840E315041592E5359532E4444463031A5098801015F2D02656E9000")...))
	f.Add([]byte{8, 0x77, 0x04, 0x9F, 0x27, 0x01, 0x40, 0x90, 0x00})
	scheme, _ := testScheme(f)
	cfg := authConfig(f, scheme)
	f.Fuzz(func(t *testing.T, noise []byte) {
		tx := New(cfg, testOrder())
		a := tx.Next(Start())
		for turns := 0; a.Kind != ActionFinish; turns++ {
			if turns > 2*maxCommands {
				t.Fatal("no end")
			}
			a = tx.Next(noisy(&noise, a))
		}
		if a.Outcome == OutcomeApprovedOffline || a.Outcome == OutcomeApprovedUnableOnline {
			t.Fatal("approved offline without leave")
		}
		if _, err := tlv.Parse(tx.HostTLV(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

// noisy answers an action out of the noise; where it ends, 6A82.
func noisy(noise *[]byte, a Action) Input {
	take := []byte{0x6A, 0x82}
	if n := *noise; len(n) > 0 {
		end := min(len(n), 1+int(n[0]))
		take, *noise = n[1:end], n[end:]
	}
	switch a.Kind {
	case ActionChoose:
		return Selected(len(take) - 2)
	case ActionAskPIN:
		return PIN(PINResult(len(take)))
	case ActionEncipherPIN:
		return Enciphered(bytes.Repeat([]byte{1}, 64+len(take)%185))
	case ActionGoOnline:
		return Host(HostAnswer{Result: HostResult(len(take) % 5), ResponseCode: [2]byte{'0', '0'}, IssuerAuthentication: take, Scripts: take})
	}
	return Response(take)
}

// FuzzRecords walks an AFL over one record that is always the same.
func FuzzRecords(f *testing.F) {
	f.Add(unhex(f, "0801010110010200"), unhex(f, "70045F340101"))
	f.Add(unhex(f, "0801FF0058010101"), unhex(f, "700A5A0847617390010100109000"))
	f.Fuzz(func(t *testing.T, afl, record []byte) {
		if !validAFLLength(afl) || len(record) > maxAnswer-2 {
			return
		}
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		tx.app = tx.cfg.Applications[0]
		tx.reset()
		tx.card.Set(tlv.Tag82ApplicationInterchangeProfile, []byte{0x7D, 0})
		tx.card.Set(tlv.Tag94ApplicationFileLocator, afl)
		tx.fromFCI = tx.card.Count()
		tx.records = recordCursor{afl: tx.card.Value(tlv.Tag94ApplicationFileLocator)}
		tx.last = tx.nextRecord()
		for n := 0; tx.last.Kind == ActionTransmit && tx.last.Command[1] == 0xB2; n++ {
			if n > maxCommands {
				t.Fatal("no end")
			}
			tx.Next(Response(append(bytes.Clone(record), 0x90, 0x00)))
		}
		if len(tx.auth.static.bytes()) > maxStatic {
			t.Fatal("static data over their limit")
		}
	})
}

// FuzzCanonicalCVMList: what is accepted is written back the same.
func FuzzCanonicalCVMList(f *testing.F) {
	f.Add(unhex(f, "000000000000000042031E031F03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := parseCVMList(b)
		if err != nil {
			return
		}
		out := append([]byte{byte(l.x >> 24), byte(l.x >> 16), byte(l.x >> 8), byte(l.x)}, byte(l.y>>24), byte(l.y>>16), byte(l.y>>8), byte(l.y))
		for _, r := range l.rules {
			out = append(out, r[0], r[1])
		}
		if !bytes.Equal(out, b) {
			t.Fatalf("%X comes back as %X", b, out)
		}
	})
}

// BenchmarkTransaction is the kernel's own time for a sale with CDA: the card's
// answers were recorded before, the clock runs for the kernel alone.
func BenchmarkTransaction(b *testing.B) {
	bench, cfg := newAuthBench(b, "cda", nil)
	keys, err := cfg.ODA.set()
	if err != nil {
		b.Fatal(err)
	}
	cfg.keys = &keys
	card, err := virtualcard.New(bench.profile, nil)
	if err != nil {
		b.Fatal(err)
	}
	tape := record(b, New(cfg, testOrder()), virtualcard.NewConn(card), bench)
	b.ReportAllocs()
	for b.Loop() {
		tx, inputs := New(cfg, testOrder()), tape
		a := tx.Next(Start())
		for a.Kind != ActionFinish {
			a, inputs = tx.Next(inputs[0]), inputs[1:]
		}
		if a.Outcome != OutcomeApproved {
			b.Fatal(a)
		}
		tx.Wipe()
	}
}

// record runs one transaction and keeps its inputs.
func record(b *testing.B, tx *Transaction, conn iso7816.Conn, bench *bench) (tape []Input) {
	a := tx.Next(Start())
	for a.Kind != ActionFinish {
		var in Input
		switch a.Kind {
		case ActionTransmit:
			answer, err := iso7816.NewLink(conn).Exchange(b.Context(), a.Command)
			if err != nil {
				b.Fatal(err)
			}
			in = Response(bytes.Clone(answer))
		case ActionAskPIN:
			in = PIN(PINEntered)
		case ActionGoOnline:
			bench.arqcTLV = tx.HostTLV(nil)
			in = Host(bench.answer())
		default:
			b.Fatal(a)
		}
		tape = append(tape, in)
		a = tx.Next(in)
	}
	return tape
}
