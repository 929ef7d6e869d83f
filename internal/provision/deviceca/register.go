package deviceca

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Entry is one certificate in the register.
type Entry struct {
	Serial   string     `json:"serial"` // hexadecimal
	Purpose  Purpose    `json:"purpose"`
	Name     string     `json:"name"`
	NotAfter time.Time  `json:"not_after"`
	Revoked  *time.Time `json:"revoked,omitempty"`
}

func serialText(n *big.Int) string { return fmt.Sprintf("%x", n) }

// List gives every certificate, the oldest first.
func (a *Authority) List() []Entry { return append([]Entry(nil), a.issued...) }

func (a *Authority) register(e Entry) error {
	a.issued = append(a.issued, e)
	return a.writeRegister()
}

func (a *Authority) writeRegister() error {
	var b bytes.Buffer
	for _, e := range a.issued {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	if err := a.keeper.Put(registerFile, b.Bytes()); err != nil {
		return fmt.Errorf("writing the register: %w", err)
	}
	return nil
}

func (a *Authority) readRegister() (out []Entry, err error) {
	b, err := a.keeper.Get(registerFile)
	if err != nil {
		return nil, fmt.Errorf("reading the register: %w", err)
	}
	for line := range bytes.Lines(b) {
		var e Entry
		if json.Unmarshal(line, &e) != nil || purposes()[e.Purpose] == nil {
			return nil, fmt.Errorf("the register is damaged in line %d", len(out)+1)
		}
		out = append(out, e)
	}
	return out, nil
}

// Revoke takes a certificate back and signs the list anew, which it returns, PEM.
func (a *Authority) Revoke(serial string) ([]byte, error) {
	for i, e := range a.issued {
		if e.Serial != serial {
			continue
		}
		if e.Revoked != nil {
			return nil, errors.New("this certificate is revoked already")
		}
		now := a.now().UTC().Truncate(time.Second)
		a.issued[i].Revoked = &now
		if err := a.writeRegister(); err != nil {
			return nil, err
		}
		return a.SignList()
	}
	return nil, errors.New("no certificate has this serial number")
}

// SignList signs the list of revoked certificates and keeps it.
func (a *Authority) SignList() ([]byte, error) {
	now := a.now().UTC().Truncate(time.Second)
	list := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now, NextUpdate: now.AddDate(0, 0, listDays)}
	for _, e := range a.issued {
		if e.Revoked == nil {
			continue
		}
		serial, ok := new(big.Int).SetString(e.Serial, 16)
		if !ok {
			return nil, errors.New("the register is damaged")
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: *e.Revoked})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		return nil, fmt.Errorf("signing the list: %w", err)
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	return b, a.keeper.Put(listFile, b)
}
