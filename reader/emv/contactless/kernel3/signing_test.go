package kernel3

import (
	"crypto/sha1"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const testPAN = "4761739001010010"

// signer is a scheme with a card under it, for signatures of every kind.
type signer struct {
	scheme virtualcard.Scheme
	card   virtualcard.Profile
}

func newSigner(t testing.TB) signer {
	t.Helper()
	s, err := virtualcard.GenerateScheme(unhex(t, "A000000003"), 0x92)
	if err != nil {
		t.Fatal(err)
	}
	p, err := virtualcard.Personalise(virtualcard.Profile{
		PAN: testPAN, PSN: 1, Expiry: "2812", IssuerMasterKey: unhex(t, "0123456789ABCDEFFEDCBA9876543210"),
		Tap: &virtualcard.Tap{ODA: "fdda", Approves: true, OnlinePIN: true},
	}, s)
	if err != nil {
		t.Fatal(err)
	}
	return signer{s, p}
}

func (s signer) keys(t testing.TB) oda.Set {
	t.Helper()
	k := s.scheme.Public()
	set, err := oda.NewSet([]oda.CAKey{{
		RID: oda.RID(k.RID), Index: k.Index[0], Modulus: k.Modulus, Exponent: k.Exponent, Check: [20]byte(k.Check),
	}}, nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sign is message recovery as EMV has it (EMV 4.4 Book 2, Annex A2.1).
func sign(k virtualcard.RSAKey, head, tail []byte) string {
	body := append([]byte(nil), head...)
	for len(body) < len(k.Modulus)-22 {
		body = append(body, 0xBB)
	}
	hash := sha1.Sum(append(append([]byte(nil), body...), tail...))
	m := append(append(append([]byte{0x6A}, body...), hash[:]...), 0xBC)
	n, d := new(big.Int).SetBytes(k.Modulus), new(big.Int).SetBytes(k.Private)
	out := new(big.Int).Exp(new(big.Int).SetBytes(m), d, n).FillBytes(make([]byte, len(k.Modulus)))
	return hex.EncodeToString(out)
}

// static is the one signed record; account is what it holds.
const account = "5A084761739001010010" + "5F2403281231" + "5F340101"

// records are the card's: 3.1 with the account, signed, and in file 2 what the
// signatures need. They are told apart by file and number.
func (s signer) records(t testing.TB, related, ssad string) map[[2]byte][]byte {
	t.Helper()
	c := s.card.Tap.Certificates
	return map[[2]byte][]byte{
		{3, 1}: append(tlv.Append(nil, tlv.Tag70RecordTemplate, unhex(t, account)), 0x90, 0x00),
		{2, 1}: card{
			0x8F: "92", 0x90: hex.EncodeToString(c.Issuer), 0x9F32: "03", 0x92: hex.EncodeToString(c.IssuerRemainder),
		}.in(t, tlv.Tag70RecordTemplate),
		{2, 2}: card{
			0x9F46: hex.EncodeToString(c.Card), 0x9F47: "03", 0x9F48: hex.EncodeToString(c.CardRemainder), 0x9F69: related,
		}.in(t, tlv.Tag70RecordTemplate),
		{2, 3}: card{0x93: ssad}.in(t, tlv.Tag70RecordTemplate),
	}
}

func (s signer) signing(c card, head, tail []byte) card {
	return c.with(0x9F4B, sign(s.card.Tap.Certificates.Key, append([]byte{0x05, 0x01, byte(len(head))}, head...), tail))
}

// signedCard is typical with records, without 5F34, which is in the record. The
// signed static data end with the AIP.
func signedCard(aip, cid, ctq string) card {
	return typical().with(0x82, aip, 0x94, "1801010110010300", 0x9F27, cid, 0x9F6C, ctq,
		0x9F4A, "82", 0x5F34, "", 0x57, "4761739001010010D28122011143844489")
}

// present plays a card with records by file.
func present(t testing.TB, k *Kernel, gpo []byte, records map[[2]byte][]byte) contactless.Outcome {
	t.Helper()
	s := k.Next(emv.Start())
	for range maxCommands + 1 {
		switch {
		case s.Outcome != nil:
			return *s.Outcome
		case s.Command[1] == 0xA8:
			s = k.Next(emv.Response(gpo))
		default:
			s = k.Next(emv.Response(records[[2]byte{s.Command[3] >> 3, s.Command[2]}]))
		}
	}
	t.Fatal("does not end")
	return contactless.Outcome{}
}

// terminalData is what version 01 signs before 9F69: number, amount, currency.
const terminalData = "ABABABAB" + "000000009000" + "0840"

func TestVersion00NeedsItsSwitchAndSignsLess(t *testing.T) {
	s := newSigner(t)
	number := []byte{0x02, 0x00, 0x77}
	for name, c := range map[string]struct {
		related, signed string
		version00       bool
		want            contactless.Result
	}{
		"01 over 01":              {"01112233440000", terminalData + "01112233440000", false, contactless.Approved},
		"01 over the number":      {"01112233440000", "ABABABAB", false, contactless.Declined},
		"01, number, switch":      {"01112233440000", "ABABABAB", true, contactless.Declined},
		"00 over the number":      {"00112233440000", "ABABABAB", false, contactless.Declined},
		"00, number, switch":      {"00112233440000", "ABABABAB", true, contactless.Approved},
		"00 over 01, switch":      {"00112233440000", terminalData + "00112233440000", true, contactless.Declined},
		"no related data":         {"", "ABABABAB", false, contactless.Declined},
		"no related data, switch": {"", "ABABABAB", true, contactless.Approved},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := offline()
			cfg.FDDAVersion00 = c.version00
			k := newKernel(t, cfg, s.keys(t), anActivation(t, everyReader))
			gpo := s.signing(signedCard("2000", "40", "0000"), number, unhex(t, c.signed))
			o := present(t, k, gpo.answer(t), s.records(t, c.related, ""))
			if o.Result != c.want || (k.Report().ODA == ODAPassed) != (c.want == contactless.Approved) {
				t.Errorf("%+v %+v", o, k.Report())
			}
		})
	}
}

func TestASignatureOverOtherTransactionDataFails(t *testing.T) {
	s := newSigner(t)
	for name, signed := range map[string]string{
		"number":   "ABABABAA" + "000000009000" + "0840",
		"amount":   "ABABABAB" + "000000000900" + "0840",
		"currency": "ABABABAB" + "000000009000" + "0978",
	} {
		k := newKernel(t, offline(), s.keys(t), anActivation(t, everyReader))
		gpo := s.signing(signedCard("2000", "40", "0000"), []byte{0x02, 0x00, 0x77}, unhex(t, signed+"01112233440000"))
		if o := present(t, k, gpo.answer(t), s.records(t, "01112233440000", "")); o.Result != contactless.Declined {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestADeviceIsBelievedOfflineBySignedQualifiersOnly(t *testing.T) {
	s := newSigner(t)
	for related, want := range map[string]contactless.CVM{
		"01112233440080": contactless.CVMDevice, "01112233440000": contactless.CVMNone, "0111223344": contactless.CVMNone,
	} {
		k := newKernel(t, offline(), s.keys(t), anActivation(t, cvmReader))
		gpo := s.signing(signedCard("2000", "40", "0080"), []byte{0x02, 0x00, 0x77}, unhex(t, terminalData+related))
		o := present(t, k, gpo.answer(t), s.records(t, related, ""))
		if o.CVM != want || (o.Result == contactless.Approved) != (want == contactless.CVMDevice) || k.Report().ODA != ODAPassed {
			t.Errorf("%s: %+v %+v", related, o, k.Report())
		}
	}
}

func TestSignatureIsAskedAndTheBalanceShown(t *testing.T) {
	s := newSigner(t)
	k := newKernel(t, offline(), s.keys(t), anActivation(t, cvmReader))
	gpo := s.signing(signedCard("2000", "40", "4000").with(0x9F5D, "000000012345"), []byte{0x02, 0x00, 0x77},
		unhex(t, terminalData+"01112233444000"))
	o := present(t, k, gpo.answer(t), s.records(t, "01112233444000", ""))
	if o.Result != contactless.Approved || o.CVM != contactless.CVMSignature || !o.Receipt ||
		o.OnOutcome.Message != contactless.MessageApprovedSign || o.OnOutcome.Qualifier != 2 ||
		o.OnOutcome.Value != [6]byte(unhex(t, "000000012345")) || o.OnOutcome.Currency != 840 {
		t.Errorf("%+v %+v", o, o.OnOutcome)
	}
}

func TestDataAuthenticationBeforeAnOnlineRequest(t *testing.T) {
	s := newSigner(t)
	good := sign(s.scheme.Issuer, []byte{0x03, 0x01, 0xDA, 0xC0}, unhex(t, account+"4000"))
	bad := sign(s.scheme.Issuer, []byte{0x03, 0x01, 0xDA, 0xC0}, unhex(t, account+"4001"))
	dynamic := terminalData + "01112233440000"
	for name, c := range map[string]struct {
		reader, aip, ctq, ssad, signed string
		off                            bool
		result                         contactless.Result
		oda                            ODA
	}{
		"fDDA":                        {"37004000", "2000", "0000", "", dynamic, false, contactless.OnlineRequest, ODAPassed},
		"fDDA fails":                  {"37004000", "2000", "0000", "", dynamic + "00", false, contactless.Declined, ODAFailed},
		"fDDA fails, online":          {"37004000", "2000", "2000", "", dynamic + "00", false, contactless.OnlineRequest, ODAFailed},
		"fDDA fails, other interface": {"37004000", "2000", "1000", "", dynamic + "00", false, contactless.TryAnotherInterface, ODAFailed},
		"SDA":                         {"37004000", "4000", "0000", good, "", false, contactless.OnlineRequest, ODAPassed},
		"SDA fails":                   {"37004000", "4000", "0000", bad, "", false, contactless.Declined, ODAFailed},
		"SDA missing":                 {"37004000", "4000", "0000", "", "", false, contactless.Declined, ODAFailed},
		"card supports neither":       {"37004000", "0000", "0000", "", "", false, contactless.OnlineRequest, ODANotPerformed},
		"reader does not ask":         {"36004000", "2000", "0000", "", dynamic + "00", false, contactless.OnlineRequest, ODANotPerformed},
		"configured off":              {"37004000", "2000", "0000", "", dynamic + "00", true, contactless.OnlineRequest, ODANotPerformed},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := careful()
			cfg.ODAForOnline = !c.off
			k := newKernel(t, cfg, s.keys(t), anActivation(t, c.reader))
			gpo := signedCard(c.aip, "80", c.ctq)
			if c.signed != "" {
				gpo = s.signing(gpo, []byte{0x02, 0x00, 0x77}, unhex(t, c.signed))
			}
			o := present(t, k, gpo.answer(t), s.records(t, "01112233440000", c.ssad))
			if o.Result != c.result || k.Report().ODA != c.oda {
				t.Errorf("%+v %+v", o, k.Report())
			}
		})
	}
}

func TestTheStaticDataListMayNameTheAIPAndNothingElse(t *testing.T) {
	s := newSigner(t)
	withAIP := sign(s.scheme.Issuer, []byte{0x03, 0x01, 0xDA, 0xC0}, unhex(t, account+"4000"))
	for list, want := range map[string]ODA{"82": ODAPassed, "84": ODAFailed, "8282": ODAFailed, "": ODAFailed} {
		cfg := careful()
		cfg.ODAForOnline = true
		k := newKernel(t, cfg, s.keys(t), anActivation(t, "37004000"))
		gpo := signedCard("4000", "80", "2000").with(0x9F4A, list)
		present(t, k, gpo.answer(t), s.records(t, "", withAIP))
		if k.Report().ODA != want {
			t.Errorf("9F4A %q: %+v", list, k.Report())
		}
	}
}

// TestTheVirtualCardsComeThrough plays cards that know nothing of this package.
func TestTheVirtualCardsComeThrough(t *testing.T) {
	s := newSigner(t)
	for name, c := range map[string]struct {
		cfg     Config
		reader  string
		garbage virtualcard.Garbage
		result  contactless.Result
		cvm     contactless.CVM
	}{
		"online with PIN":        {careful(), cvmReader, "", contactless.OnlineRequest, contactless.CVMOnlinePIN},
		"online":                 {careful(), everyReader, "", contactless.OnlineRequest, contactless.CVMNone},
		"approved by signature":  {offline(), everyReader, "", contactless.Approved, contactless.CVMNone},
		"signature with one bit": {offline(), everyReader, virtualcard.GarbageSignature, contactless.Declined, contactless.CVMNone},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.card
			p.Garbage = c.garbage
			k, o := tapVirtual(t, p, c.cfg, s.keys(t), c.reader)
			if o.Result != c.result || o.CVM != c.cvm {
				t.Errorf("%+v %+v", o, k.Report())
			}
		})
	}
}

func tapVirtual(t *testing.T, p virtualcard.Profile, cfg Config, keys oda.Set, reader string) (*Kernel, contactless.Outcome) {
	t.Helper()
	v, err := virtualcard.NewContactless(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := anActivation(t, reader)
	fci := v.Process(unhex(t, "00A4040007A000000003101000"))
	a.FCI = fci[:len(fci)-2]
	k := newKernel(t, cfg, keys, a)
	for s := k.Next(emv.Start()); ; {
		if s.Outcome != nil {
			return k, *s.Outcome
		}
		s = k.Next(emv.Response(v.Process(s.Command)))
	}
}
