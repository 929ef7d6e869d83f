package virtualcard

import "slices"

func (p *Profile) setDefaults() {
	if p.ServiceCode == "" {
		p.ServiceCode = "201"
	}
	if p.Label == "" {
		p.Label = "VIRTUAL"
	}
	if p.Name == "" {
		p.Name = "CARD/VIRTUAL"
	}
	if p.Languages == "" {
		p.Languages = "en"
	}
	if p.CVN == "" {
		p.CVN = "visa18"
	}
	if p.ARPCMethod == 0 {
		p.ARPCMethod = 2
		if v, ok := versions()[p.CVN]; ok {
			p.ARPCMethod = v.arpc
		}
	}
	if p.StripeData == "" {
		p.StripeData = "0000000001"
	}
	if p.ChipData == "" {
		p.ChipData = "0000000001"
	}
	if p.PINTries == 0 {
		p.PINTries = 3
	}
	if p.Priority == 0 {
		p.Priority = 1
	}
	if len(p.AID) == 0 && p.PAN != "" {
		p.AID = defaultAID(p.PAN[0])
	}
}

// defaultAID goes by the first digit of the number.
func defaultAID(first byte) Hex {
	switch first {
	case '3': // American Express
		return Hex{0xA0, 0x00, 0x00, 0x00, 0x25, 0x01}
	case '4': // Visa
		return Hex{0xA0, 0x00, 0x00, 0x00, 0x03, 0x10, 0x10}
	case '6': // Discover
		return Hex{0xA0, 0x00, 0x00, 0x01, 0x52, 0x30, 0x10}
	default: // Mastercard
		return Hex{0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10}
	}
}

// each is the profile's own application and the others, every one complete.
func (p Profile) each() []Profile {
	p.setDefaults()
	all := []Profile{p}
	for i, o := range p.Others {
		if i == maxApplications-1 {
			break
		}
		o.inherit(p, byte(i))
		all = append(all, o)
	}
	return all
}

// inherit takes from the first application what an other does not name.
func (p *Profile) inherit(first Profile, place byte) {
	if p.PAN == "" {
		p.PAN, p.PSN = first.PAN, first.PSN
	}
	if p.Expiry == "" {
		p.Expiry = first.Expiry
	}
	if len(p.IssuerMasterKey)+len(p.CardMasterKey) == 0 {
		p.IssuerMasterKey, p.CardMasterKey = first.IssuerMasterKey, first.CardMasterKey
		p.IssuerSMIKey, p.CardSMIKey = first.IssuerSMIKey, first.CardSMIKey
		p.IssuerSMCKey, p.CardSMCKey = first.IssuerSMCKey, first.CardSMCKey
		p.IssuerCVC3Key, p.CardCVC3Key = first.IssuerCVC3Key, first.CardCVC3Key
	}
	if p.Priority == 0 {
		p.Priority = min(place+2, 15)
	}
	p.PIN, p.PINTries, p.Garbage, p.Others = first.PIN, first.PINTries, first.Garbage, nil
	p.setDefaults()
}

func (p Profile) check() error {
	p.setDefaults()
	if len(p.Others) >= maxApplications {
		return ErrProfile
	}
	for _, a := range p.each() {
		if !a.sound() || a.Tap != nil && !a.Tap.sound() {
			return ErrProfile
		}
	}
	for _, sw := range p.Statuses {
		if len(sw) != 2 {
			return ErrProfile
		}
	}
	return nil
}

func (p Profile) sound() bool {
	_, known := versions()[p.CVN]
	return p.numbersSound() && p.optionsSound() && known && p.keysSound()
}

func (p Profile) numbersSound() bool {
	return len(p.PAN) >= 12 && len(p.PAN) <= 19 && decimal(p.PAN) && luhnValid(p.PAN) && p.PSN <= 99 &&
		len(p.Expiry) == 4 && decimal(p.Expiry) && p.Expiry[2:] >= "01" && p.Expiry[2:] <= "12" &&
		len(p.ServiceCode) == 3 && decimal(p.ServiceCode) &&
		(p.PIN == "" || len(p.PIN) >= 4 && len(p.PIN) <= 12) && decimal(p.PIN) && p.PINTries <= 15 &&
		(p.Effective == "" || len(p.Effective) == 6) && decimal(p.Effective) &&
		len(p.StripeData) == 10 && decimal(p.StripeData) && len(p.ChipData) == 10 && decimal(p.ChipData) &&
		(p.Country == "" || len(p.Country) == 3) && decimal(p.Country)
}

func (p Profile) optionsSound() bool {
	return len(p.Label) >= 1 && len(p.Label) <= 16 && len(p.PreferredName) <= 16 && len(p.AID) >= 5 && len(p.AID) <= 16 &&
		len(p.Name) >= 2 && len(p.Name) <= 26 && len(p.Languages) >= 2 && len(p.Languages) <= 8 && p.Priority <= 15 &&
		(p.ARPCMethod == 1 || p.ARPCMethod == 2) &&
		slices.Contains([]string{"", "sda", "dda", "cda"}, p.ODA) &&
		oneOf(p.UsageControl, 0, 2) && oneOf(p.IACDefault, 0, 5) && oneOf(p.IACDenial, 0, 5) && oneOf(p.IACOnline, 0, 5) &&
		(len(p.AnswerToReset) == 0 || len(p.AnswerToReset) >= 2 && len(p.AnswerToReset) <= 33) &&
		len(p.CVMList) <= 252 && len(p.PDOL) <= 64 && len(p.Extra) <= 96
}

func (p Profile) keysSound() bool {
	for _, k := range []Hex{p.IssuerSMIKey, p.CardSMIKey, p.IssuerSMCKey, p.CardSMCKey, p.IssuerCVC3Key, p.CardCVC3Key} {
		if !oneOf(k, 0, 16) {
			return false
		}
	}
	return len(p.IssuerMasterKey) == 16 || len(p.CardMasterKey) == 16
}

func (t *Tap) sound() bool {
	_, known := versions()[t.CVN]
	return slices.Contains([]byte{0, 2, 3, 4, 6}, t.Kernel) && (t.CVN == "" || known) &&
		slices.Contains([]string{"", "cda", "fdda"}, t.ODA) &&
		oneOf(t.CTQ, 0, 2) && oneOf(t.FormFactor, 0, 4) && oneOf(t.Refuses, 0, 2)
}

func oneOf(b []byte, lengths ...int) bool { return slices.Contains(lengths, len(b)) }

// cardKey is the card's own key, or derived from the issuer's; nil without both.
func (p Profile) cardKey(own, issuer Hex) []byte {
	switch {
	case len(own) == 16:
		return append([]byte(nil), own...)
	case len(issuer) == 16:
		return CardKey(issuer, p.PAN, p.PSN)
	default:
		return nil
	}
}
