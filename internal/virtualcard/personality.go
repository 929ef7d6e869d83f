package virtualcard

import "slices"

// A Personality is a kind of card, ready but for number, keys and certificates:
// whoever makes one draws a PAN under the BIN, sets PAN, expiry and keys (and a
// PIN of its own where the profile has one), then calls Personalise.
type Personality struct {
	Name      string // lower case, digits and hyphens
	Tells     string // what it is for, one line
	Interface Interface
	BIN       string // published test BIN
	Digits    int    // of the PAN
	Expiry    string // YYMM where it matters, else empty
	Profile   Profile
}

// The published test BINs, by scheme.
const (
	binVisa       = "476173"
	binMastercard = "541333"
	binAmex       = "378282"
	binDiscover   = "601111"
)

// demoPIN is the offline PIN of personalities that have one.
const demoPIN = "1234"

// Personalities are the cards of the demo, contact first, then those to tap,
// to swipe, and the faulty ones.
func Personalities() []Personality {
	return slices.Concat(contactPersonalities(), tapPersonalities(), oddPersonalities(), faultyPersonalities())
}

// FindPersonality finds one by name.
func FindPersonality(name string) (Personality, bool) {
	all := Personalities()
	i := slices.IndexFunc(all, func(p Personality) bool { return p.Name == name })
	if i < 0 {
		return Personality{}, false
	}
	return all[i], true
}

func card(name, tells string, face Interface, bin string, p Profile) Personality {
	digits := 16
	if bin == binAmex {
		digits = 15
	}
	return Personality{Name: name, Tells: tells, Interface: face, BIN: bin, Digits: digits, Profile: p}
}

func contactPersonalities() []Personality {
	rules := func(b ...byte) Hex { return append(make(Hex, 8), b...) }
	debit := Hex{0xA0, 0x00, 0x00, 0x00, 0x03, 0x20, 0x10}
	return []Personality{
		card("visa-credit", "credit, online PIN", Contact, binVisa, Profile{Label: "VISA CREDIT"}),
		card("visa-sda", "static data signed", Contact, binVisa, Profile{Label: "VISA SDA", ODA: "sda"}),
		card("visa-dda", "signs each transaction", Contact, binVisa, Profile{Label: "VISA DDA", ODA: "dda", Format1: true}),
		card("visa-cvn10", "cryptogram version 10", Contact, binVisa, Profile{Label: "VISA CVN10", CVN: "visa10"}),
		card("visa-two", "credit and debit: the card holder chooses", Contact, binVisa, Profile{
			Label: "VISA CREDIT", PreferredName: "Visa Gold", Languages: "deen", Confirm: true,
			Others: []Profile{{Label: "VISA DEBIT", AID: debit, Confirm: true}},
		}),
		card("mastercard-cda", "signs its cryptograms", Contact, binMastercard, Profile{Label: "MASTERCARD", CVN: "mchip14", ODA: "cda"}),
		card("mastercard-mchip10", "older M/Chip", Contact, binMastercard, Profile{Label: "MASTERCARD", CVN: "mchip10", ODA: "cda"}),
		card("amex-contact", "15 digits", Contact, binAmex, Profile{Label: "AMERICAN EXPRESS", ODA: "dda"}),
		card("discover-contact", "another scheme", Contact, binDiscover, Profile{Label: "DISCOVER", ODA: "dda"}),
		card("offline-pin", "its PIN is 1234, checked by the card, enciphered", Contact, binMastercard, Profile{
			Label: "MASTERCARD", CVN: "mchip14", ODA: "cda", SeparatePINKey: true, PIN: demoPIN,
			CVMList: rules(0x44, 0x03, 0x42, 0x03, 0x1F, 0x03),
		}),
		card("offline-pin-plain", "its PIN is 1234, checked by the card, plain", Contact, binVisa, Profile{
			Label: "VISA PIN", PIN: demoPIN, CVMList: rules(0x41, 0x03, 0x42, 0x03, 0x1F, 0x03),
		}),
		card("pin-blocked", "no tries of its PIN are left after one that is wrong", Contact, binMastercard, Profile{
			Label: "MASTERCARD", CVN: "mchip14", ODA: "cda", PIN: demoPIN, PINTries: 1, CVMList: rules(0x44, 0x03, 0x42, 0x03, 0x1F, 0x03),
		}),
		card("signature", "signature on paper", Contact, binVisa, Profile{Label: "VISA SIGN", CVMList: rules(0x5E, 0x03, 0x1F, 0x03)}),
		card("offline-approve", "approves without its issuer where the terminal may", Contact, binMastercard, Profile{
			Label: "MASTERCARD", CVN: "mchip14", ODA: "cda", ApprovesOffline: true, NoCVM: true,
			LowerLimit: 3, UpperLimit: 5, LastOnlineATC: 1, ATC: 1, IACOnline: Hex{0xF0, 0x20, 0x04, 0x98, 0x00},
		}),
	}
}

func tapPersonalities() []Personality {
	phone := Profile{Label: "VISA PHONE", NoContacts: true, StripeBlank: true,
		Tap: &Tap{CDCVM: true, FormFactor: Hex{0x23, 0x88, 0x00, 0x00}}}
	return []Personality{
		card("visa-tap", "online, PIN where one is due", Contactless, binVisa, Profile{Label: "VISA", Tap: &Tap{OnlinePIN: true, KernelID: true}}),
		card("visa-tap-fdda", "signs the tap and approves offline", Contactless, binVisa,
			Profile{Label: "VISA", ODA: "dda", Tap: &Tap{ODA: "fdda", Approves: true}}),
		card("visa-tap-cvn17", "short cryptogram", Contactless, binVisa, Profile{Label: "VISA", Tap: &Tap{CVN: "visa17", OnlinePIN: true}}),
		card("visa-tap-signature", "signature on paper", Contactless, binVisa, Profile{Label: "VISA", Tap: &Tap{Signature: true}}),
		card("visa-tap-decline", "declines by itself", Contactless, binVisa, Profile{Label: "VISA", Tap: &Tap{Declines: true}}),
		card("visa-msd", "stripe data only: to be refused", Contactless, binVisa, Profile{Label: "VISA MSD", Tap: &Tap{MagStripe: true}}),
		card("phone-tap", "verified on the phone", Contactless, binVisa, phone),
		card("see-phone", "asks to look at the phone", Contactless, binVisa,
			Profile{Label: "VISA PHONE", NoContacts: true, StripeBlank: true, Tap: &Tap{CDCVM: true, Refuses: Hex{0x69, 0x86}}}),
		card("insert-instead", "will not be tapped", Contactless, binVisa, Profile{Label: "VISA", Tap: &Tap{Refuses: Hex{0x69, 0x85}}}),
		card("mastercard-tap", "signs its cryptogram, PIN where one is due", Contactless, binMastercard,
			Profile{Label: "MASTERCARD", CVN: "mchip14", ODA: "cda", Tap: &Tap{ODA: "cda", OnlinePIN: true, KernelID: true}}),
		card("mastercard-tap-offline", "approves offline", Contactless, binMastercard,
			Profile{Label: "MASTERCARD", CVN: "mchip14", Tap: &Tap{ODA: "cda", Approves: true}}),
		card("mastercard-tap-relay", "measures how far the reader is", Contactless, binMastercard,
			Profile{Label: "MASTERCARD", CVN: "mchip14", Tap: &Tap{ODA: "cda", Relay: &Relay{Min: 1, Max: 500, Transmit: 10}}}),
		card("mastercard-tap-torn", "leaves during the cryptogram, gives it again", Contactless, binMastercard,
			Profile{Label: "MASTERCARD", CVN: "mchip14", TearAtCommand: "gac1", TearAfter: true, Tap: &Tap{ODA: "cda", Recovers: true}}),
		card("mastercard-tap-magstripe", "a stripe with changing digits", Contactless, binMastercard,
			Profile{Label: "MASTERCARD", Tap: &Tap{MagStripe: true, OnlinePIN: true}}),
		card("mastercard-phone", "verified on the phone", Contactless, binMastercard, Profile{
			Label: "MASTERCARD", CVN: "mchip14", NoContacts: true, StripeBlank: true, Tap: &Tap{ODA: "cda", CDCVM: true}}),
		card("amex-tap", "another scheme", Contactless, binAmex, Profile{Label: "AMERICAN EXPRESS", Tap: &Tap{ODA: "cda", OnlinePIN: true}}),
		card("discover-tap", "another scheme", Contactless, binDiscover, Profile{Label: "DISCOVER", Tap: &Tap{OnlinePIN: true}}),
	}
}

func oddPersonalities() []Personality {
	expired := card("expired", "its date has passed", Contact, binVisa, Profile{Label: "VISA OLD"})
	expired.Expiry = "2312"
	return []Personality{
		card("stripe-only", "no chip", Stripe, binVisa, Profile{Label: "STRIPE", ServiceCode: "101", NoContacts: true}),
		card("stripe-chip", "its stripe tells of a chip", Stripe, binVisa, Profile{Label: "VISA"}),
		card("blocked-card", "blocked by its issuer", Contact, binVisa, Profile{Label: "VISA", Blocked: true}),
		card("blocked-application", "one application is blocked", Contact, binMastercard, Profile{Label: "MASTERCARD", AppBlocked: true}),
		expired,
		card("t0", "speaks byte by byte", Contact, binVisa, Profile{Label: "VISA T0", T0: true}),
		card("domestic", "not for use abroad", Contact, binVisa, Profile{Label: "VISA", Country: "840", UsageControl: Hex{0xA8, 0x00}}),
	}
}

func faultyPersonalities() []Personality {
	faulty := func(name, tells string, p Profile) Personality {
		if p.Label = "FAULTY"; p.ODA != "" {
			p.CVN = "mchip14"
			return card(name, tells, Contact, binMastercard, p)
		}
		return card(name, tells, Contact, binVisa, p)
	}
	return []Personality{
		faulty("forged-signature", "its signatures are false", Profile{ODA: "cda", Garbage: GarbageSignature}),
		faulty("forged-amount", "its cryptogram is over another amount", Profile{Garbage: GarbageAmount}),
		faulty("wrong-brand", "its AID is another scheme's", Profile{AID: defaultAID('5')}),
		faulty("nested", "templates where values belong", Profile{Garbage: GarbageNested, FaultCommand: "read"}),
		faulty("duplicate", "each value comes twice", Profile{Garbage: GarbageDuplicate, FaultCommand: "read"}),
		faulty("lost-records", "its file list leads nowhere", Profile{Garbage: GarbageAFL}),
		faulty("greedy", "asks for 255 bytes", Profile{Garbage: GarbageDOL}),
		faulty("endless", "templates without end", Profile{Garbage: GarbageEndless}),
		faulty("nonsense", "random answers", Profile{Garbage: GarbageNonsense}),
		faulty("torn", "leaves during the first cryptogram", Profile{TearAtCommand: "gac1"}),
		faulty("torn-late", "leaves during the second cryptogram", Profile{TearAtCommand: "gac2", TearAfter: true}),
		faulty("bad-atr", "its answer to reset is wrong: the stripe may be swiped", Profile{AnswerToReset: Hex{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0x7C, 0x41, 0x93}}),
		faulty("dead-chip", "answers no command: the stripe may be swiped", Profile{MuteAt: 1}),
		faulty("mute", "stops answering", Profile{MuteAtCommand: "gac1"}),
	}
}
