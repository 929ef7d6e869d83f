package applet

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

const (
	packageVersion = 1
	headSize       = 3
	purpose        = "applet"
)

// Applet is a package that was verified. Module aliases it.
type Applet struct {
	Manifest
	Module []byte
}

// ID names a package.
func ID(pkg []byte) element.PackageID { return sha256.Sum256(pkg) }

// Sign makes a package of a module, with a developer's key and the certificate that the
// authority gave for it. It checks neither: Open does.
func Sign(m Manifest, module []byte, key crypto.Signer, cert []byte) ([]byte, error) {
	if !m.Valid() {
		return nil, ErrManifest
	}
	signed, err := certificate.Seal(purpose, m.document(sha256.Sum256(module)), key, cert)
	if err != nil {
		return nil, err
	}
	return join(signed, module)
}

// Open verifies a package: signed by a developer whom the authority certified for its
// name, and whose certificate is valid at now.
func Open(pkg []byte, authority ed25519.PublicKey, now time.Time) (Applet, error) {
	signed, module, err := split(pkg)
	if err != nil {
		return Applet{}, err
	}
	var d document
	c, err := certificate.Open(purpose, signed, authority, certificate.RoleApplet, now, &d)
	if err != nil {
		return Applet{}, err
	}
	m, err := d.manifest()
	if err != nil {
		return Applet{}, err
	}
	if c.Name != m.Developer || !c.MaySign(m.Name) {
		return Applet{}, ErrDeveloper
	}
	if sum := sha256.Sum256(module); d.Module != hex.EncodeToString(sum[:]) {
		return Applet{}, ErrModule
	}
	return Applet{m, module}, nil
}

// join and split are the codec: what splits joins to the same bytes.
func join(signed, module []byte) ([]byte, error) {
	if len(signed) == 0 || len(signed) > maxManifest || headSize+len(signed)+len(module) > MaxPackage {
		return nil, ErrPackage
	}
	out := make([]byte, 0, headSize+len(signed)+len(module))
	out = binary.BigEndian.AppendUint16(append(out, packageVersion), uint16(len(signed)))
	return append(append(out, signed...), module...), nil
}

func split(pkg []byte) (signed, module []byte, err error) {
	if len(pkg) < headSize || len(pkg) > MaxPackage || pkg[0] != packageVersion {
		return nil, nil, ErrPackage
	}
	n := int(binary.BigEndian.Uint16(pkg[1:]))
	if rest := pkg[headSize:]; n > 0 && n <= maxManifest && n <= len(rest) {
		return rest[:n:n], rest[n:], nil
	}
	return nil, nil, ErrPackage
}
