package image

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

const purposeCountersignature = "application-countersignature"

// MaxModule and MaxDocument bound the files of an application.
const (
	MaxModule   = maxModuleBytes
	MaxDocument = maxDocumentBytes
	MaxKernel   = maxKernelBytes
)

// countersignature is the customer's word for one statement.
type countersignature struct {
	Name      string `json:"name"`
	Statement string `json:"statement"` // SHA-256 of the signed statement
}

// Countersign signs for the customer that he wants this application, with what
// its statement asks for. The key is the customer's.
func Countersign(statement []byte, key crypto.Signer, cert []byte) ([]byte, error) {
	var s Statement
	if err := certificate.Body(purposeStatement, statement, &s); err != nil {
		return nil, err
	}
	return certificate.Seal(purposeCountersignature, countersignature{s.Name, Digest(statement)}, key, cert)
}

// OpenApplication verifies an application that is no part of a kernel image: a
// statement by a developer whom the manufacturer certified for the name, the
// module by its digest, and the customer's countersignature, which is empty for
// an application that needs none.
func OpenApplication(manufacturer ed25519.PublicKey, module, statement, countersigned []byte, now time.Time) (Application, error) {
	var s Statement
	developer, err := certificate.Open(purposeStatement, statement, manufacturer, certificate.RoleDeveloper, now, &s)
	if err != nil {
		return Application{}, err
	}
	if err := s.check(); err != nil {
		return Application{}, err
	}
	switch {
	case !developer.MaySign(s.Name):
		return Application{}, ErrDeveloper
	case Digest(module) != s.SHA256:
		return Application{}, ErrApplication
	}
	return s.application(manufacturer, module, statement, countersigned, now)
}

// KeepsData tells whether a statement, which was verified when its application was
// installed, says that what that stored outlives its removal.
func KeepsData(statement []byte) (bool, error) {
	var s Statement
	err := certificate.Body(purposeStatement, statement, &s)
	return s.KeepData, err
}

// application verifies the customer's countersignature, if he gave one, and grants
// what the statement asks for.
func (s Statement) application(manufacturer ed25519.PublicKey, module, statement, countersigned []byte, now time.Time) (Application, error) {
	if len(countersigned) > 0 {
		if err := s.countersigned(manufacturer, statement, countersigned, now); err != nil {
			return Application{}, err
		}
	}
	g, err := s.grant(len(countersigned) > 0)
	if err != nil {
		return Application{}, err
	}
	return Application{Name: s.Name, Version: s.Version, SHA256: s.SHA256, Wasm: module, Grant: g}, nil
}

func (s Statement) countersigned(manufacturer ed25519.PublicKey, statement, raw []byte, now time.Time) error {
	var c countersignature
	if _, err := certificate.Open(purposeCountersignature, raw, manufacturer, certificate.RoleCountersignature, now, &c); err != nil {
		return err
	}
	if c != (countersignature{s.Name, Digest(statement)}) {
		return errors.New("countersignature is for another statement")
	}
	return nil
}
