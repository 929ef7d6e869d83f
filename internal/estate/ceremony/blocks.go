package ceremony

import (
	"crypto/rand"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// kind is what a key block says of its key. ANSI X9.143, tables 2 to 4.
type kind struct {
	usage           string
	algorithm, mode byte
}

// Kinds of the devices' and the kernel's blocks.
func initialKind() kind    { return kind{"B1", 'A', 'X'} } // DUKPT initial key; derives
func orderKind() kind      { return kind{"M6", 'A', 'C'} } // CMAC; generates and verifies
func orderCheckKind() kind { return kind{"M6", 'A', 'V'} } // CMAC; verifies only
func sealKind() kind       { return kind{"D0", 'A', 'E'} } // data; enciphers only
func openKind() kind       { return kind{"D0", 'A', 'D'} } // data; deciphers only
func tokenKind() kind      { return kind{"M7", 'H', 'G'} } // HMAC; generates only

// wrap makes a version D block that may not be exported again. id, if any, is
// the initial key id for optional block IK.
func wrap(kbpk []byte, k kind, key []byte, id ...string) (string, error) {
	h := keyblock.Header{
		Version: 'D', Usage: k.usage, Algorithm: k.algorithm, Mode: k.mode, KeyVersion: "00", Exportability: 'N',
	}
	for _, ikid := range id {
		h.Optional = append(h.Optional, keyblock.OptionalBlock{ID: "IK", Data: ikid})
	}
	b, err := keyblock.Wrap(kbpk, h, key, rand.Reader)
	if err != nil {
		return "", fmt.Errorf("wrapping a key: %w", err)
	}
	return string(b), nil
}

// wanted is one block to be made.
type wanted struct {
	name string
	kind kind
	key  []byte
	id   []string
}

func wrapAll(kbpk []byte, list []wanted) ([]provisioning.Key, error) {
	var out []provisioning.Key
	for _, w := range list {
		block, err := wrap(kbpk, w.kind, w.key, w.id...)
		if err != nil {
			return nil, err
		}
		out = append(out, provisioning.Key{Name: w.name, Block: block})
	}
	return out, nil
}

func (k *keys) kernelBlocks() ([]provisioning.Key, error) {
	return wrapAll(k.kernelSupplier, []wanted{
		{provisioning.KeyReaderInitial, initialKind(), k.readerInitial, []string{hexID(k.readerID)}},
		{provisioning.KeyReaderOrder, orderKind(), k.readerOrder, nil},
		{provisioning.KeyPINPadOrder, orderKind(), k.pinpadOrder, nil},
		{provisioning.KeyPAN, sealKind(), k.pan, nil},
		{provisioning.KeyKeyed, openKind(), k.keyed, nil},
		{provisioning.KeyHostInitial, initialKind(), k.hostInitial, []string{hexID(k.hostID)}},
		{provisioning.KeyToken, tokenKind(), k.token, nil},
	})
}

func (k *keys) readerBlocks() ([]provisioning.Key, error) {
	return wrapAll(k.readerSupplier, []wanted{
		{provisioning.KeyDeviceInitial, initialKind(), k.readerInitial, []string{hexID(k.readerID)}},
		{provisioning.KeyDeviceOrder, orderCheckKind(), k.readerOrder, nil},
	})
}

func (k *keys) pinpadBlocks() ([]provisioning.Key, error) {
	return wrapAll(k.pinpadSupplier, []wanted{
		{provisioning.KeyDeviceOrder, orderCheckKind(), k.pinpadOrder, nil},
		{provisioning.KeyDevicePAN, openKind(), k.pan, nil},
		{provisioning.KeyDeviceKeyed, sealKind(), k.keyed, nil},
	})
}

// pinKeyBlock is for the PIN pad alone: the secure world relays it.
func (k *keys) pinKeyBlock() (string, error) {
	return wrap(k.acquirerKBPK, initialKind(), k.pinInitial, hexID(k.pinID))
}

// decimalisation belongs to the PIN verification key: digits, then letters less
// ten, as most issuers have it.
const decimalisation = "0123456789012345"

func (k *keys) elementKeys() (element.KeyFile, error) {
	var f element.KeyFile
	for _, w := range []struct {
		slot   element.Slot
		kind   kind
		key    []byte
		bdk, d string
	}{
		{element.SlotTerminalBDK, kind{"B0", 'A', 'X'}, k.bdkTerminal, terminalBDK, ""},
		{element.SlotPINBDK, kind{"B0", 'A', 'X'}, k.bdkPIN, pinBDK, ""},
		{element.SlotZonePIN, kind{"P0", 'A', 'B'}, k.zonePIN, "", ""},
		{element.SlotIssuerAC, kind{"E0", 'T', 'X'}, k.issuerAC, "", ""},
		{element.SlotPVK, kind{"V1", 'T', 'C'}, k.pvk, "", decimalisation},
		{element.SlotPANReference, kind{"M6", 'A', 'C'}, k.panReference, "", ""},
		{element.SlotIssuerSMI, kind{"E2", 'T', 'X'}, k.issuerSMI, "", ""},
		{element.SlotIssuerCVC3, kind{"E4", 'T', 'X'}, k.issuerCVC3, "", ""},
		{element.SlotCVK, kind{"C0", 'T', 'C'}, k.cvk, "", ""},
	} {
		block, err := wrap(k.elementKBPK, w.kind, w.key)
		if err != nil {
			return element.KeyFile{}, err
		}
		f.Keys = append(f.Keys, element.KeyEntry{Slot: w.slot, Block: block, BDKID: w.bdk, Decimalisation: w.d})
	}
	return f, nil
}
