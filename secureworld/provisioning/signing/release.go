package signing

import (
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
)

// Release is what is signed together.
type Release struct {
	Customer     string
	Devices      []string // which of the customer's devices it is for; none: all
	Version      uint64 // counts up with each release
	Minimum      uint64 // releases below it are refused once this one ran
	Kernel       []byte // the kernel program
	Applications []Application
	AppWorld     [][]byte // programs that may use the mailbox
	Valid        Validity
}

// Application is one trusted application.
type Application struct {
	Name    string
	Version uint64
	Module  []byte // WebAssembly
}

// Signed are the documents of a release.
type Signed struct {
	Manifest   []byte
	Licence    []byte
	Statements map[string][]byte // by the application's name
}

// Digest is the form in which the documents name a program.
func Digest(program []byte) string { return image.Digest(program) }

// Sign certifies the keys and signs the release.
func (m Manufacturer) Sign(r Release) (Signed, error) {
	statements, entries, err := m.signApplications(r)
	if err != nil {
		return Signed{}, err
	}
	manifest, err := m.signManifest(r, entries)
	if err != nil {
		return Signed{}, err
	}
	l, err := m.signLicence(r)
	return Signed{Manifest: manifest, Licence: l, Statements: statements}, err
}

func (m Manufacturer) signApplications(r Release) (map[string][]byte, []image.ApplicationEntry, error) {
	developer, err := public(m.Developer)
	if err != nil {
		return nil, nil, err
	}
	statements := map[string][]byte{}
	var entries []image.ApplicationEntry
	for _, a := range r.Applications {
		cert, err := m.certify(m.Developer, certificate.RoleDeveloper, r.Valid, a.Name)
		if err != nil {
			return nil, nil, err
		}
		digest := image.Digest(a.Module)
		s := image.Statement{Name: a.Name, Version: a.Version, SHA256: digest}
		if statements[a.Name], err = image.SignApplication(s, m.Developer, cert); err != nil {
			return nil, nil, err
		}
		entries = append(entries, image.ApplicationEntry{
			Name: a.Name, SHA256: digest, DeveloperKeyID: certificate.KeyID(developer), MinimumVersion: a.Version,
		})
	}
	return statements, entries, nil
}

func (m Manufacturer) signManifest(r Release, entries []image.ApplicationEntry) ([]byte, error) {
	cert, err := m.certify(m.Image, certificate.RoleImage, r.Valid)
	if err != nil {
		return nil, err
	}
	return image.Sign(image.Manifest{
		Customer: r.Customer, Devices: r.Devices, Version: r.Version, MinimumVersion: r.Minimum,
		KernelSHA256: image.Digest(r.Kernel), Applications: entries,
	}, m.Image, cert)
}

func (m Manufacturer) signLicence(r Release) ([]byte, error) {
	cert, err := m.certify(m.Licence, certificate.RoleLicence, r.Valid)
	if err != nil {
		return nil, err
	}
	var programs []string
	for _, p := range r.AppWorld {
		programs = append(programs, image.Digest(p))
	}
	return licence.Sign(licence.Licence{
		Serial: "demo", Customer: r.Customer, Kernels: []string{image.Digest(r.Kernel)}, Executables: programs,
		NotBefore: r.Valid.From, NotAfter: r.Valid.Until,
	}, m.Licence, cert)
}
