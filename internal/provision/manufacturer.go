package provision

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/signing"
)

// Manufacturer makes devices and kernel images.
type Manufacturer struct {
	*role.Folder
	// Draw draws keys of devices; nil: the system's random source.
	Draw Drawer
}

// ErrVersion says that a release does not count up.
var ErrVersion = errors.New("the release is not above the last one of this customer")

const (
	certifiedFile = "certified.json" // public key → whose, for what
	releasesFile  = "releases.json"  // customer → last version
)

// InitManufacturer sets the manufacturer up: his keys, and the authority of
// devices.
func InitManufacturer(dir string, o role.Options) (*Manufacturer, error) {
	f, err := role.Create(dir, role.Manufacturer, o)
	if err != nil {
		return nil, err
	}
	m := &Manufacturer{Folder: f}
	if err := m.begin(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return m, nil
}

func (m *Manufacturer) begin() error {
	for _, name := range []string{"root", "image", "updates"} {
		if _, err := m.Generate(name, role.Ed25519); err != nil {
			return err
		}
	}
	root, err := m.root()
	if err != nil {
		return err
	}
	if err := m.SetRoot(root); err != nil {
		return err
	}
	key, err := m.Generate("device-ca", role.P256)
	if err != nil {
		return err
	}
	if _, err := deviceca.Create(m.Name()+" device authority", key, devices(m.Folder), m.Now); err != nil {
		return err
	}
	if err := m.certifyImage(); err != nil {
		return err
	}
	return m.Did("init", hex.EncodeToString(root), nil)
}

func (m *Manufacturer) root() (ed25519.PublicKey, error) {
	s, err := m.Signer("root")
	if err != nil {
		return nil, err
	}
	public, ok := s.Public().(ed25519.PublicKey)
	if !ok {
		return nil, role.ErrKey
	}
	return public, nil
}

// certifyImage certifies the manufacturer's own key for kernel images.
func (m *Manufacturer) certifyImage() error {
	image, err := m.Signer("image")
	if err != nil {
		return err
	}
	public, ok := image.Public().(ed25519.PublicKey)
	if !ok {
		return role.ErrKey
	}
	root, err := m.Signer("root")
	if err != nil {
		return err
	}
	cert, err := signing.Certify(root, signing.Request{Role: signing.RoleImage, Name: m.Name(), PublicKey: public},
		Valid(m.Now(), m.Now().AddDate(Years, 0, 0)))
	if err != nil {
		return err
	}
	return m.Put(certificateFile(signing.RoleImage), cert)
}

// Renew certifies the key for kernel images anew, before its certificate ends.
func (m *Manufacturer) Renew() error {
	if err := m.certifyImage(); err != nil {
		return err
	}
	cert, err := m.Get(certificateFile(signing.RoleImage))
	if err != nil {
		return err
	}
	return m.Did("renew", "image certificate", cert)
}

// OpenManufacturer opens the manufacturer's folder.
func OpenManufacturer(dir string, o role.Options) (*Manufacturer, error) {
	f, err := role.Open(dir, role.Manufacturer, o)
	if err != nil {
		return nil, err
	}
	return &Manufacturer{Folder: f}, nil
}

// Certified is whose a key is, and for what.
type Certified struct {
	Role  signing.Role `json:"role"`
	Name  string       `json:"name"`
	Names []string     `json:"names,omitempty"`
}

// Look reads requests, for a person to see before he certifies.
func Look(requests []byte) (out []Certified, err error) {
	bundle, err := parseRequests(requests)
	if err != nil {
		return nil, err
	}
	for _, raw := range bundle.Requests {
		r, err := signing.OpenRequest(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, Certified{r.Role, r.Name, r.Names})
	}
	return out, nil
}

// Certify certifies the keys of requests until a date. A key that already has
// another role or another owner is refused, and the role that is the
// manufacturer's own.
func (m *Manufacturer) Certify(requests []byte, until time.Time) ([]byte, error) {
	bundle, err := parseRequests(requests)
	if err != nil {
		return nil, err
	}
	known := map[string]Certified{}
	if err := m.readJSON(certifiedFile, &known); err != nil {
		return nil, err
	}
	root, err := m.Signer("root")
	if err != nil {
		return nil, err
	}
	out := Certificates{hex.EncodeToString(m.Root()), map[string]json.RawMessage{}}
	for _, raw := range bundle.Requests {
		r, err := m.admit(raw, known)
		if err != nil {
			return nil, err
		}
		cert, err := signing.Certify(root, r, Valid(m.Now(), until))
		if err != nil {
			return nil, err
		}
		out.Certificates[string(r.Role)] = cert
		if err := m.Did("certify", fmt.Sprintf("%s of %s", r.Role, r.Name), cert); err != nil {
			return nil, err
		}
	}
	if err := putJSON(m.Folder, certifiedFile, known); err != nil {
		return nil, err
	}
	return encodeBundle(out)
}

func (m *Manufacturer) admit(raw []byte, known map[string]Certified) (signing.Request, error) {
	r, err := signing.OpenRequest(raw)
	if err != nil {
		return r, err
	}
	if r.Role == signing.RoleImage {
		return r, errors.New("only the manufacturer signs kernel images")
	}
	own, err := role.Fingerprint(ed25519.PublicKey(r.PublicKey))
	if err != nil {
		return r, err
	}
	for name, print := range m.Keys() {
		if print == own {
			return r, fmt.Errorf("the request is for the manufacturer's own key %s: roles are not mixed", name)
		}
	}
	id := hex.EncodeToString(r.PublicKey)
	if k, ok := known[id]; ok && (k.Role != r.Role || k.Name != r.Name) {
		return r, fmt.Errorf("this key is certified as %s of %s: roles are not mixed", k.Role, k.Name)
	}
	known[id] = Certified{r.Role, r.Name, r.Names}
	return r, nil
}

// readJSON reads a file of the folder; one that there is not leaves v as it is.
func (m *Manufacturer) readJSON(name string, v any) error {
	b, err := m.Get(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return fmt.Errorf("%s is damaged", name)
	}
	return nil
}

// Release signs the manifest of a kernel image for one customer, with the
// applications as their developers shipped them. Its version is above the last
// one's.
func (m *Manufacturer) Release(r signing.Release, apps []signing.Shipped) ([]byte, error) {
	last := map[string]uint64{}
	if err := m.readJSON(releasesFile, &last); err != nil {
		return nil, err
	}
	if r.Version <= last[r.Customer] {
		return nil, fmt.Errorf("%w: %d", ErrVersion, last[r.Customer])
	}
	k, err := certified(m.Folder, "image", signing.RoleImage, m.Root())
	if err != nil {
		return nil, err
	}
	manifest, err := k.Manifest(r, m.Root(), apps, m.Now())
	if err != nil {
		return nil, err
	}
	if err := m.Did("release", fmt.Sprintf("kernel %s for %s, version %d", signing.Digest(r.Kernel)[:16], r.Customer, r.Version), manifest); err != nil {
		return nil, err
	}
	last[r.Customer] = r.Version
	return manifest, putJSON(m.Folder, releasesFile, last)
}

// Devices is the authority of devices; with its key where it is to sign.
func (m *Manufacturer) Devices(sign bool) (*deviceca.Authority, error) {
	return openAuthority(m.Folder, devices(m.Folder), "device-ca", sign)
}

// Revoke takes a device's certificate back and returns the new list.
func (m *Manufacturer) Revoke(serial string) ([]byte, error) {
	a, err := m.Devices(true)
	if err != nil {
		return nil, err
	}
	list, err := a.Revoke(serial)
	if err != nil {
		return nil, err
	}
	return list, m.Did("revoke", "certificate "+serial, list)
}
