package signing

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

// Release is what is signed together.
type Release struct {
	Customer     string
	Devices      []string // which of the customer's devices it is for; none: all
	Version      uint64   // counts up with each release
	Minimum      uint64   // releases below it are refused once this one ran
	Kernel       []byte   // the kernel program
	Systems      []string // digests of what a virtual machine around it may start from; none: any
	Applications []Application
	AppWorld     [][]byte // programs that may use the mailbox
	// Certificates are, DER, those of app worlds that nobody can measure: over TCP, in
	// containers.
	Certificates [][]byte
	KernelKey    string // the kernel's licence key: Ed25519, public, hexadecimal
	Valid        Validity
}

// Quotas bound what an application may use; zeros are the usual ones.
type Quotas = entitlement.Quotas

// Application is one trusted application, and what it asks for.
type Application struct {
	Name        string
	Version     uint64
	Module      []byte   // WebAssembly
	Permissions []string // words of the manifest, in alphabetical order
	Quotas      Quotas
	KeepData    bool // when it is removed
	// Countersign lets the customer sign for it too, as account data need.
	Countersign bool
}

// Payment is the payment application with what it needs.
func Payment(version uint64, module []byte) Application {
	return Application{Name: "payment", Version: version, Module: module,
		Permissions: (entitlement.AccountData | entitlement.Clock).Words(), Countersign: true}
}

// Signed are the documents of a release.
type Signed struct {
	Manifest   []byte
	Licence    []byte
	Statements map[string][]byte // by the application's name
	// Countersignatures are the customer's, for the applications that have one.
	Countersignatures map[string][]byte
}

// Digest is the form in which the documents name a program.
func Digest(program []byte) string { return image.Digest(program) }

// Sign certifies the keys and signs the release.
func (m Manufacturer) Sign(r Release) (Signed, error) {
	out := Signed{Statements: map[string][]byte{}, Countersignatures: map[string][]byte{}}
	entries, err := m.signApplications(r, out)
	if err != nil {
		return Signed{}, err
	}
	if out.Manifest, err = m.signManifest(r, entries); err != nil {
		return Signed{}, err
	}
	out.Licence, err = m.signLicence(r)
	return out, err
}

func (m Manufacturer) signApplications(r Release, out Signed) ([]image.ApplicationEntry, error) {
	developer, err := public(m.Developer)
	if err != nil {
		return nil, err
	}
	var entries []image.ApplicationEntry
	for _, a := range r.Applications {
		statement, countersignature, err := m.SignApplication(a, r.Valid)
		if err != nil {
			return nil, err
		}
		out.Statements[a.Name] = statement
		if countersignature != nil {
			out.Countersignatures[a.Name] = countersignature
		}
		entries = append(entries, image.ApplicationEntry{
			Name: a.Name, SHA256: image.Digest(a.Module), DeveloperKeyID: certificate.KeyID(developer), MinimumVersion: a.Version,
		})
	}
	return entries, nil
}

// SignApplication certifies the developer's key for the application's name and
// signs its manifest; the countersignature is nil where none is asked for.
func (m Manufacturer) SignApplication(a Application, valid Validity) (statement, countersignature []byte, err error) {
	k, err := m.certified(m.Developer, RoleDeveloper, valid, a.Name)
	if err != nil {
		return nil, nil, err
	}
	if statement, err = k.Statement(a); err != nil || !a.Countersign {
		return statement, nil, err
	}
	if k, err = m.certified(m.Countersignature, RoleCountersignature, valid); err != nil {
		return nil, nil, err
	}
	countersignature, err = k.Countersign(statement)
	return statement, countersignature, err
}

func (m Manufacturer) signManifest(r Release, entries []image.ApplicationEntry) ([]byte, error) {
	k, err := m.certified(m.Image, RoleImage, r.Valid)
	if err != nil {
		return nil, err
	}
	return k.manifest(r, entries)
}

func (m Manufacturer) signLicence(r Release) ([]byte, error) {
	k, err := m.certified(m.Licence, RoleLicence, r.Valid)
	if err != nil {
		return nil, err
	}
	return k.Licence("demo", r)
}

// certificates are the digests of a release's client certificates.
func certificates(r Release) (digests []string) {
	for _, c := range r.Certificates {
		digests = append(digests, image.Digest(c))
	}
	return digests
}
