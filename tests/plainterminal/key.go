package main

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
)

// keyState is a DUKPT initial key with the file that holds its state, in clear.
type keyState struct {
	path   string
	device *dukpt.Device
}

func openKey(dir, name string, k door.Key) (*keyState, error) {
	s := &keyState{path: filepath.Join(dir, name+".dukpt")}
	state, err := os.ReadFile(s.path)
	if err == nil {
		s.device, err = dukpt.Resume(state)
		return s, err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading a key's state: %w", err)
	}
	initial := append([]byte(nil), k.Value...)
	s.device, err = dukpt.Load(make([]byte, dukpt.StateSize), [8]byte(k.ID), dukpt.AES256, initial)
	return s, err
}

// reserve takes n KSNs. The state is made durable here only with flush; else the
// journal entry that follows stands for it.
func (s *keyState) reserve(n int, flush bool) ([]*dukpt.Transaction, error) {
	rooms := make([][]byte, n)
	for i := range rooms {
		rooms[i] = make([]byte, dukpt.RoomTransaction)
	}
	return s.device.Reserve(rooms, func(state []byte) error { return s.save(state, flush) })
}

// save writes the state; with flush twice and each made durable, as the lane does
// (flushKeys).
func (s *keyState) save(state []byte, flush bool) error {
	if !flush {
		return overwrite(s.path, state, false)
	}
	for _, path := range []string{s.path, s.path + ".copy"} {
		if err := overwrite(path, state, true); err != nil {
			return err
		}
	}
	return nil
}

func overwrite(path string, state []byte, flush bool) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(state[:dukpt.StateSize], 0)
	if err == nil && flush {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// working is one of a transaction's keys.
func working(usage func([]byte, dukpt.KeyType) error) ([]byte, error) {
	key := make([]byte, 32)
	return key, usage(key, dukpt.AES256)
}

func sealAccount(tx *dukpt.Transaction, account []byte) ([]byte, error) {
	key, err := working(tx.DataEncryptionKey)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	ksn := tx.KSN()
	return aead.Seal(nil, make([]byte, 12), account, ksn[:]), nil
}

func mac(usage func([]byte, dukpt.KeyType) error, message []byte) ([]byte, error) {
	key, err := working(usage)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cmac.Sum(nil, block, message), nil
}
