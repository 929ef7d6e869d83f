// Package image is the format of a kernel image: the kernel program, its signed
// manifest, and the trusted applications that the manifest lists, each with a
// statement signed by its developer. The forms of the signed documents are those
// of package certificate; here are their bodies.
//
//	manifest (purpose "kernel-manifest", role "image")
//	  customer         for whom this image was built
//	  devices          which of the customer's devices it is for; none: all of them
//	  version          counts up
//	  minimum_version  images below this are refused once this one ran
//	  kernel           SHA-256 of the kernel program, hexadecimal
//	  systems          what a virtual machine around it may start from (microvm.Machines
//	                   has the digest); none: what boot's configuration says
//	  applications     name, SHA-256, developer's key id, minimum version
//
//	statement (purpose "application", role "developer")
//	  name, version, SHA-256 of the module
//	  permissions, quotas  what it asks for; whatever is not named is denied
//	  keep_data            its storage outlives its removal
//
//	countersignature (purpose "application-countersignature", role "countersignature")
//	  name, SHA-256 of the signed statement: the customer wants this application,
//	  with what it asks for. Account data need it.
//
// Verify reads every file once and returns the bytes that it verified. What runs
// are these bytes, never the path.
//
// Boot and provisioning import it; the kernel takes the bodies.
package image

import (
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
)

const (
	purposeManifest  = "kernel-manifest"
	purposeStatement = "application"
)

// Manifest is what the manufacturer says of one image.
type Manifest struct {
	Customer       string             `json:"customer"`
	Devices        []string           `json:"devices,omitempty"`
	Version        uint64             `json:"version"`
	MinimumVersion uint64             `json:"minimum_version"`
	KernelSHA256   string             `json:"kernel"`
	Systems        []string           `json:"systems,omitempty"`
	Applications   []ApplicationEntry `json:"applications"`
}

// ApplicationEntry is one application in a manifest.
type ApplicationEntry struct {
	Name           string `json:"name"`
	SHA256         string `json:"sha256"`
	DeveloperKeyID string `json:"developer_key_id"`
	MinimumVersion uint64 `json:"minimum_version"`
}

// Statement is the manifest of an application: what a developer says of one module,
// and what the module asks for.
type Statement struct {
	Name        string             `json:"name"`
	Version     uint64             `json:"version"`
	SHA256      string             `json:"sha256"`
	Permissions []string           `json:"permissions,omitempty"` // words of package entitlement, in their order
	Quotas      entitlement.Quotas `json:"quotas,omitzero"`
	KeepData    bool               `json:"keep_data,omitempty"`
}

// Digest is SHA-256 in the form that the bodies use.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Sign signs a manifest with the image key, certified by certificate.
func Sign(m Manifest, key crypto.Signer, cert []byte) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	return certificate.Seal(purposeManifest, m, key, cert)
}

// SignApplication signs a statement with a developer's key.
func SignApplication(s Statement, key crypto.Signer, cert []byte) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return certificate.Seal(purposeStatement, s, key, cert)
}

var (
	// deviceForm is a device's name; behind a star it may be the beginning of
	// several names.
	deviceForm = regexp.MustCompile(`^[A-Za-z0-9._-]{0,63}[A-Za-z0-9._*-]$`)
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	keyIDForm  = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

func (m Manifest) check() error {
	switch {
	case m.Version == 0 || m.MinimumVersion > m.Version:
		return errors.New("manifest: versions out of order")
	case len(m.Customer) == 0 || len(m.Customer) > maxCustomer:
		return errors.New("manifest: customer missing or too long")
	case !digestForm.MatchString(m.KernelSHA256):
		return errors.New("manifest: malformed kernel digest")
	case len(m.Systems) > maxSystems || slices.ContainsFunc(m.Systems, func(s string) bool { return !digestForm.MatchString(s) }):
		return errors.New("manifest: malformed or too many systems")
	case len(m.Applications) > maxApplications:
		return errors.New("manifest: too many applications")
	case len(m.Devices) > maxDevices || slices.ContainsFunc(m.Devices, func(d string) bool { return !deviceForm.MatchString(d) }):
		return errors.New("manifest: malformed or too many devices")
	}
	names := map[string]bool{}
	for _, a := range m.Applications {
		if !nameForm.MatchString(a.Name) || names[a.Name] || !digestForm.MatchString(a.SHA256) || !keyIDForm.MatchString(a.DeveloperKeyID) {
			return errors.New("manifest: malformed or repeated application")
		}
		names[a.Name] = true
	}
	return nil
}

// RunsIn tells whether the kernel may run in a virtual machine that starts from this.
func (m Manifest) RunsIn(system [32]byte) error {
	if len(m.Systems) > 0 && !slices.Contains(m.Systems, hex.EncodeToString(system[:])) {
		return ErrSystem
	}
	return nil
}

// MadeFor tells whether the image is for a device of this name. An entry that ends
// in a star is for all whose names begin so.
func (m Manifest) MadeFor(device string) error {
	covers := func(d string) bool {
		prefix, several := strings.CutSuffix(d, "*")
		return d == device || several && strings.HasPrefix(device, prefix)
	}
	if len(m.Devices) > 0 && !slices.ContainsFunc(m.Devices, covers) {
		return ErrDevice
	}
	return nil
}

func (s Statement) check() error {
	if !nameForm.MatchString(s.Name) || s.Version == 0 || !digestForm.MatchString(s.SHA256) {
		return errors.New("application statement: malformed")
	}
	if _, ok := entitlement.ParseWords(s.Permissions); !ok || !s.Quotas.Valid() {
		return errors.New("application statement: unknown permission, or more than any application is granted")
	}
	return nil
}

// ErrCountersignature tells of an application that asks for account data and that
// the customer has not countersigned.
var ErrCountersignature = errors.New("application asks for account data without the customer's countersignature")

// grant is what the statement asks for, or the reason why that is not granted.
func (s Statement) grant(countersigned bool) (entitlement.Grant, error) {
	permissions, _ := entitlement.ParseWords(s.Permissions)
	g := entitlement.Grant{Version: s.Version, Permissions: permissions, Countersigned: countersigned, KeepData: s.KeepData, Quotas: s.Quotas}
	if !g.Valid() {
		return entitlement.Grant{}, ErrCountersignature
	}
	return g, nil
}

// NameForm tells whether an application may have this name.
func NameForm(name string) bool { return nameForm.MatchString(name) }
