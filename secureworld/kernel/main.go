//go:build linux

// Command kernel is the kernel firmware of the secure world. Boot starts it from
// verified bytes, in namespaces of its own, with one descriptor: the handover.
// It is not to be started by hand.
//
// Trusted with: the keys of this terminal, the transaction state, the host link.
// Must never hold: account data or a PIN in clear; a network of its own; a file
// outside its storage.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

func main() {
	if err := run(time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "kernel:", err)
		os.Exit(1)
	}
}

func run(started time.Time) error {
	if err := tahost.CheckPreemption(); err != nil {
		return err
	}
	if err := schedule.SelfTest(); err != nil {
		return fmt.Errorf("ciphers cannot be kept in secret memory: %w", err)
	}
	link, err := handover.Inherit()
	if err != nil {
		return err
	}
	provisions, err := link.Provisions()
	if err != nil {
		return err
	}
	reserved, report, err := enter(provisions, link)
	if err != nil {
		_ = link.Log(handover.EventSandbox, 0) // the error itself is told below
		return err
	}
	if provisions.Confine.SelfTest {
		return link.Denials(sandbox.Probe())
	}
	if provisions.Tampered != 0 {
		return serveTampered(provisions, link, reserved, report)
	}
	k, err := assemble(provisions, link, reserved, report)
	if err != nil {
		_ = link.Log(handover.EventStorage, uint32(storageFault(err)))
		return err
	}
	return k.serve(link, started)
}

// serve opens the doors and runs until boot ends the kernel, or journal or host key cannot be stored.
func (k *kernel) serve(link *handover.Link, started time.Time) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := link.Ready(k.report.InForce(), k.report.Missing()); err != nil {
		return err
	}
	if !k.memory.Protection().HiddenFromRoot() {
		_ = link.Log(handover.EventSecretMemory, 0) // reported in Description too
	}
	_ = link.Log(handover.EventStarted, uint32(time.Since(started).Milliseconds()))
	ended := make(chan error, 2)
	go func() { ended <- link.Serve(k.healthy) }()
	go func() { ended <- k.stepper.Run(ctx, k.recovery) }()
	go k.applications.Run(ctx)
	k.open(ctx, link)
	select {
	case reason := <-link.Tampered():
		_ = link.Log(handover.EventTampered, uint32(reason))
		cancel()
		return k.zeroise(ended)
	case <-link.Stopping():
		return nil
	case <-k.keys.Broken():
		return errKeys
	case err := <-ended:
		return err
	}
}

// errKeys ends a kernel that could sell nothing and reverse nothing until it is
// started again.
var errKeys = errors.New("the state of the host key could not be stored")
