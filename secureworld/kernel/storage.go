//go:build linux

package main

import (
	"errors"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/storage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
)

// openStorage brings the trusted storage up. Its anchor is kept by boot.
func (k *kernel) openStorage(p *handover.Provisions, link *handover.Link) error {
	cfg := trustedstorage.Config{Memory: k.memory.Keys(), Dir: storageRoot,
		Terminal: k.cfg.TerminalID, Customer: k.licence.Load().Customer, Parts: p.Device,
		Anchor: anchor{p.Storage.Anchor, link}, Reset: p.Storage.Reset,
		Found: func(err error) { _ = link.Log(handover.EventStorageRecord, uint32(storageFault(err))) }}
	return k.guarded(p.Guards, &cfg, func() (err error) {
		k.storage, err = trustedstorage.Open(cfg)
		return err
	})
}

// anchor is that of package storage, kept by boot.
type anchor struct {
	told uint64 // at the start
	link *handover.Link
}

func (a anchor) Read() (uint64, error) { return a.told, nil }

func (a anchor) Raise(n uint64) error { return a.link.RaiseAnchor(n) }

func (k *kernel) openKeys() error {
	space, err := k.storage.Kernel("keystore")
	if err != nil {
		return err
	}
	k.keys, err = keystore.Open(k.memory.Keys(), storageRoot, keystore.Base{Derive: k.storage.Root.Derive, Space: space}, k.cfg)
	return err
}

// applicationQuota is what one owner of the services may keep in each of its three
// spaces: some more than the services' own limits need.
func applicationQuota() storage.Quota { return storage.Quota{Objects: 128, Bytes: 512 << 10} }

// shelves are the spaces of the services' owners, whose names hold no dot.
func (k *kernel) shelves() func(owner string) (services.Stores, error) {
	return func(owner string) (s services.Stores, err error) {
		at := "app/" + strings.ReplaceAll(owner, " ", ".") + "/"
		for name, into := range map[string]*services.Space{"keys": &s.Keys, "certificates": &s.Certificates, "data": &s.Data} {
			space, err := k.storage.Store.Space(at+name, applicationQuota())
			if err != nil {
				return services.Stores{}, err
			}
			*into = shelf{space}
		}
		return s, nil
	}
}

// shelf is a space as the services know it.
type shelf struct{ *storage.Space }

func (s shelf) Get(name string, room []byte) (int, error) {
	n, err := s.Space.Get(name, room)
	return n, absent(err)
}

func (s shelf) Delete(name string) error { return absent(s.Space.Delete(name)) }

func absent(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return services.ErrNotFound
	}
	return err
}
