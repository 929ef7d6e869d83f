package main

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// measureServices asks for cryptography through the mailbox, one question after the
// other, against the same primitive of the standard library in this process. What
// an application sees through its own interface is measured by
// BenchmarkSealKiB of the kernel's package services.
func measureServices(l *lane) ([]Row, error) {
	var rows []Row
	message := make([]byte, 1024)
	for _, m := range []struct {
		name string
		key  mailbox.Generate
		ask  func(handle uint32) error
		raw  func() (func() error, error)
	}{
		{"AES-256-GCM of 1 KiB", mailbox.Generate{Algorithm: mailbox.AlgorithmAES256GCM, Usage: mailbox.UsageEncrypt},
			func(h uint32) error { _, err := l.app.Seal(h, message, nil); return err }, func() (func() error, error) { return rawGCM(message) }},
		{"HMAC-SHA-256 of 1 KiB", mailbox.Generate{Algorithm: mailbox.AlgorithmHMACSHA256, Usage: mailbox.UsageMAC},
			func(h uint32) error { _, err := l.app.MAC(h, message); return err }, func() (func() error, error) { return rawHMAC(message), nil }},
		{"ECDSA P-256 signatures", mailbox.Generate{Algorithm: mailbox.AlgorithmECDSAP256, Usage: mailbox.UsageSign},
			func(h uint32) error { _, err := l.app.Sign(h, message); return err }, func() (func() error, error) { return rawECDSA(message) }},
		{"RSA-2048 PSS signatures", mailbox.Generate{Algorithm: mailbox.AlgorithmRSA2048PSS, Usage: mailbox.UsageSign},
			func(h uint32) error { _, err := l.app.Sign(h, message); return err }, func() (func() error, error) { return rawRSA(message) }},
	} {
		k, err := l.app.Generate(m.key)
		if err != nil {
			return nil, err
		}
		raw, err := m.raw()
		if err != nil {
			return nil, err
		}
		a, b, err := rates(func() error { return m.ask(k.Handle) }, raw)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row(m.name+" through the mailbox, against in-process", "1/s", a, b))
		if err := l.app.Delete(k.Handle); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func rawGCM(message []byte) (func() error, error) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return func() error { _ = a.Seal(nil, nil, message, nil); return nil }, nil
}

func rawHMAC(message []byte) func() error {
	return func() error {
		h := hmac.New(sha256.New, make([]byte, 32))
		h.Write(message)
		_ = h.Sum(nil)
		return nil
	}
}

func rawECDSA(message []byte) (func() error, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return func() error {
		digest := sha256.Sum256(message)
		_, err := ecdsa.SignASN1(rand.Reader, k, digest[:])
		return err
	}, err
}

func rawRSA(message []byte) (func() error, error) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	return func() error {
		digest := sha256.Sum256(message)
		_, err := k.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: sha256.Size, Hash: crypto.SHA256})
		return err
	}, err
}
