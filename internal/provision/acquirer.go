package provision

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/provision/custody"
	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/internal/provision/role"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Acquirer is the other company, as demos and tests have it: it is the issuer of
// the test cards too.
type Acquirer struct {
	*role.Folder
	// Draw draws keys; nil: the system's random source.
	Draw Drawer
}

// Names of the keys that two custodians make.
const (
	KeyTerminalBDK = "bdk-terminal"
	KeyPINBDK      = "bdk-pin"
	KeyElement     = "kek" // protects the key file of the acquirer's element
)

// CustodyKeys are all of them.
func CustodyKeys() []string { return []string{KeyTerminalBDK, KeyPINBDK, KeyElement} }

// Places below the acquirer's folder: what its two programs are given.
const (
	HostFolder    = "host"    // cert.pem, key.pem, ca.pem, ca.crl, terminals.json
	RevokedFile   = "ca.crl"  // in it
	ElementFolder = "element" // keys.json and kbpk

	acquirerFile = "acquirer.json"
)

// records of the acquirer.
type acquirerRecord struct {
	Host  string `json:"host"`  // its name in its certificate
	Token string `json:"token"` // key block, under the element's key: of all merchants here
}

// decimalisation belongs to the PIN verification key: digits, then letters less
// ten, as most issuers have it.
const decimalisation = "0123456789012345"

// InitAcquirer sets an acquirer up whose host has this name, with the keys that
// two custodians made.
func InitAcquirer(dir string, o role.Options, host string, made *custody.Room, draw Drawer) (*Acquirer, error) {
	for _, name := range CustodyKeys() {
		if made.Key(name) == nil {
			return nil, fmt.Errorf("the custodians made no key %s", name)
		}
	}
	f, err := role.Create(dir, role.Acquirer, o)
	if err != nil {
		return nil, err
	}
	a := &Acquirer{f, draw}
	if err := a.begin(host, made); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *Acquirer) begin(host string, made *custody.Room) error {
	key, err := a.Generate("host-ca", role.P256)
	if err != nil {
		return err
	}
	ca, err := deviceca.Create(a.Name()+" host authority", key, hosts(a.Folder), a.Now)
	if err != nil {
		return err
	}
	server, err := identify(ca, deviceca.Acquirer, host)
	if err != nil {
		return err
	}
	if err := a.beginDistribution(host); err != nil {
		return err
	}
	if err := a.makeElement(host, made); err != nil {
		return err
	}
	revoked, err := ca.SignList()
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{"cert.pem": server.cert, "key.pem": server.keyPEM(), "ca.pem": ca.PEM(), RevokedFile: revoked} {
		if err := a.Put(HostFolder+"/"+name, b); err != nil {
			return err
		}
	}
	if err := putJSON(a.Folder, HostFolder+"/terminals.json", acquirer.Terminals{}); err != nil {
		return err
	}
	checks, err := made.Checks()
	if err != nil {
		return err
	}
	return a.Did("init", fmt.Sprintf("host %s, check values %v", host, checks), nil)
}

// Hosts is the authority of terminals and of the host; with its key where it is to sign.
func (a *Acquirer) Hosts(sign bool) (*deviceca.Authority, error) {
	return openAuthority(a.Folder, hosts(a.Folder), "host-ca", sign)
}

// Revoke takes a terminal's certificate back and returns the new list, which the host
// reads from its folder.
func (a *Acquirer) Revoke(serial string) ([]byte, error) {
	ca, err := a.Hosts(true)
	if err != nil {
		return nil, err
	}
	list, err := ca.Revoke(serial)
	if err != nil {
		return nil, err
	}
	if err := a.Put(HostFolder+"/"+RevokedFile, list); err != nil {
		return nil, err
	}
	return list, a.Did("revoke", "certificate "+serial, list)
}

// makeElement fills the key file of the acquirer's element.
func (a *Acquirer) makeElement(host string, made *custody.Room) error {
	aes, err := a.Draw.all(aesSize, "zone pin", "pan reference", "token", "key exchange")
	if err != nil {
		return err
	}
	defer aes.wipe()
	tdes, err := a.Draw.all(tdesSize, "issuer ac", "pvk", "issuer smi", "issuer cvc3", "cvk")
	if err != nil {
		return err
	}
	defer tdes.wipe()
	for _, key := range tdes {
		oddParity(key)
	}
	kbpk := made.Key(KeyElement)
	f, err := elementFile(kbpk, made, aes, tdes)
	if err != nil {
		return err
	}
	token, err := wrap(kbpk, tokenKind(), aes["token"])
	if err != nil {
		return err
	}
	return errors.Join(putJSON(a.Folder, ElementFolder+"/keys.json", f), a.Put(ElementFolder+"/kbpk", kbpk),
		putJSON(a.Folder, acquirerFile, acquirerRecord{host, token}))
}

func elementFile(kbpk []byte, made *custody.Room, aes, tdes drawn) (element.KeyFile, error) {
	var f element.KeyFile
	for _, w := range []struct {
		slot  element.Slot
		kind  kind
		key   []byte
		id, d string
	}{
		{element.SlotTerminalBDK, bdkKind(), made.Key(KeyTerminalBDK), terminalBDK, ""},
		{element.SlotPINBDK, bdkKind(), made.Key(KeyPINBDK), pinBDK, ""},
		{element.SlotZonePIN, kind{"P0", 'A', 'B'}, aes["zone pin"], "", ""},
		{element.SlotIssuerAC, kind{"E0", 'T', 'X'}, tdes["issuer ac"], "", ""},
		{element.SlotPVK, kind{"V1", 'T', 'C'}, tdes["pvk"], "", decimalisation},
		{element.SlotPANReference, kind{"M6", 'A', 'C'}, aes["pan reference"], "", ""},
		{element.SlotIssuerSMI, kind{"E2", 'T', 'X'}, tdes["issuer smi"], "", ""},
		{element.SlotIssuerCVC3, kind{"E4", 'T', 'X'}, tdes["issuer cvc3"], "", ""},
		{element.SlotCVK, kind{"C0", 'T', 'C'}, tdes["cvk"], "", ""},
		{element.SlotKeyExchange, kind{"K1", 'A', 'B'}, aes["key exchange"], keyExchange, ""},
	} {
		block, err := wrap(kbpk, w.kind, w.key)
		if err != nil {
			return element.KeyFile{}, err
		}
		e := element.KeyEntry{Slot: w.slot, Block: block, BDKID: w.id, Decimalisation: w.d}
		if w.slot == element.SlotKeyExchange {
			e.BDKID, e.KEKID = "", w.id
		}
		f.Keys = append(f.Keys, e)
	}
	return f, nil
}

func bdkKind() kind { return kind{"B0", 'A', 'X'} }

// OpenAcquirer opens an acquirer's folder.
func OpenAcquirer(dir string, o role.Options) (*Acquirer, error) {
	f, err := role.Open(dir, role.Acquirer, o)
	if err != nil {
		return nil, err
	}
	return &Acquirer{Folder: f}, nil
}

// read reads a JSON file of the folder.
func (a *Acquirer) read(name string, v any) error {
	b, err := a.Get(name)
	if err != nil {
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return fmt.Errorf("the acquirer's %s is damaged", name)
	}
	return nil
}

// slot opens a base derivation key of the element.
func (a *Acquirer) slot(kbpk []byte, s element.Slot) ([]byte, error) {
	var f element.KeyFile
	if err := a.read(ElementFolder+"/keys.json", &f); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(f.Keys, func(e element.KeyEntry) bool { return e.Slot == s })
	if i < 0 {
		return nil, fmt.Errorf("the element has no key %s", s)
	}
	return unwrap(kbpk, bdkKind(), f.Keys[i].Block)
}
