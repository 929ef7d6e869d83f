package ceremony

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
)

// Sizes of keys in bytes.
const (
	aesSize  = 32
	tdesSize = 16 // double length
)

// Base derivation key ids. One id has one purpose, so that a key serial number
// tells what its keys may do.
const (
	terminalBDK = "D0010001"
	pinBDK      = "D0020001"
	readerBDK   = "D0030001"
)

// keys are all that are drawn: each for one purpose.
type keys struct {
	// Key block protection keys; each reaches its device as a file of its own.
	kernelSupplier, readerSupplier, pinpadSupplier []byte
	acquirerKBPK                                   []byte // acquirer and PIN pad
	elementKBPK                                    []byte

	// The acquirer's and the issuer's, in the element.
	bdkTerminal, bdkPIN, zonePIN, issuerAC, pvk, panReference []byte
	issuerSMI, issuerCVC3, cvk                                []byte

	// The devices' and the kernel's.
	bdkReader, readerOrder, pinpadOrder, pan, keyed, token, firmwareRoot []byte

	// Derived from the base derivation keys.
	readerID, hostID, pinID, pinpadDevice  [8]byte
	readerInitial, hostInitial, pinInitial []byte
}

// named lists every key with its name, for wiping and for tests.
func (k *keys) named() map[string][]byte {
	return map[string][]byte{
		"kernel supplier": k.kernelSupplier, "reader supplier": k.readerSupplier, "pinpad supplier": k.pinpadSupplier,
		"acquirer kbpk": k.acquirerKBPK, "element kbpk": k.elementKBPK,
		"bdk terminal": k.bdkTerminal, "bdk pin": k.bdkPIN, "zone pin": k.zonePIN, "issuer ac": k.issuerAC,
		"pvk": k.pvk, "pan reference": k.panReference,
		"issuer smi": k.issuerSMI, "issuer cvc3": k.issuerCVC3, "cvk": k.cvk,
		"bdk reader": k.bdkReader, "reader order": k.readerOrder, "pinpad order": k.pinpadOrder,
		"pan": k.pan, "keyed": k.keyed, "token": k.token, "firmware root": k.firmwareRoot,
		"reader initial": k.readerInitial, "host initial": k.hostInitial, "pin initial": k.pinInitial,
	}
}

func (k *keys) wipe() {
	for _, key := range k.named() {
		clear(key)
	}
}

func draw() (*keys, error) {
	k := &keys{}
	for _, key := range k.aes() {
		if err := fill(key, aesSize); err != nil {
			return nil, err
		}
	}
	for _, key := range []*[]byte{&k.issuerAC, &k.pvk, &k.issuerSMI, &k.issuerCVC3, &k.cvk} {
		if err := fill(key, tdesSize); err != nil {
			return nil, err
		}
		oddParity(*key)
	}
	return k, k.derive()
}

func (k *keys) aes() []*[]byte {
	return []*[]byte{
		&k.kernelSupplier, &k.readerSupplier, &k.pinpadSupplier, &k.acquirerKBPK, &k.elementKBPK,
		&k.bdkTerminal, &k.bdkPIN, &k.zonePIN, &k.panReference,
		&k.bdkReader, &k.readerOrder, &k.pinpadOrder, &k.pan, &k.keyed, &k.token, &k.firmwareRoot,
	}
}

func fill(key *[]byte, size int) error {
	*key = make([]byte, size)
	if _, err := io.ReadFull(rand.Reader, *key); err != nil {
		return fmt.Errorf("drawing a key: %w", err)
	}
	return nil
}

// derive makes the devices' initial keys from the base derivation keys.
func (k *keys) derive() (err error) {
	if k.readerID, k.readerInitial, err = initial(readerBDK, k.bdkReader); err != nil {
		return err
	}
	if k.hostID, k.hostInitial, err = initial(terminalBDK, k.bdkTerminal); err != nil {
		return err
	}
	if k.pinID, k.pinInitial, err = initial(pinBDK, k.bdkPIN); err != nil {
		return err
	}
	_, err = io.ReadFull(rand.Reader, k.pinpadDevice[:])
	return err
}

// initial draws a derivation id and derives the initial key of that device.
func initial(bdkID string, bdk []byte) (id [8]byte, key []byte, err error) {
	if _, err := hex.Decode(id[:4], []byte(bdkID)); err != nil {
		return id, nil, err
	}
	if _, err := io.ReadFull(rand.Reader, id[4:]); err != nil {
		return id, nil, err
	}
	key = make([]byte, aesSize)
	return id, key, receiver.InitialKey(key, bdk, dukpt.AES256, id)
}

// oddParity sets the parity bits of a DES key (FIPS 46-3).
func oddParity(key []byte) {
	for i, b := range key {
		key[i] = b&0xFE | byte(1^bits.OnesCount8(b>>1)&1)
	}
}

func hexID(id [8]byte) string { return strings.ToUpper(hex.EncodeToString(id[:])) }
