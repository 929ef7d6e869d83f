// Package parameters reads the reader's part of the signed parameters, as the
// secure world brings them (sred.Configure). The order's CMAC authenticates them:
// boot has verified the signature, and the reader verifies none.
//
//	contact      emv.Config, without its keys
//	entry_point  entrypoint.Config
//	kernel2      kernel2.Config
//	kernel3      kernel3.Config
//	kernel4      kernel4.Config; may be left out
//	stripe       chip_failures: how often a chip must fail before its stripe is taken
//
// The keys of certification authorities are the document's own, for all kernels,
// and so is the list of cards that are no payment cards. What a kernel takes cannot
// be on that list.
//
// Only the reader imports it. It holds no secret.
package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel4"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// ErrReader reports a reader's part that this reader cannot honour.
var ErrReader = errors.New("parameters: the reader's part is refused")

// Parameters are what the reader obeys.
type Parameters struct {
	Version    uint32
	Keys       oda.Set // of certification authorities, for the contactless kernels
	Contact    emv.Config
	EntryPoint entrypoint.Config
	Kernel2    kernel2.Config
	Kernel3    kernel3.Config
	Kernel4    *kernel4.Config // nil: not there
	Stripe     Stripe
	Whitelist  parameters.Whitelist
}

// part is the reader's part, its own parts unread.
type part struct {
	Contact    json.RawMessage `json:"contact"`
	EntryPoint json.RawMessage `json:"entry_point"`
	Kernel2    json.RawMessage `json:"kernel2"`
	Kernel3    json.RawMessage `json:"kernel3"`
	Kernel4    json.RawMessage `json:"kernel4"`
	Stripe     Stripe          `json:"stripe"`
}

// Parse reads the document's body as it came. It refuses with an error of package
// secureworld/provisioning/parameters, of a kernel's package, or ErrReader.
func Parse(body []byte) (Parameters, error) {
	d, err := parameters.Parse(body)
	if err != nil {
		return Parameters{}, err
	}
	out := Parameters{Version: d.Version}
	if out.Keys, err = d.Set(); err != nil {
		return Parameters{}, err
	}
	var p part
	if err := strict(d.Reader, &p); err != nil {
		return Parameters{}, err
	}
	if !p.Stripe.valid() {
		return Parameters{}, ErrReader
	}
	out.Stripe, out.Whitelist = p.Stripe, d.Whitelist
	if err := out.kernels(p, d); err != nil {
		return Parameters{}, err
	}
	if out.pays() {
		return Parameters{}, ErrReader
	}
	return out, nil
}

func (out *Parameters) kernels(p part, d parameters.Document) (err error) {
	if out.Contact, err = contact(p.Contact, d); err != nil {
		return err
	}
	if out.EntryPoint, err = entrypoint.ParseConfig(p.EntryPoint); err != nil {
		return err
	}
	if out.Kernel2, err = kernel2.ParseConfig(p.Kernel2); err != nil {
		return err
	}
	if out.Kernel3, err = kernel3.ParseConfig(p.Kernel3); err != nil {
		return err
	}
	if p.Kernel4 == nil {
		return nil
	}
	out.Kernel4 = &kernel4.Config{}
	if err := strict(p.Kernel4, out.Kernel4); err != nil {
		return err
	}
	return out.Kernel4.Validate()
}

// contact is the contact kernel's configuration with the document's keys in it.
func contact(raw []byte, d parameters.Document) (emv.Config, error) {
	var c emv.Config
	if err := strict(raw, &c); err != nil {
		return emv.Config{}, err
	}
	if c.ODA != nil {
		return emv.Config{}, ErrReader // the keys stand where the secure world checks them
	}
	c.ODA = authorities(d)
	whole, err := json.Marshal(c)
	if err != nil {
		return emv.Config{}, ErrReader
	}
	return emv.ParseConfig(whole)
}

func authorities(d parameters.Document) *emv.ODA {
	if len(d.CAKeys) == 0 {
		return nil
	}
	o := &emv.ODA{MinBits: d.MinBits}
	for _, k := range d.CAKeys {
		o.Keys = append(o.Keys, emv.CAKey{RID: emv.Hex(k.RID), Index: emv.Hex(k.Index), Modulus: emv.Hex(k.Modulus),
			Exponent: emv.Hex(k.Exponent), Check: emv.Hex(k.Check), Expiry: emv.Hex(k.Expiry)})
	}
	for _, r := range d.Revoked {
		o.Revoked = append(o.Revoked, emv.Revoked{RID: emv.Hex(r.RID), Index: emv.Hex(r.Index), Serial: emv.Hex(r.Serial)})
	}
	return o
}

// strict reads one JSON value with known names only and nothing behind it.
func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return ErrReader
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrReader
	}
	return nil
}
