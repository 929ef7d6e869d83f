//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// paymentModule is the payment application, which must have what it cannot do
// without.
func paymentModule(p *handover.Provisions) (handover.ProvidedApplication, error) {
	for _, a := range p.Applications {
		if a.Name != paymentApplication {
			continue
		}
		if !a.Grant.Image || !a.Grant.Permissions.Has(entitlement.AccountData) {
			return a, errors.New("the payment application is not part of the image, or has no permission for account data")
		}
		return a, nil
	}
	return handover.ProvidedApplication{}, errors.New("no payment application was handed over")
}

// others are the applications beside it.
func others(p *handover.Provisions) []handover.ProvidedApplication {
	return slices.DeleteFunc(slices.Clone(p.Applications), func(a handover.ProvidedApplication) bool {
		return a.Name == paymentApplication
	})
}

// openApplications gives the applications that were compiled their spaces.
func (k *kernel) openApplications(p *handover.Provisions, link *handover.Link) error {
	module, err := paymentModule(p)
	if err != nil {
		return err
	}
	space, err := k.storage.Kernel("notices")
	if err != nil {
		return err
	}
	k.applications, err = applications.New(applications.Config{
		Notices: notices{space}, Busy: func() payment.ID { return k.stepper.State().Busy }, Look: k.look,
		Arenas: k.memory.Small(), Spaces: spaces{k}, Services: k.services, Prove: k.proveTo,
		Payment: mailbox.Inspected{Present: true, Name: []byte(module.Name), Version: payment.CountOf(module.Grant.Version),
			Digest: module.SHA256, Permissions: uint8(module.Grant.Permissions), Memory: k.protection()},
		Fell: func(string) { _ = link.Log(handover.EventApplicationFell, 0) }, // which one is told by Inspect
	}, k.compiled)
	if err != nil {
		return err
	}
	link.ChangeApplications(k.applications)
	return nil
}

// notices is a space of the kernel's, with the one object of what applications are yet
// to be told.
type notices struct{ space *storage.Space }

const noticesObject = "notices"

func (n notices) Load() ([]byte, error) {
	room := make([]byte, storage.MaxObject) // identifiers of cards, which are no account data
	size, err := n.space.Get(noticesObject, room)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return room[:size], err
}

func (n notices) Save(book []byte) error { return n.space.Put(noticesObject, book) }

// look asks the journal how a payment stands.
func (k *kernel) look(ctx context.Context, id payment.ID) (v mailbox.View, known bool, err error) {
	r, err := k.stepper.Ask(ctx, func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: id} })
	return r.View, r.Refused == mailbox.CodeNone, err
}

// changed is told of every change of a payment.
func (k *kernel) changed(publish func(mailbox.View)) func(mailbox.View) {
	return func(v mailbox.View) {
		publish(v)
		k.applications.Changed(v)
	}
}

// spaces are those of the trusted storage, as applications have them.
type spaces struct{ k *kernel }

func (s spaces) Open(application string, bytes int) (applications.Space, error) {
	return s.k.storage.Store.Space(ownSpace(application), storage.Quota{Objects: call.MaxObjects, Bytes: bytes})
}

// ownSpace is beside the spaces in which the services keep an application's keys.
func ownSpace(application string) string { return "app/" + application + "/space" }

// Erase removes an application's space and those of the services.
func (s spaces) Erase(application string) (err error) {
	for _, name := range []string{"space", "keys", "certificates", "data"} {
		if e := s.k.storage.Store.Remove("app/" + application + "/" + name); !errors.Is(e, storage.ErrNoSpace) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// eraseRemoved gives up what removed applications have stored: no kernel may have
// served when they were removed.
func (k *kernel) eraseRemoved(p *handover.Provisions) error {
	for _, name := range p.Removed {
		if slices.ContainsFunc(p.Applications, func(a handover.ProvidedApplication) bool { return a.Name == name }) {
			return errors.New("an application was handed over and told to be removed")
		}
		if err := (spaces{k}).Erase(name); err != nil {
			return fmt.Errorf("erase what a removed application has stored: %w", err)
		}
	}
	return nil
}

// Refusal tells an application's own fault from the storage's.
func (spaces) Refusal(err error) call.Code {
	for _, r := range []struct {
		err  error
		code call.Code
	}{
		{storage.ErrNotFound, call.CodeNotFound}, {storage.ErrName, call.CodeMalformed}, {storage.ErrTooLong, call.CodeTooLong},
		{storage.ErrRoom, call.CodeTooLong}, {storage.ErrQuota, call.CodeQuota},
	} {
		if errors.Is(err, r.err) {
			return r.code
		}
	}
	return call.CodeFailed
}
