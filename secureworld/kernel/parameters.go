//go:build linux

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// configured is the signed parameters in force.
type configured struct {
	document parameters.Document
	body     []byte // as signed, and as the reader gets it
	digest   payment.Digest
	set      oda.Set
}

// takeParameters reads the parameters that boot has verified.
func (k *kernel) takeParameters(p *handover.Provisions) (err error) {
	c := &k.parameters
	if err := certificate.Body(parameters.Purpose, p.Parameters, &c.document); err != nil {
		return err
	}
	if c.body, err = c.document.Encode(); err != nil {
		return err
	}
	if err := c.document.InForce(time.Now()); err != nil {
		return err
	}
	if c.document.Currency != k.cfg.Currency {
		return errors.New("parameters: for another currency than this terminal's")
	}
	if c.set, err = c.document.Set(); err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	c.digest = sha256.Sum256(c.body)
	c.permit(&k.core)
	return nil
}

// permit tells the core what the policy allows.
func (c *configured) permit(core *transaction.Config) {
	policy := c.document.Policy
	core.Parameters, core.Interfaces, core.Keyed = c.document.Version, interfaces(policy), policy.Keyed
	core.RefundLimit, core.RefundPerDay = payment.Amount(policy.RefundLimit), payment.Amount(policy.RefundPerDay)
	core.OfflineLimit, core.OfflineSum = payment.Amount(policy.OfflineLimit), payment.Amount(policy.OfflineSum)
	core.OfflineCount, core.OfflineAge = policy.OfflineCount, time.Duration(policy.OfflineHours)*time.Hour
	core.FallbackPerHour, core.FallbackPerCard = policy.FallbackPerHour, policy.FallbackPerCard
}

func interfaces(p parameters.Policy) (out sred.Interfaces) {
	for word, i := range map[string]sred.Interfaces{
		parameters.InterfaceChip:        sred.InterfaceChip,
		parameters.InterfaceContactless: sred.InterfaceContactless,
		parameters.InterfaceStripe:      sred.InterfaceStripe,
	} {
		if p.Opens(word) {
			out |= i
		}
	}
	return out
}

// authority finds a key for the payment application.
func (c *configured) authority(q call.CAKeyQuestion) (call.CAKeyAnswer, bool) {
	k, found := c.set.Find(q.RID, q.Index)
	if !found {
		return call.CAKeyAnswer{}, false
	}
	return call.CAKeyAnswer{Expiry: k.Expiry, Check: k.Check, Exponent: k.Exponent, Modulus: k.Modulus,
		Revoked: parameters.Serials(c.document.Revoked, q.RID[:], []byte{q.Index})}, true
}

// order is what the reader gets at the beginning of each session.
func (c *configured) order() sred.Configure {
	return sred.Configure{Version: c.document.Version, Document: c.body}
}
