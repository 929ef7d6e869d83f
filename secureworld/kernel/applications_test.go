//go:build linux

package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

func TestThePaymentApplicationIsOfTheImageAndHasTheCustomersWord(t *testing.T) {
	good := entitlement.Grant{Version: 1, Permissions: entitlement.AccountData, Countersigned: true, Image: true}
	without, installed := good, good
	without.Permissions, installed.Image = entitlement.Clock, false
	for name, c := range map[string]struct {
		given handover.ProvidedApplication
		ok    bool
	}{
		"as it must be":              {handover.ProvidedApplication{Name: "payment", Grant: good}, true},
		"without account data":       {handover.ProvidedApplication{Name: "payment", Grant: without}, false},
		"installed beside the image": {handover.ProvidedApplication{Name: "payment", Grant: installed}, false},
		"another in the place of it": {handover.ProvidedApplication{Name: "loyalty", Grant: good}, false},
	} {
		p := &handover.Provisions{Applications: []handover.ProvidedApplication{{Name: "other"}, c.given}}
		if _, err := paymentModule(p); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := &handover.Provisions{Applications: []handover.ProvidedApplication{{Name: "payment"}, {Name: "a"}, {Name: "b"}}}
	if rest := others(p); len(rest) != 2 || rest[0].Name != "a" || len(p.Applications) != 3 {
		t.Errorf("%v", rest)
	}
}

func TestAnApplicationIsToldItsOwnFaultsAndNoneOfTheStorages(t *testing.T) {
	for err, want := range map[error]call.Code{
		storage.ErrNotFound: call.CodeNotFound, storage.ErrQuota: call.CodeQuota, storage.ErrTooLong: call.CodeTooLong,
		storage.ErrRoom: call.CodeTooLong, storage.ErrName: call.CodeMalformed,
		storage.ErrForged: call.CodeFailed, storage.ErrDead: call.CodeFailed, errors.New("a path"): call.CodeFailed,
	} {
		if got := (spaces{}).Refusal(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestNoSpaceIsNamedLikeAnothers(t *testing.T) {
	if _, ok := services.Application("a/space"); ok {
		t.Error("a name leads into another application's space")
	}
	if ownSpace("a") == ownSpace("b") {
		t.Error("two applications share a space")
	}
}
