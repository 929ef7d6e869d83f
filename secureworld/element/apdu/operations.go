package apdu

import "github.com/strongroom-pos/strongroom/secureworld/element"

var _ element.Operations = (*Client)(nil)

// Status asks whether the card works.
func (c *Client) Status(r element.Status) (element.Health, error) {
	return ask[element.Health](c, element.KindStatus, nil, r)
}

// OpenAccount opens a terminal's account data.
func (c *Client) OpenAccount(r element.OpenAccount) (element.Account, error) {
	return ask[element.Account](c, element.KindOpenAccount, nil, r)
}

// MACVerify verifies what a terminal authenticated.
func (c *Client) MACVerify(r element.MACVerify) (element.Verified, error) {
	return ask[element.Verified](c, element.KindMACVerify, nil, r)
}

// MACGenerate authenticates an answer to a terminal.
func (c *Client) MACGenerate(r element.MACGenerate) (element.MAC, error) {
	return ask[element.MAC](c, element.KindMACGenerate, nil, r)
}

// TranslatePIN takes a PIN block into the issuer's zone.
func (c *Client) TranslatePIN(r element.TranslatePIN, chance *element.Chance) (element.Translated, error) {
	return ask[element.Translated](c, element.KindTranslatePIN, chance, r)
}

// VerifyPIN compares a PIN with the card's reference.
func (c *Client) VerifyPIN(r element.VerifyPIN) (element.Verified, error) {
	return ask[element.Verified](c, element.KindVerifyPIN, nil, r)
}

// VerifyARQC verifies a cryptogram and answers it.
func (c *Client) VerifyARQC(r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return ask[element.IssuerAuthentication](c, element.KindVerifyARQC, nil, r)
}

// PINOffset makes the reference of a PIN.
func (c *Client) PINOffset(r element.PINOffset) (element.Offset, error) {
	return ask[element.Offset](c, element.KindPINOffset, nil, r)
}

// PANReference makes the keyed reference of a PAN.
func (c *Client) PANReference(r element.PANReference) (element.Reference, error) {
	return ask[element.Reference](c, element.KindPANReference, nil, r)
}

// VerifyCVV verifies a card verification value.
func (c *Client) VerifyCVV(r element.VerifyCVV) (element.Verified, error) {
	return ask[element.Verified](c, element.KindVerifyCVV, nil, r)
}

// VerifyCVC3 verifies a dynamic code.
func (c *Client) VerifyCVC3(r element.VerifyCVC3) (element.Verified, error) {
	return ask[element.Verified](c, element.KindVerifyCVC3, nil, r)
}

// ScriptMAC authenticates a script's command.
func (c *Client) ScriptMAC(r element.ScriptMAC) (element.MAC, error) {
	return ask[element.MAC](c, element.KindScriptMAC, nil, r)
}

// LoadKeyBlock tells what a key block is.
func (c *Client) LoadKeyBlock(r element.LoadKeyBlock) (element.LoadedKey, error) {
	return ask[element.LoadedKey](c, element.KindLoadKeyBlock, nil, r)
}

// Derive makes a device's initial key, as a key block.
func (c *Client) Derive(r element.Derive, chance *element.Chance) (element.DerivedKey, error) {
	return ask[element.DerivedKey](c, element.KindDerive, chance, r)
}

// TranslatePINUnder is TranslatePIN with keys that come along.
func (c *Client) TranslatePINUnder(r element.TranslatePINUnder, chance *element.Chance) (element.Translated, error) {
	return ask[element.Translated](c, element.KindTranslatePINUnder, chance, r)
}

// OpenAccountUnder is OpenAccount with a key that comes along.
func (c *Client) OpenAccountUnder(r element.OpenAccountUnder) (element.Account, error) {
	return ask[element.Account](c, element.KindOpenAccountUnder, nil, r)
}
