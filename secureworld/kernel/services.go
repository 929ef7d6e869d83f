//go:build linux

package main

import (
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// openServices makes the cryptographic services of applications and app world.
func (k *kernel) openServices() (err error) {
	k.services, err = services.New(services.Config{Memory: k.memory.Keys(), Spaces: k.shelves(),
		Device: strings.TrimRight(string(k.core.TerminalID[:]), " ")})
	if err == nil {
		k.crypto = k.services.Gate(k.paying)
	}
	return err
}

// paying: a payment is under way, which the app world's cryptography must not hold
// up.
func (k *kernel) paying() bool { return k.stepper.State().Busy != payment.ID{} }

// servant begins the services of one session of the app world.
func (k *kernel) servant() monitor.Servant { return k.crypto.Session() }
