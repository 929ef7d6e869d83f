package kernel2

import (
	"bytes"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestATapIsDecidedByConfigurationAndCard(t *testing.T) {
	for _, c := range []struct {
		why    string
		card   string
		change func(*tap)
		result contactless.Result
		cvm    contactless.CVM
		p1     byte
	}{
		{"online below the CVM limit", "mastercard-tap", nil, contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"PIN above it", "mastercard-tap", func(p *tap) { p.order.Amount = 5001 }, contactless.OnlineRequest, contactless.CVMOnlinePIN, 0x90},
		{"no PIN at it", "mastercard-tap", func(p *tap) { p.order.Amount = 5000 }, contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"offline approval is off", "mastercard-tap-offline", nil, contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"offline approval is on", "mastercard-tap-offline", func(p *tap) { p.cfg.OfflineApproval = true },
			contactless.Approved, contactless.CVMNone, 0x50},
		{"the order forbids it", "mastercard-tap-offline", func(p *tap) { p.cfg.OfflineApproval, p.order.OnlineOnly = true, true },
			contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"the merchant forbids it", "mastercard-tap-offline", func(p *tap) { p.cfg.OfflineApproval, p.order.ForceOnline = true, true },
			contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"an online-only terminal", "mastercard-tap-offline", func(p *tap) {
			p.cfg.OfflineApproval, p.cfg.TerminalType = true, emv.Hex{0x21}
		}, contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"above the floor limit", "mastercard-tap-offline", func(p *tap) {
			p.cfg.OfflineApproval, p.cfg.Applications[0].FloorLimit = true, 1
			p.cfg.Applications[0].TACOnline = unhex(t, "000000F000")
		}, contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"denied by an action code", "mastercard-tap", func(p *tap) {
			p.cfg.Applications[0].FloorLimit, p.cfg.Applications[0].TACDenial = 1, unhex(t, "0000008000")
		},
			contactless.Declined, contactless.CVMNone, 0x00},
		{"declined with contacts at hand", "mastercard-tap", func(p *tap) {
			p.cfg.Applications[0].FloorLimit, p.cfg.Applications[0].TACDenial = 1, unhex(t, "0000008000")
			p.cfg.CardDataInput = emv.Hex{0x20}
		}, contactless.TryAnotherInterface, contactless.CVMNone, 0x00},
		{"a refund", "mastercard-tap", func(p *tap) { p.order.TransactionType = 0x20 }, contactless.EndApplication, contactless.CVMNone, 0x00},
		{"above the transaction limit", "mastercard-tap", func(p *tap) { p.order.Amount = 1_000_001 },
			contactless.SelectNext, contactless.CVMNotApplicable, 0xFF},
		{"verified on the phone", "mastercard-phone", func(p *tap) { p.cfg.OnDeviceCVM, p.order.Amount = true, 1_500_000 },
			contactless.OnlineRequest, contactless.CVMDevice, 0x90},
		{"a phone below the limit", "mastercard-phone", func(p *tap) { p.cfg.OnDeviceCVM = true },
			contactless.OnlineRequest, contactless.CVMNone, 0x90},
		{"a phone without CDA is not believed", "mastercard-phone", func(p *tap) { p.cfg.OnDeviceCVM, p.cfg.Security = true, emv.Hex{0} },
			contactless.Declined, contactless.CVMNone, 0x00},
		{"no CDA at this reader", "mastercard-tap", func(p *tap) {
			p.cfg.Security, p.cfg.Applications[0].TACDenial = emv.Hex{0}, make(emv.Hex, 5)
		},
			contactless.OnlineRequest, contactless.CVMNone, 0x80},
		{"mag-stripe mode is off", "mastercard-tap-magstripe", nil, contactless.EndApplication, contactless.CVMNotApplicable, 0xFF},
		{"mag-stripe mode is on", "mastercard-tap-magstripe", func(p *tap) { p.cfg.Stripe = &Stripe{Version: emv.Hex{0, 1}} },
			contactless.OnlineRequest, contactless.CVMNone, 0xFF},
	} {
		t.Run(c.why, func(t *testing.T) {
			p := newTap(t, c.card, nil)
			if c.change != nil {
				c.change(p)
			}
			k, o := p.run()
			if o.Result != c.result || o.CVM != c.cvm {
				t.Fatalf("%+v, %+v", o, k.Indication())
			}
			p1 := byte(0xFF)
			if command := p.sent(0xAE); command != nil {
				p1 = command[2]
			}
			if p1 != c.p1 {
				t.Errorf("P1 %02X", p1)
			}
		})
	}
}

func TestAForgedAnswerFailsCDA(t *testing.T) {
	for _, tag := range [][]byte{{0x9F, 0x4B}, {0x9F, 0x36}, {0x9F, 0x10}} {
		p := newTap(t, "mastercard-tap", nil)
		p.change = func(command, answer []byte) []byte {
			if at := bytes.Index(answer, tag); command[1] == 0xAE && at > 0 {
				answer[at+4] ^= 1
			}
			return answer
		}
		k, o := p.run()
		if o.Result != contactless.EndApplication || k.Indication().L2 != ErrorCAMFailed || !k.hasTVR(tvrCDAFailed) {
			t.Errorf("%X: %+v, %+v", tag, o, k.Indication())
		}
	}
}

func TestAnotherIdentityFailsCDA(t *testing.T) {
	p := newTap(t, "mastercard-tap", nil)
	p.change = func(command, answer []byte) []byte {
		if command[1] == 0xA8 {
			answer[bytes.Index(answer, []byte{0x82, 0x02})+2] ^= 0x08 // the AIP is signed
		}
		return answer
	}
	if k, _ := p.run(); k.Indication().L2 != ErrorCAMFailed {
		t.Errorf("%+v", k.Indication())
	}
}

func TestACardWithoutCertificatesIsSeenBefore(t *testing.T) {
	p := newTap(t, "mastercard-tap", nil)
	p.keys = publishedKeys(t) // the key of this card is not there
	p.cfg.Applications[0].TACDenial = make(emv.Hex, 5)
	k, o := p.run()
	if o.Result != contactless.OnlineRequest || hostValue(t, k, tlv.Tag95TerminalVerificationResults)[0]&0x04 == 0 || p.sent(0xAE)[2] != 0x80 {
		t.Errorf("%+v, %X", o, k.HostTLV(nil))
	}
}

func TestTheCardMayNotRaiseTheDecision(t *testing.T) {
	p := newTap(t, "mastercard-tap", nil)
	p.change = func(command, answer []byte) []byte {
		if command[1] == 0xAE {
			answer[bytes.Index(answer, []byte{0x9F, 0x27, 0x01})+3] = 0x40
		}
		return answer
	}
	if k, o := p.run(); o.Result != contactless.EndApplication || k.Indication().L2 != ErrorCardData {
		t.Errorf("%+v, %+v", o, k.Indication())
	}
}

func relayTap(t *testing.T) *tap {
	p := newTap(t, "mastercard-tap-relay", func(p *virtualcard.Profile) {
		p.Tap.Relay = &virtualcard.Relay{Min: 50, Max: 100, Transmit: 20}
	})
	p.cfg.Relay = &Relay{MinGrace: 10, MaxGrace: 20, CommandTime: 18, AnswerTime: 24, Accuracy: 300, MismatchRatio: 50}
	return p
}

func TestRelayResistanceHoldsTheCardToItsTimes(t *testing.T) {
	for _, c := range []struct {
		why     string
		took    []uint32 // the air takes 38 of it
		entropy int
		result  contactless.Result
		tvr     byte
		times   int
	}{
		{"in time", []uint32{38 + 100}, 0, contactless.OnlineRequest, 0x02, 1},
		{"at the limit", []uint32{38 + 120}, 0, contactless.OnlineRequest, 0x02, 1},
		{"late once", []uint32{38 + 121, 38 + 120}, 2, contactless.OnlineRequest, 0x02, 2},
		{"late for ever", []uint32{900, 900, 900, 100}, 2, contactless.Declined, 0x0E, 3},
		{"late and no entropy", []uint32{38 + 121}, 0, contactless.Declined, 0x06, 1},
		{"faster than it can be", []uint32{38 + 39}, 0, contactless.EndApplication, 0, 1},
		{"not measured", []uint32{0, 0, 0}, 2, contactless.Declined, 0x0E, 3},
	} {
		t.Run(c.why, func(t *testing.T) {
			p := relayTap(t)
			p.took = func(n int) uint32 { return c.took[n-1] }
			for i := range c.entropy {
				p.entropy = append(p.entropy, [4]byte{byte(i), 1, 2, 3})
			}
			k, o := p.run()
			if o.Result != c.result || p.relays != c.times {
				t.Fatalf("%+v, %+v, %d times", o, k.Indication(), p.relays)
			}
			if o.Result != contactless.EndApplication && k.tvr()[4] != c.tvr {
				t.Errorf("TVR %X", k.tvr())
			}
		})
	}
}

func TestEachRelayExchangeHasANumberThatNoCardHasSeen(t *testing.T) {
	order, one, two := testOrder().UnpredictableNumber, [4]byte{1, 1}, [4]byte{2, 2}
	for name, c := range map[string]struct {
		spent   bool
		entropy [][4]byte
		want    [][4]byte
		result  contactless.Result
	}{
		"first tap":            {false, [][4]byte{one, two}, [][4]byte{order, one, two}, contactless.Declined},
		"a later tap":          {true, [][4]byte{one, two}, [][4]byte{one, two}, contactless.Declined},
		"no number left":       {true, nil, nil, contactless.EndApplication},
		"more than three":      {true, [][4]byte{one, two, one, two}, [][4]byte{one, two, one}, contactless.Declined},
		"the order's is alone": {false, nil, [][4]byte{order}, contactless.Declined},
	} {
		p := relayTap(t)
		p.took = func(int) uint32 { return 900 }
		p.entropy, p.spent = c.entropy, c.spent
		_, o := p.run()
		var got [][4]byte
		for _, command := range p.seen {
			if command[1] == 0xEA {
				got = append(got, [4]byte(command[5:9]))
			}
		}
		if !slices.Equal(got, c.want) || o.Result != c.result {
			t.Errorf("%s: %X, %v", name, got, o.Result)
		}
	}
}

func TestARelayedExchangeIsNotTheSignedOne(t *testing.T) {
	p := relayTap(t)
	p.took = func(int) uint32 { return 138 }
	p.change = func(command, answer []byte) []byte {
		if command[1] == 0xEA {
			answer[3] ^= 1 // somebody else's entropy, in time
		}
		return answer
	}
	if k, o := p.run(); o.Result != contactless.EndApplication || k.Indication().L2 != ErrorCAMFailed {
		t.Errorf("%+v, %+v", o, k.Indication())
	}
}

func tornTap(t *testing.T) *tap {
	t.Helper()
	p := newTap(t, "mastercard-tap-torn", nil)
	p.cfg.TornDepth, p.cfg.TornLifetime = 2, 300
	var err error
	if p.log, err = contactless.NewTornLog(2, 300); err != nil {
		t.Fatal(err)
	}
	return p
}

// tear taps once and has the card leave during GENERATE AC.
func (p *tap) tear(t *testing.T) {
	t.Helper()
	if _, o := p.run(); o.Result != contactless.EndApplication || o.Start != contactless.StartB || o.OnRestart == nil ||
		o.OnRestart.Message != contactless.MessageTryAgain {
		t.Fatalf("%+v", o)
	}
	p.profile.TearAtCommand = ""
	p.order.Time, p.order.UnpredictableNumber = [3]byte{0, 0, 0x30}, [4]byte{9, 9, 9, 9}
}

func TestATornTransactionIsRecovered(t *testing.T) {
	p := tornTap(t)
	p.tear(t)
	k, o := p.run()
	if o.Result != contactless.OnlineRequest || !k.Recovered() || p.sent(0xAE) != nil || p.log.Len() != 0 {
		t.Fatalf("%+v, %+v, %d in the log", o, k.Indication(), p.log.Len())
	}
	un := testOrder().UnpredictableNumber
	if !bytes.Equal(hostValue(t, k, tlv.Tag9F37UnpredictableNumber), un[:]) {
		t.Error("the cryptogram's own number is not in the host's data")
	}
}

func TestATornTransactionIsNotRecoveredWhereItIsAnother(t *testing.T) {
	for why, change := range map[string]func(*tap){
		"another amount":    func(p *tap) { p.order.Amount++ },
		"too old":           func(p *tap) { p.order.Time = [3]byte{0, 0x05, 0x01} },
		"log wiped":         func(p *tap) { p.log.Wipe() },
		"card has no other": func(p *tap) { p.memory = virtualcard.NewMemory(p.profile) },
	} {
		p := tornTap(t)
		p.tear(t)
		if p.log.Len() != 1 {
			t.Fatal("nothing was kept")
		}
		change(p)
		k, o := p.run()
		if o.Result != contactless.OnlineRequest || k.Recovered() || p.sent(0xAE) == nil || p.log.Len() != 0 {
			t.Errorf("%s: %+v, %+v, %d in the log", why, o, k.Indication(), p.log.Len())
		}
	}
}

func TestNothingIsKeptWhereTornRecoveryIsOff(t *testing.T) {
	p := tornTap(t)
	p.cfg.TornDepth, p.cfg.TornLifetime = 0, 0
	p.tear(t)
	if p.log.Len() != 0 {
		t.Error("account data were kept")
	}
}

func TestACardThatLeavesEarlierIsTriedAgain(t *testing.T) {
	for at := 1; at <= 6; at++ {
		p := newTap(t, "mastercard-tap", func(v *virtualcard.Profile) { v.TearAt = at })
		_, o := p.run()
		want := contactless.EndApplication
		if at == 1 {
			want = contactless.TryAgain
		}
		if o.Result != want || o.Start != contactless.StartB {
			t.Errorf("at %d: %+v", at, o)
		}
	}
}

func TestMagStripeModeFillsTheTracks(t *testing.T) {
	p := newTap(t, "mastercard-tap-magstripe", nil)
	p.cfg.Stripe = &Stripe{Version: emv.Hex{0, 1}, CVMRequired: contactless.CVMOnlinePIN}
	p.order.Amount = 5001
	k, o := p.run()
	if o.Result != contactless.OnlineRequest || !o.Stripe || o.CVM != contactless.CVMOnlinePIN || !o.Receipt {
		t.Fatalf("%+v, %+v", o, k.Indication())
	}
	un := unNumeric(p.order.UnpredictableNumber, 3)
	if command := p.sent(0x2A); !bytes.Equal(command[5:9], un) {
		t.Errorf("number %X, want %X", command[5:9], un)
	}
	l, err := tlv.Parse(k.AccountTLV(nil))
	if err != nil || len(l) != 2 {
		t.Fatal(err, len(l))
	}
	two, _ := l.Find(tag9F6BTrack2)
	// 3 of the counter, 3 of the number, 2 between, 3 of CVC3 and the mark
	if got := two[len(two)-1]; got&0x0F != 3 && got>>4 != 3 {
		t.Errorf("the mark is missing: %X", got)
	}
	for tag, want := range map[tlv.Tag]bool{
		tlv.Tag9F26ApplicationCryptogram: false, tag9F6BTrack2: false, tag56Track1: false,
		tag9F61CVC3Track2: true, tlv.Tag9F36ApplicationTransactionCounter: true, tag9F6AUNNumeric: true,
		tlv.Tag9F37UnpredictableNumber: true,
	} {
		if got := hostValue(t, k, tag) != nil; got != want {
			t.Errorf("%X in the host's data: %v", uint32(tag), got)
		}
	}
}

func TestAccountDataAreNeverInTheHostsData(t *testing.T) {
	for _, name := range []string{"mastercard-tap", "mastercard-phone", "mastercard-tap-relay"} {
		k, _ := newTap(t, name, nil).run()
		host, account := k.HostTLV(nil), k.AccountTLV(make([]byte, 0, contactless.AccountRoom))
		if bytes.Contains(host, unhex(t, "541333000000")) || len(host) > 255 || len(account) > contactless.AccountRoom {
			t.Errorf("%s: %d and %d bytes", name, len(host), len(account))
		}
		for _, tag := range []tlv.Tag{tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F24ApplicationExpirationDate} {
			if hostValue(t, k, tag) != nil {
				t.Errorf("%s: %X is there", name, uint32(tag))
			}
		}
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	k, _ := newTap(t, "mastercard-tap", nil).run()
	static := k.static
	if k.Wipe(); len(k.AccountTLV(nil)) != 0 || len(k.HostTLV(nil)) != 0 || !bytes.Equal(static, make([]byte, len(static))) {
		t.Error("something is left")
	}
	if k.Next(emv.Start()).Outcome == nil {
		t.Error("a wiped kernel began again")
	}
}
