package signing

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/storagereset"
)

// Role is what a certified key may sign.
type Role = certificate.Role

// Roles of keys.
const (
	RoleImage            = certificate.RoleImage            // the manufacturer's: kernel manifests
	RoleDeveloper        = certificate.RoleDeveloper        // a developer's: application manifests
	RoleLicence          = certificate.RoleLicence          // the customer's: licences
	RoleConfiguration    = certificate.RoleConfiguration    // the customer's: parameters
	RoleCountersignature = certificate.RoleCountersignature // the customer's: applications that he wants
)

// Request asks the manufacturer to certify a key.
type Request = certificate.Request

// Certified is a key, Ed25519, with the manufacturer's certificate for one role.
type Certified struct {
	Signer      crypto.Signer
	Certificate []byte
}

// MakeRequest asks for a certificate of s; names are a developer's applications.
func MakeRequest(s crypto.Signer, role Role, name string, names ...string) ([]byte, error) {
	key, err := public(s)
	if err != nil {
		return nil, err
	}
	return certificate.SealRequest(Request{Role: role, Name: name, PublicKey: key, Names: names}, s)
}

// OpenRequest verifies that the request was made with the key that it names.
func OpenRequest(raw []byte) (Request, error) { return certificate.OpenRequest(raw) }

// Certify gives a key its certificate, with the manufacturer's root key.
func Certify(root crypto.Signer, r Request, valid Validity) ([]byte, error) {
	return certificate.Certify(certificate.Certificate{
		Role: r.Role, Name: r.Name, PublicKey: r.PublicKey, Names: r.Names, NotBefore: valid.From, NotAfter: valid.Until,
	}, root)
}

// Accept verifies a certificate that the manufacturer gave for s.
func Accept(raw []byte, root ed25519.PublicKey, s crypto.Signer, role Role, now time.Time) (Certified, error) {
	key, err := public(s)
	if err != nil {
		return Certified{}, err
	}
	c, err := certificate.Check(raw, root, role, now)
	if err != nil {
		return Certified{}, err
	}
	if !bytes.Equal(c.PublicKey, key) {
		return Certified{}, errors.New("certificate is for another key")
	}
	return Certified{s, raw}, nil
}

// Statement signs an application's manifest, with a developer's key.
func (k Certified) Statement(a Application) ([]byte, error) {
	return image.SignApplication(image.Statement{Name: a.Name, Version: a.Version, SHA256: image.Digest(a.Module),
		Permissions: a.Permissions, Quotas: a.Quotas, KeepData: a.KeepData}, k.Signer, k.Certificate)
}

// Countersign signs for the customer that he wants the application of a signed
// statement, with all that it asks for.
func (k Certified) Countersign(statement []byte) ([]byte, error) {
	return image.Countersign(statement, k.Signer, k.Certificate)
}

// Shipped is an application as its developer ships it.
type Shipped struct {
	Module, Statement []byte
	Countersignature  []byte // the customer's; nil where none is needed
}

// Manifest signs the manifest of a kernel image. Each application must be what a
// developer signed whom this manufacturer certified for its name.
func (k Certified) Manifest(r Release, root ed25519.PublicKey, apps []Shipped, now time.Time) ([]byte, error) {
	var entries []image.ApplicationEntry
	for _, a := range apps {
		app, err := image.OpenApplication(root, a.Module, a.Statement, a.Countersignature, now)
		if err != nil {
			return nil, fmt.Errorf("an application of the release: %w", err)
		}
		developer, err := image.DeveloperOf(a.Statement, root, now)
		if err != nil {
			return nil, err
		}
		entries = append(entries, image.ApplicationEntry{Name: app.Name, SHA256: app.SHA256, DeveloperKeyID: developer, MinimumVersion: app.Version})
	}
	return k.manifest(r, entries)
}

func (k Certified) manifest(r Release, entries []image.ApplicationEntry) ([]byte, error) {
	return image.Sign(image.Manifest{
		Customer: r.Customer, Devices: r.Devices, Version: r.Version, MinimumVersion: r.Minimum,
		KernelSHA256: image.Digest(r.Kernel), Systems: r.Systems, Applications: entries,
	}, k.Signer, k.Certificate)
}

// Licence signs a licence of this serial number.
func (k Certified) Licence(serial string, r Release) ([]byte, error) {
	var programs []string
	for _, p := range r.AppWorld {
		programs = append(programs, image.Digest(p))
	}
	return licence.Sign(licence.Licence{
		Serial: serial, Customer: r.Customer, Kernels: []string{image.Digest(r.Kernel)}, Executables: programs, ClientCertificates: certificates(r), KernelKey: r.KernelKey,
		NotBefore: r.Valid.From, NotAfter: r.Valid.Until,
	}, k.Signer, k.Certificate)
}

// Parameters signs parameters with the customer's configuration key.
func (k Certified) Parameters(d parameters.Document) ([]byte, error) {
	if _, err := d.Encode(); err != nil {
		return nil, err
	}
	return certificate.Seal(parameters.Purpose, d, k.Signer, k.Certificate)
}

// StorageReset signs, with the customer's configuration key, that one device's
// storage may begin anew.
func (k Certified) StorageReset(p storagereset.Paper) ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return certificate.Seal(storagereset.Purpose, p, k.Signer, k.Certificate)
}
