package image

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
)

// Files are where an image lies.
type Files struct {
	Kernel       string
	Manifest     string
	Applications []ApplicationFiles
}

// ApplicationFiles are where one application lies.
type ApplicationFiles struct {
	Module    string
	Statement string
	// Countersignature is the customer's. Where there is no such file, or no name of
	// one, he gave none.
	Countersignature string
}

// Verified is an image whose every byte was verified.
type Verified struct {
	Manifest     Manifest
	Kernel       []byte
	Applications []Application
}

// Application is one verified application.
type Application struct {
	Name    string
	Version uint64
	SHA256  string
	Wasm    []byte
	Grant   entitlement.Grant
}

// Why an image is refused, where a caller tells these apart.
var (
	ErrOlder            = errors.New("kernel image is older than the oldest permitted")
	ErrKernel           = errors.New("kernel is not the one that the manifest names")
	ErrApplication      = errors.New("application is not the one that was signed")
	ErrOlderApplication = errors.New("application is older than the oldest permitted")
	ErrDeveloper        = errors.New("application's developer may not sign this name")
	ErrSystem           = errors.New("virtual machine starts from what the manifest does not name")
	ErrDevice           = errors.New("kernel image is made for another device")
)

// Verify reads and verifies an image: manifest by the manufacturer's image key,
// kernel by its digest, each application by its developer and by the manifest,
// all that the manifest lists and nothing else. counter is the oldest version
// permitted.
func Verify(manufacturer ed25519.PublicKey, files Files, counter uint64, now time.Time) (Verified, error) {
	var v Verified
	manifest, err := readOnce(files.Manifest, maxDocumentBytes)
	if err != nil {
		return v, fmt.Errorf("read kernel manifest: %w", err)
	}
	if _, err := certificate.Open(purposeManifest, manifest, manufacturer, certificate.RoleImage, now, &v.Manifest); err != nil {
		return Verified{}, err
	}
	if err := v.Manifest.check(); err != nil {
		return Verified{}, err
	}
	if v.Manifest.Version < counter {
		return Verified{}, ErrOlder
	}
	if v.Kernel, err = verifyKernel(files.Kernel, v.Manifest.KernelSHA256); err != nil {
		return Verified{}, err
	}
	if v.Applications, err = verifyApplications(manufacturer, files.Applications, v.Manifest, now); err != nil {
		return Verified{}, err
	}
	return v, nil
}

func verifyKernel(path, digest string) ([]byte, error) {
	kernel, err := readOnce(path, maxKernelBytes)
	if err != nil {
		return nil, fmt.Errorf("read kernel: %w", err)
	}
	if Digest(kernel) != digest {
		return nil, ErrKernel
	}
	return kernel, nil
}

func verifyApplications(manufacturer ed25519.PublicKey, files []ApplicationFiles, m Manifest, now time.Time) ([]Application, error) {
	if len(files) != len(m.Applications) {
		return nil, errors.New("applications are not those that the manifest lists")
	}
	var verified []Application
	seen := map[string]bool{}
	for _, f := range files {
		a, err := verifyApplication(manufacturer, f, m, now)
		if err != nil {
			return nil, err
		}
		if seen[a.Name] {
			return nil, errors.New("an application is given twice")
		}
		seen[a.Name] = true
		verified = append(verified, a)
	}
	return verified, nil
}

func verifyApplication(manufacturer ed25519.PublicKey, f ApplicationFiles, m Manifest, now time.Time) (Application, error) {
	raw, err := readOnce(f.Statement, maxDocumentBytes)
	if err != nil {
		return Application{}, fmt.Errorf("read application statement: %w", err)
	}
	var s Statement
	developer, err := certificate.Open(purposeStatement, raw, manufacturer, certificate.RoleDeveloper, now, &s)
	if err != nil {
		return Application{}, err
	}
	if err := s.agrees(developer, m); err != nil {
		return Application{}, err
	}
	module, err := readOnce(f.Module, maxModuleBytes)
	if err != nil {
		return Application{}, fmt.Errorf("read application: %w", err)
	}
	if Digest(module) != s.SHA256 {
		return Application{}, ErrApplication
	}
	countersigned, err := readCountersignature(f.Countersignature)
	if err != nil {
		return Application{}, err
	}
	a, err := s.application(manufacturer, module, raw, countersigned, now)
	a.Grant.Image = true
	return a, err
}

// readCountersignature gives nothing where the customer gave none.
func readCountersignature(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := readOnce(path, maxDocumentBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read countersignature: %w", err)
	}
	return raw, nil
}

// agrees holds a statement against its developer's certificate and the manifest.
func (s Statement) agrees(developer certificate.Certificate, m Manifest) error {
	if err := s.check(); err != nil {
		return err
	}
	if !developer.MaySign(s.Name) {
		return ErrDeveloper
	}
	for _, entry := range m.Applications {
		if entry.Name != s.Name {
			continue
		}
		switch {
		case entry.SHA256 != s.SHA256:
			return ErrApplication
		case entry.DeveloperKeyID != developer.KeyID():
			return errors.New("application is signed by another developer than the manifest names")
		case s.Version < entry.MinimumVersion:
			return ErrOlderApplication
		}
		return nil
	}
	return errors.New("application is not in the manifest")
}

// readOnce reads a whole file by one descriptor, so that what is verified is
// what is used.
func readOnce(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, errors.New("file too large")
	}
	return content, nil
}
