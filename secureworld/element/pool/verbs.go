package pool

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Status asks whether a group works.
func (c *Client) Status(ctx context.Context) (element.Health, error) {
	return call[element.Health](ctx, c, element.KindStatus, element.Status{})
}

// OpenAccount opens a terminal's account data.
func (c *Client) OpenAccount(ctx context.Context, r element.OpenAccount) (element.Account, error) {
	return call[element.Account](ctx, c, element.KindOpenAccount, r)
}

// MACVerify returns nil for a MAC that verifies.
func (c *Client) MACVerify(ctx context.Context, r element.MACVerify) error {
	return verify(ctx, c, element.KindMACVerify, r)
}

// MACGenerate makes an answer's MAC.
func (c *Client) MACGenerate(ctx context.Context, r element.MACGenerate) (element.MAC, error) {
	return call[element.MAC](ctx, c, element.KindMACGenerate, r)
}

// TranslatePIN takes a PIN block into the issuer's zone.
func (c *Client) TranslatePIN(ctx context.Context, r element.TranslatePIN) (element.Translated, error) {
	return call[element.Translated](ctx, c, element.KindTranslatePIN, r)
}

// VerifyPIN returns nil for the right PIN.
func (c *Client) VerifyPIN(ctx context.Context, r element.VerifyPIN) error {
	return verify(ctx, c, element.KindVerifyPIN, r)
}

// VerifyARQC verifies a cryptogram and returns the answer to it.
func (c *Client) VerifyARQC(ctx context.Context, r element.VerifyARQC) (element.IssuerAuthentication, error) {
	return call[element.IssuerAuthentication](ctx, c, element.KindVerifyARQC, r)
}

// PINOffset makes the reference of a PIN.
func (c *Client) PINOffset(ctx context.Context, r element.PINOffset) (element.Offset, error) {
	return call[element.Offset](ctx, c, element.KindPINOffset, r)
}

// PANReference makes the keyed reference of a PAN.
func (c *Client) PANReference(ctx context.Context, r element.PANReference) (element.Reference, error) {
	return call[element.Reference](ctx, c, element.KindPANReference, r)
}

// VerifyCVV returns nil for the right card verification value.
func (c *Client) VerifyCVV(ctx context.Context, r element.VerifyCVV) error {
	return verify(ctx, c, element.KindVerifyCVV, r)
}

// VerifyCVC3 returns nil for the right dynamic code.
func (c *Client) VerifyCVC3(ctx context.Context, r element.VerifyCVC3) error {
	return verify(ctx, c, element.KindVerifyCVC3, r)
}

// ScriptMAC authenticates a script's command.
func (c *Client) ScriptMAC(ctx context.Context, r element.ScriptMAC) (element.MAC, error) {
	return call[element.MAC](ctx, c, element.KindScriptMAC, r)
}

func verify(ctx context.Context, c *Client, kind element.Kind, request any) error {
	_, err := call[element.Verified](ctx, c, kind, request)
	return err
}
