package provision

import (
	"fmt"
	"slices"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/provision/deviceca"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// pinpadKBPK is the file of the key that PIN pad and acquirer share; the secure
// world never has it.
const pinpadKBPK = "acquirer.kbpk"

// Enrol gives a device its keys and its certificate towards the acquirer's host,
// and the host's list a terminal. currency is ISO 4217, numeric.
func (a *Acquirer) Enrol(dir, currency string) (Individual, error) {
	d, err := openDevice(dir, Loaded)
	if err != nil {
		return Individual{}, err
	}
	var list acquirer.Terminals
	if err := a.read(HostFolder+"/terminals.json", &list); err != nil {
		return Individual{}, err
	}
	if slices.ContainsFunc(list.Terminals, func(t acquirer.Terminal) bool { return t.TerminalID == d.who.Terminal }) {
		return Individual{}, fmt.Errorf("terminal %s is enrolled already", d.who.Terminal)
	}
	if err := a.enrol(d); err != nil {
		return Individual{}, err
	}
	list.Terminals = append(list.Terminals, acquirer.Terminal{TerminalID: d.who.Terminal, MerchantID: d.who.Merchant,
		KeyID: d.who.HostKeyID, PINKeyID: d.who.PINKeyID, Currency: currency})
	if err := a.Did("enrol device", fmt.Sprintf("terminal %s, keys %s and %s", d.who.Terminal, d.who.HostKeyID, d.who.PINKeyID), blocksOf(d)); err != nil {
		return Individual{}, err
	}
	if err := putJSON(a.Folder, HostFolder+"/terminals.json", list); err != nil {
		return Individual{}, err
	}
	return d.who, d.save(Enrolled)
}

func (a *Acquirer) enrol(d *device) error {
	var r acquirerRecord
	if err := a.read(acquirerFile, &r); err != nil {
		return err
	}
	kbpk, err := a.Get(ElementFolder + "/kbpk")
	if err != nil {
		return err
	}
	defer clear(kbpk)
	if err := a.hostKeys(d, kbpk, r); err != nil {
		return err
	}
	if err := a.pinKeys(d, kbpk); err != nil {
		return err
	}
	ca, err := openAuthority(a.Folder, hosts(a.Folder), "host-ca", true)
	if err != nil {
		return err
	}
	host, err := identify(ca, deviceca.Terminal, d.who.Terminal)
	if err != nil {
		return err
	}
	if err := a.bind(d); err != nil {
		return err
	}
	d.k.HostName, d.k.HostCA, d.k.HostCert = r.Host, string(ca.PEM()), string(host.cert)
	return d.put(incomingFolder+"/"+provisioning.FileHostKey, host.der)
}

// hostKeys are the terminal's initial key and the token key of its merchant.
func (a *Acquirer) hostKeys(d *device, kbpk []byte, r acquirerRecord) error {
	bdk, err := a.slot(kbpk, element.SlotTerminalBDK)
	if err != nil {
		return err
	}
	defer clear(bdk)
	id, key, err := initial(terminalBDK, bdk)
	if err != nil {
		return err
	}
	defer clear(key)
	token, err := unwrap(kbpk, tokenKind(), r.Token)
	if err != nil {
		return err
	}
	defer clear(token)
	d.who.HostKeyID, d.k.HostKeyID = hexID(id), hexID(id)
	return d.loadPart(kernelSupplier, &d.k.Keys, []wanted{
		{provisioning.KeyHostInitial, initialKind(), key, []string{hexID(id)}},
		{provisioning.KeyToken, tokenKind(), token, nil},
	})
}

// pinKeys are for the PIN pad alone: the secure world relays the block.
func (a *Acquirer) pinKeys(d *device, kbpk []byte) error {
	bdk, err := a.slot(kbpk, element.SlotPINBDK)
	if err != nil {
		return err
	}
	defer clear(bdk)
	id, key, err := initial(pinBDK, bdk)
	if err != nil {
		return err
	}
	defer clear(key)
	shared, err := a.Draw.draw("acquirer kbpk", aesSize)
	if err != nil {
		return err
	}
	defer clear(shared)
	d.who.PINKeyID, d.p.AcquirerKBPK = hexID(id), pinpadKBPK
	if d.k.PINPadKeyBlock, err = wrap(shared, initialKind(), key, hexID(id)); err != nil {
		return err
	}
	return d.put(pinpadFolder+"/"+pinpadKBPK, shared)
}
