//go:build linux && cgo

package main

// #include <stdlib.h>
import "C"

import (
	"encoding/binary"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// session is one session of the token. It serves one goroutine.
type session struct {
	library *pkcs11.Ctx
	handle  pkcs11.SessionHandle
	// data is derivation data, keySize bytes of C's memory: a mechanism's parameter
	// points to it.
	data unsafe.Pointer
	keys *ring // the token's
}

func newSession(library *pkcs11.Ctx, h pkcs11.SessionHandle) *session {
	return &session{library: library, handle: h, data: C.malloc(keySize)}
}

func (s *session) close() {
	_ = s.library.CloseSession(s.handle)
	C.free(s.data)
	s.data = nil
}

func mechanism(number uint, parameter any) []*pkcs11.Mechanism {
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(number, parameter)}
}

// derive makes a key of the session whose value is the encryption of data under
// parent. It can do what its template says.
func (s *session) derive(parent pkcs11.ObjectHandle, data [keySize]byte, use uint) (pkcs11.ObjectHandle, error) {
	copy(unsafe.Slice((*byte)(s.data), keySize), data[:])
	// CK_KEY_DERIVATION_STRING_DATA: a pointer and a length.
	parameter := binary.NativeEndian.AppendUint64(nil, uint64(uintptr(s.data)))
	parameter = binary.NativeEndian.AppendUint64(parameter, keySize)
	return s.library.DeriveKey(s.handle, mechanism(pkcs11.CKM_AES_ECB_ENCRYPT_DATA, parameter), parent, template(false, use))
}

func (s *session) destroy(key pkcs11.ObjectHandle) { _ = s.library.DestroyObject(s.handle, key) }

// encrypt and decrypt take one block in place.
func (s *session) encrypt(key pkcs11.ObjectHandle, block []byte) error {
	if err := s.library.EncryptInit(s.handle, mechanism(pkcs11.CKM_AES_ECB, nil), key); err != nil {
		return err
	}
	return replace(block)(s.library.Encrypt(s.handle, block))
}

func (s *session) decrypt(key pkcs11.ObjectHandle, block []byte) error {
	if err := s.library.DecryptInit(s.handle, mechanism(pkcs11.CKM_AES_ECB, nil), key); err != nil {
		return err
	}
	return replace(block)(s.library.Decrypt(s.handle, block))
}

// replace takes over what a token answered, and wipes that.
func replace(block []byte) func([]byte, error) error {
	return func(out []byte, err error) error {
		defer clear(out)
		if err == nil && len(out) != len(block) {
			err = errLength
		}
		if err == nil {
			copy(block, out)
		}
		return err
	}
}

// mac is the whole CMAC.
func (s *session) mac(key pkcs11.ObjectHandle, message []byte) ([]byte, error) {
	if err := s.library.SignInit(s.handle, mechanism(pkcs11.CKM_AES_CMAC, nil), key); err != nil {
		return nil, err
	}
	tag, err := s.library.Sign(s.handle, message)
	if err == nil && len(tag) != tagSize {
		err = errLength
	}
	return tag, err
}

// open opens a sealed message; what does not verify is errSeal.
func (s *session) open(key pkcs11.ObjectHandle, nonce, ad, sealed []byte) ([]byte, error) {
	p := pkcs11.NewGCMParams(nonce, ad, 8*tagSize)
	defer p.Free()
	if err := s.library.DecryptInit(s.handle, mechanism(pkcs11.CKM_AES_GCM, p), key); err != nil {
		return nil, err
	}
	out, err := s.library.Decrypt(s.handle, sealed)
	return out, sealOf(err)
}
