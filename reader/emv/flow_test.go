package emv

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const testIMK = "0123456789ABCDEFFEDCBA9876543210"

func visaProfile(t testing.TB) virtualcard.Profile {
	return virtualcard.Profile{
		PAN: "4761739001010010", PSN: 1, Expiry: "3112", ServiceCode: "201", Label: "VISA TEST", ARPCMethod: 2,
		AID: unhex(t, "A0000000031010"), IssuerMasterKey: unhex(t, testIMK),
	}
}

// bench is a terminal around the kernel: a card, a PIN pad, a host.
type bench struct {
	t       testing.TB
	profile virtualcard.Profile
	pin     PINResult
	host    HostResult
	spoil   bool // the issuer's answer is not authentic
	noIAD   bool // the issuer sends no 91
	asked   int  // PINs
	online  int
	arqcTLV []byte
	sent    []byte // instruction bytes

	alter   func(command, answer []byte) []byte // what the card says instead
	pins    []string                            // offline PINs, one per question
	scheme  virtualcard.Scheme
	memory  *virtualcard.Memory
	tries   []int  // as the questions named them
	p1      []byte // of GENERATE AC
	scripts []byte // from the host
	order   Order
}

func (b *bench) drive(tx *Transaction, conn iso7816.Conn) Action {
	link := iso7816.NewLink(conn)
	a := tx.Next(Start())
	for a.Kind != ActionFinish {
		switch a.Kind {
		case ActionTransmit:
			b.sent = append(b.sent, a.Command[1])
			if a.Command[1] == 0xAE {
				b.p1 = append(b.p1, a.Command[2])
			}
			if r, err := link.Exchange(context.Background(), a.Command); err == nil {
				a = tx.Next(Response(b.altered(a.Command, r)))
			} else if errors.Is(err, iso7816.ErrShortAnswer) {
				a = tx.Next(Response(nil))
			} else {
				a = tx.Next(CardGone())
			}
		case ActionAskPIN:
			b.asked++
			a = tx.Next(PIN(b.pin))
		case ActionEncipherPIN:
			a = tx.Next(b.enciphered(tx, a))
		case ActionGoOnline:
			b.online++
			b.arqcTLV = tx.HostTLV(nil)
			a = tx.Next(Host(b.answer()))
		default:
			b.t.Fatalf("unexpected action %d", a.Kind)
		}
	}
	return a
}

// answer checks the ARQC as an issuer does and signs the decision.
func (b *bench) answer() HostAnswer {
	l, err := tlv.Parse(b.arqcTLV)
	if err != nil {
		b.t.Fatal(err)
	}
	session, arqc := b.session(l), value(b.t, l, 0x9F26)
	if want := virtualcard.RetailMAC(session, cvn18Input(b.t, l)); !bytes.Equal(want, arqc) {
		b.t.Error("the issuer cannot verify the ARQC")
	}
	a := HostAnswer{Result: b.host, ResponseCode: [2]byte{'0', '0'}}
	if b.host == HostDeclined {
		a.ResponseCode = [2]byte{'0', '5'}
	}
	csu := []byte{0, 0, 0, 0}
	if b.host == HostApproved {
		csu[1] = 0x80
	}
	a.IssuerAuthentication = append(virtualcard.ARPC2(session, arqc, csu), csu...)
	if b.profile.ARPCMethod == 1 {
		a.IssuerAuthentication = append(virtualcard.ARPC1(session, arqc, a.ResponseCode), a.ResponseCode[:]...)
	}
	if b.spoil {
		a.IssuerAuthentication[0] ^= 1
	}
	if b.noIAD {
		a.IssuerAuthentication = nil
	}
	a.Scripts = b.scripts
	return a
}

func (b *bench) session(l tlv.List) []byte {
	atc := value(b.t, l, 0x9F36)
	master := virtualcard.CardKey(b.profile.IssuerMasterKey, b.profile.PAN, b.profile.PSN)
	return virtualcard.SessionKey(master, uint16(atc[0])<<8|uint16(atc[1]))
}

func value(t testing.TB, l tlv.List, tag tlv.Tag) []byte {
	t.Helper()
	e, ok := l.Top(tag)
	if !ok {
		t.Fatalf("tag %X is missing", tag)
	}
	return e.Value
}

func cvn18Input(t testing.TB, l tlv.List) (in []byte) {
	for _, tag := range []tlv.Tag{0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10} {
		in = append(in, value(t, l, tag)...)
	}
	return in
}

func (b *bench) run(cfg Config) (*Transaction, Action) {
	card, err := virtualcard.New(b.profile, b.memory)
	if err != nil {
		b.t.Fatal(err)
	}
	tx := New(cfg, b.order)
	return tx, b.drive(tx, virtualcard.NewConn(card))
}

func (b *bench) altered(command, answer []byte) []byte {
	if b.alter == nil {
		return answer
	}
	return b.alter(command, bytes.Clone(answer))
}

func newBench(t testing.TB) *bench {
	return &bench{t: t, profile: visaProfile(t), pin: PINEntered, host: HostApproved, order: testOrder()}
}

func TestASaleWithPINEndsInATC(t *testing.T) {
	for name, change := range map[string]func(*virtualcard.Profile){
		"format 2":              func(*virtualcard.Profile) {},
		"format 1":              func(p *virtualcard.Profile) { p.Format1 = true },
		"no PSE":                func(p *virtualcard.Profile) { p.NoPSE = true },
		"ARPC method 1":         func(p *virtualcard.Profile) { p.ARPCMethod = 1 },
		"external authenticate": func(p *virtualcard.Profile) { p.ExternalAuthenticate = true },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(&b.profile)
			tx, a := b.run(testConfig(t, "A0000000041010", "A0000000031010"))
			if a.Outcome != OutcomeApproved || b.asked != 1 || b.online != 1 {
				t.Fatalf("%v: %s, %d PINs", a.Outcome, a.Reason, b.asked)
			}
			l, err := tlv.Parse(tx.HostTLV(nil))
			if err != nil {
				t.Fatal(err)
			}
			if cid := value(t, l, 0x9F27); cid[0] != acTC {
				t.Errorf("CID %X", cid)
			}
			if cvm := value(t, l, 0x9F34); !bytes.Equal(cvm, []byte{0x42, 0x03, 0x00}) {
				t.Errorf("9F34 %X", cvm)
			}
			if tvr := value(t, l, 0x95); !bytes.Equal(tvr, []byte{0x80, 0, 0x04, 0x80, 0}) {
				t.Errorf("TVR %X", tvr)
			}
			if tc := virtualcard.RetailMAC(b.session(l), cvn18Input(t, l)); !bytes.Equal(tc, value(t, l, 0x9F26)) {
				t.Error("the TC cannot be verified")
			}
			if slices.Contains(b.sent, 0x82) != b.profile.ExternalAuthenticate {
				t.Error("EXTERNAL AUTHENTICATE where AIP does not say so, or not where it does")
			}
		})
	}
}

func TestOnlyHostAndCardTogetherApprove(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench)
		want   Outcome
	}{
		"host declines":            {func(b *bench) { b.host = HostDeclined }, OutcomeDeclinedByHost},
		"host not reached":         {func(b *bench) { b.host = HostUnable }, OutcomeDeclinedByHost},
		"false issuer":             {func(b *bench) { b.spoil = true }, OutcomeDeclinedByCard},
		"false issuer, by command": {func(b *bench) { b.spoil, b.profile.ExternalAuthenticate = true, true }, OutcomeDeclinedByCard},
		"no issuer data":           {func(b *bench) { b.noIAD = true }, OutcomeDeclinedByCard},
		"card declines at once":    {func(b *bench) { b.profile.Declines = true }, OutcomeDeclined},
		"card blocked":             {func(b *bench) { b.profile.Blocked = true }, OutcomeCardBlocked},
		"TC unasked":               {func(b *bench) { b.profile.Garbage = virtualcard.GarbageTC }, OutcomeCardError},
		"changed AID":              {func(b *bench) { b.profile.Garbage = virtualcard.GarbageAID }, OutcomeNotAccepted},
		"wrong status":             {func(b *bench) { b.profile.Garbage, b.profile.FaultCommand = virtualcard.GarbageStatus, "gac1" }, OutcomeCardError},
		"one byte after ARQC":      {func(b *bench) { b.profile.Garbage, b.profile.FaultCommand = virtualcard.GarbageOneByte, "gac2" }, OutcomeCardErrorAfterARQC},
		"endless TLV":              {func(b *bench) { b.profile.Garbage = virtualcard.GarbageEndless }, OutcomeCardError},
		"nonsense":                 {func(b *bench) { b.profile.Garbage, b.profile.FaultCommand = virtualcard.GarbageNonsense, "read" }, OutcomeCardError},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.change(b)
			if _, a := b.run(testConfig(t, "A0000000031010")); a.Outcome != c.want {
				t.Fatalf("%v: %s", a.Outcome, a.Reason)
			}
		})
	}
}

func TestATornCardIsDefinedAtEveryCommand(t *testing.T) {
	whole := newBench(t)
	if _, a := whole.run(testConfig(t, "A0000000031010")); a.Outcome != OutcomeApproved {
		t.Fatal(a)
	}
	total := len(whole.sent)
	for at := 1; at <= total; at++ {
		for _, after := range []bool{false, true} {
			b := newBench(t)
			b.profile.TearAt, b.profile.TearAfter = at, after
			_, a := b.run(testConfig(t, "A0000000031010"))
			want := OutcomeTornBeforeARQC
			if at == total {
				want = OutcomeTornInCompletion
			}
			if a.Outcome != want || len(b.sent) != at || (b.online == 1) != (at == total) {
				t.Errorf("torn at %d of %d: %v", at, total, a.Outcome)
			}
		}
	}
	b := newBench(t)
	b.profile.ExternalAuthenticate, b.profile.TearAtCommand = true, "extauth"
	if _, a := b.run(testConfig(t, "A0000000031010")); a.Outcome != OutcomeTornAfterARQC || !a.Outcome.AfterARQC() {
		t.Errorf("torn at EXTERNAL AUTHENTICATE: %v", a.Outcome)
	}
}

func TestCVMResultsAreRightToTheBit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*bench, *Config)
		cvm    []byte
		tvr    byte // third byte
		asked  int
	}{
		"PIN entered":                {func(*bench, *Config) {}, []byte{0x42, 0x03, 0x00}, 0x04, 1},
		"PIN bypassed, then no CVM":  {func(b *bench, _ *Config) { b.pin = PINBypassed }, []byte{0x1F, 0x00, 0x02}, 0x08, 1},
		"PIN pad broken":             {func(b *bench, _ *Config) { b.pin = PINUnavailable }, []byte{0x1F, 0x00, 0x02}, 0x10, 1},
		"no PIN pad":                 {func(_ *bench, c *Config) { c.Capabilities = Hex{0x60, 0x08, 0} }, []byte{0x1F, 0x00, 0x02}, 0x00, 0},
		"no CVM card":                {func(b *bench, _ *Config) { b.profile.NoCVM = true }, []byte{0x1F, 0x00, 0x02}, 0x00, 0},
		"PIN or nothing, bypassed":   {func(b *bench, _ *Config) { b.profile.PINOnly, b.pin = true, PINBypassed }, []byte{0x02, 0x00, 0x01}, 0x88, 1},
		"PIN or nothing, no PIN pad": {func(b *bench, c *Config) { b.profile.PINOnly = true; c.Capabilities = Hex{0x60, 0x08, 0} }, []byte{0x3F, 0x00, 0x01}, 0x90, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newBench(t), testConfig(t, "A0000000031010")
			c.change(b, &cfg)
			b.run(cfg)
			l, err := tlv.Parse(b.arqcTLV)
			if err != nil {
				t.Fatal(err)
			}
			if got := value(t, l, 0x9F34); !bytes.Equal(got, c.cvm) || b.asked != c.asked {
				t.Errorf("9F34 %X, %d PINs", got, b.asked)
			}
			if got := value(t, l, 0x95)[2]; got != c.tvr {
				t.Errorf("TVR byte 3 is %02X, want %02X", got, c.tvr)
			}
		})
	}
}

func TestAccountDataLeaveOneWayOnly(t *testing.T) {
	b := newBench(t)
	tx, a := b.run(testConfig(t, "A0000000031010"))
	if a.Outcome != OutcomeApproved {
		t.Fatal(a)
	}
	pan := unhex(t, "4761739001010010")
	l, err := tlv.Parse(tx.AccountTLV(nil))
	if err != nil || !bytes.Equal(value(t, l, 0x5A), pan) {
		t.Fatal("the account data do not hold the PAN", err)
	}
	for _, e := range l {
		if !slices.Contains([]tlv.Tag{0x57, 0x5A, 0x5F24, 0x5F34}, e.Tag) {
			t.Errorf("tag %X among the account data", e.Tag)
		}
	}
	if host := tx.HostTLV(nil); bytes.Contains(host, pan) || len(host) < 100 {
		t.Error("the PAN is in the data for the host, or these are missing")
	}
	buffer := tx.card.Value(0x5A) // in the buffer itself
	if !bytes.Contains(buffer, pan) {
		t.Fatal("the control failed: the PAN is not in the buffer")
	}
	tx.Wipe()
	if bytes.Contains(buffer, pan) || len(tx.AccountTLV(nil)) != 0 {
		t.Error("the PAN survived Wipe")
	}
}

func TestAnAbortAfterARQCAsksTheCardForAnAAC(t *testing.T) {
	b := newBench(t)
	card, err := virtualcard.New(b.profile, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, tx := virtualcard.NewConn(card), New(testConfig(t, "A0000000031010"), testOrder())
	a := run(tx, tx.Next(Start()), conn)
	if a.Kind != ActionAskPIN {
		t.Fatal(a)
	}
	if again := tx.Next(Host(HostAnswer{Result: HostApproved})); again.Kind != ActionAskPIN {
		t.Fatal("an input out of turn had an effect")
	}
	a = run(tx, tx.Next(PIN(PINEntered)), conn)
	if a.Kind != ActionGoOnline {
		t.Fatal(a)
	}
	a = tx.Next(Abort())
	if a.Kind != ActionTransmit || a.Command[1] != 0xAE || a.Command[2] != acAAC {
		t.Fatalf("no AAC asked: %X", a.Command)
	}
	if a = run(tx, a, conn); a.Outcome != OutcomeAbortedAfterARQC {
		t.Fatal(a)
	}
	if early := New(testConfig(t, "A0000000031010"), testOrder()); early.Next(Abort()).Outcome != OutcomeAborted {
		t.Error("an early abort is not one")
	}
}

func TestOrdersOutOfRangeAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Order){
		"amount of 13 digits":    func(o *Order) { o.Amount = 1_000_000_000_000 },
		"other above amount":     func(o *Order) { o.AmountOther = o.Amount + 1 },
		"currency of 4 digits":   func(o *Order) { o.Currency = 1000 },
		"month 13":               func(o *Order) { o.Date[1] = 0x13 },
		"hexadecimal time":       func(o *Order) { o.Time[0] = 0x1A },
		"hexadecimal type":       func(o *Order) { o.TransactionType = 0x0A },
		"counter of nine digits": func(o *Order) { o.SequenceCounter = 100_000_000 },
	} {
		o := testOrder()
		change(&o)
		if a := New(testConfig(t, "A0000000031010"), o).Next(Start()); a.Outcome != OutcomeBadOrder {
			t.Errorf("%s: %v", name, a.Outcome)
		}
	}
}

func TestConfigurationsThatCannotBeHonouredAreRefused(t *testing.T) {
	good := `{"terminal_type":"21","capabilities":"604800","additional":"6000F0A001","applications":[` +
		`{"aid":"A0000000031010","partial":true,"version":"008C","tac_denial":"0000000000","tac_online":"FFFFFFFFFF","tac_default":"FFFFFFFFFF"}]}`
	if c, err := ParseConfig([]byte(good)); err != nil || !c.Applications[0].Partial {
		t.Fatal(err)
	}
	for name, swap := range map[string][2]string{
		"offline plaintext PIN": {"604800", "60C800"}, "CDA without keys": {"604800", "604808"}, "XDA": {"604800", "604801"},
		"short code": {"0000000000", "00"}, "unknown name": {"partial", "portal"},
		"not hex": {"008C", "00XX"}, "no type": {`"21"`, `""`}, "more behind": {"}]}", "}]}{}"},
	} {
		if _, err := ParseConfig(bytes.Replace([]byte(good), []byte(swap[0]), []byte(swap[1]), 1)); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// FuzzKernel lets a random card, PIN pad and host answer. The kernel must come
// to an outcome, within bounds, and never approve without a host's approval.
func FuzzKernel(f *testing.F) {
	f.Add([]byte("6F"), uint64(1))
	cfg := testConfig(f, "A0000000031010")
	f.Fuzz(func(t *testing.T, noise []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 7))
		p := visaProfile(t)
		p.Format1, p.NoPSE, p.ExternalAuthenticate = seed&1 != 0, seed&2 != 0, seed&4 != 0
		card, err := virtualcard.New(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		tx, approved := New(cfg, testOrder()), false
		a := tx.Next(Start())
		for turns := 0; a.Kind != ActionFinish; turns++ {
			if turns > maxCommands+10 {
				t.Fatal("no end")
			}
			switch a.Kind {
			case ActionTransmit:
				a = tx.Next(Response(disturb(r, card.Process(a.Command), noise)))
			case ActionAskPIN:
				a = tx.Next(PIN(PINResult(r.IntN(5))))
			case ActionGoOnline:
				h := HostAnswer{Result: HostResult(r.IntN(5)), ResponseCode: [2]byte{'0', '0'}, IssuerAuthentication: noise}
				approved = h.Result == HostApproved
				a = tx.Next(Host(h))
			default:
				t.Fatal(a)
			}
		}
		if a.Outcome == OutcomeApproved && !approved {
			t.Fatal("approved without a host")
		}
		if _, err := tlv.Parse(tx.HostTLV(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

// disturb changes one answer in three: flips, cuts, or noise in its place.
func disturb(r *rand.Rand, honest, noise []byte) []byte {
	out := bytes.Clone(honest)
	switch r.IntN(12) {
	case 0:
		out[r.IntN(len(out))] ^= byte(1 << r.IntN(8))
	case 1:
		out = out[:r.IntN(len(out)+1)]
	case 2:
		out = append(bytes.Clone(noise), 0x90, 0x00)
	case 3:
		at := r.IntN(len(out))
		out = slices.Concat(out[:at], noise, out[at:])
	}
	return out
}
