package provision

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload"
	"github.com/strongroom-pos/strongroom/secureworld/remoteload/distribution"
)

// The acquirer's key distribution host: an RSA key under an authority that certifies
// such hosts and nothing else. In a demo its key is a file of the acquirer's folder; a
// real one lies in a security module.
const (
	distributionKey  = "distribution-ca"
	distributionCert = "distribution/host.pem"
	distributionHost = "distribution/host.key" // PKCS #8 DER
)

var errReceiver = errors.New("the device's certificate is not the device authority's for a key that receives keys")

func (a *Acquirer) beginDistribution(host string) error {
	key, err := a.Generate(distributionKey, role.P256)
	if err != nil {
		return err
	}
	ca, err := deviceca.Create(a.Name()+" key distribution authority", key, distributors(a.Folder), a.Now)
	if err != nil {
		return err
	}
	own, err := identifyRSA(ca, deviceca.KeyHost, host)
	if err != nil {
		return err
	}
	defer clear(own.der)
	return errors.Join(a.Put(distributionCert, own.cert), a.Put(distributionHost, own.der))
}

// bind lets a device obey this acquirer's key distribution host. A device that the
// manufacturer gave no key for that, and an acquirer of before there was such a host, do
// without.
func (a *Acquirer) bind(d *device) error {
	host, err := a.Get(distributionCert)
	if errors.Is(err, os.ErrNotExist) || d.k.KeyLoading == nil {
		d.k.KeyLoading = nil
		return nil
	}
	if err != nil {
		return err
	}
	ca, err := openAuthority(a.Folder, distributors(a.Folder), distributionKey, false)
	if err != nil {
		return err
	}
	if _, err := receiverOf(d.k.KeyLoading.Cert, d.k.DeviceCA, d.who.Terminal); err != nil {
		return err
	}
	d.k.KeyLoading = &provisioning.KeyLoading{Cert: d.k.KeyLoading.Cert, Authority: string(ca.PEM()), Host: string(host)}
	return a.Put(receiverFile(d.who.Terminal), []byte(d.k.KeyLoading.Cert))
}

func receiverFile(terminal string) string { return "distribution/devices/" + terminal + ".pem" }

// receiverOf holds a device's certificate to its authority, purpose and name.
func receiverOf(cert, authority, terminal string) (*x509.Certificate, error) {
	c, err := parseCertificate([]byte(cert))
	if err != nil {
		return nil, err
	}
	ca, err := parseCertificate([]byte(authority))
	if err != nil {
		return nil, err
	}
	public, isRSA := c.PublicKey.(*rsa.PublicKey)
	if !isRSA || public.N.BitLen() < loadingBits || c.CheckSignatureFrom(ca) != nil || c.IsCA || c.Subject.CommonName != terminal ||
		len(c.UnknownExtKeyUsage) != 1 || !slices.Equal(c.UnknownExtKeyUsage[0], remoteload.Purpose()) || len(c.ExtKeyUsage) != 0 {
		return nil, errReceiver
	}
	return c, nil
}

func parseCertificate(b []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("no certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

// KeyToken makes the delivery that loads a terminal's host key of this id: derived from
// the base derivation key, sealed for the terminal's device alone, and good for the
// random number that the device drew.
func (a *Acquirer) KeyToken(terminal string, id [8]byte, random []byte) ([]byte, error) {
	if !terminalForm.MatchString(terminal) || len(random) != 16 {
		return nil, errTerminal
	}
	b, err := a.Get(receiverFile(terminal))
	if err != nil {
		return nil, fmt.Errorf("terminal %s takes no keys from afar: %w", terminal, err)
	}
	device, err := parseCertificate(b)
	if err != nil {
		return nil, err
	}
	host, err := a.distributor()
	if err != nil {
		return nil, err
	}
	key, err := a.initialKey(id)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	token, err := host.KeyToken(device, "D0000B1AX00N0000IK14"+hexID(id), key, random)
	if err != nil {
		return nil, err
	}
	list, err := a.revocations()
	if err != nil {
		return nil, err
	}
	return remoteload.JoinDelivery(list, token), a.Did("load host key", fmt.Sprintf("terminal %s, key %s", terminal, hexID(id)), token)
}

func (a *Acquirer) distributor() (h distribution.Host, err error) {
	b, err := a.Get(distributionCert)
	if err != nil {
		return h, err
	}
	if h.Certificate, err = parseCertificate(b); err != nil {
		return h, err
	}
	der, err := a.Get(distributionHost)
	defer clear(der)
	if err != nil {
		return h, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	private, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return h, errors.New("the key of the key distribution host is damaged")
	}
	h.Key = private
	return h, nil
}

// initialKey derives a terminal's host key.
func (a *Acquirer) initialKey(id [8]byte) ([]byte, error) {
	if want, err := hex.DecodeString(terminalBDK); err != nil || !bytes.Equal(id[:4], want) {
		return nil, errors.New("the key id is not below the terminals' base derivation key")
	}
	kbpk, err := a.Get(ElementFolder + "/kbpk")
	if err != nil {
		return nil, err
	}
	defer clear(kbpk)
	bdk, err := a.slot(kbpk, element.SlotTerminalBDK)
	if err != nil {
		return nil, err
	}
	defer clear(bdk)
	key := make([]byte, aesSize)
	return key, receiver.InitialKey(key, bdk, dukpt.AES256, id)
}

// revocations signs the list of hosts that may distribute no more keys, DER.
func (a *Acquirer) revocations() ([]byte, error) {
	ca, err := openAuthority(a.Folder, distributors(a.Folder), distributionKey, true)
	if err != nil {
		return nil, err
	}
	b, err := ca.SignList()
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("the revocation list is damaged")
	}
	return block.Bytes, nil
}
