package dukpt

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/derive"
)

var (
	errWiped    = errors.New("dukpt: the transaction was wiped")
	errWorking  = errors.New("dukpt: the memory for a working key must have the length of its type")
	errStronger = errors.New("dukpt: a working key is never stronger than the initial key")
)

// Transaction holds the key of one transaction, expanded in the caller's room.
// It is used by one goroutine at a time, and wiped when the transaction ends.
//
// Each method below writes the working key of one usage to dst, whose length is
// that of the type. The type may be weaker than that of the initial key, never
// stronger. The usage is part of the derivation: keys of two methods have
// nothing in common.
type Transaction struct {
	ksn  KSN
	kind KeyType
	key  derive.Key
}

// TransactionFrom is how package receiver hands over what it derived. Nobody
// else can name, and so make, a derive.Key.
func TransactionFrom(ksn KSN, t KeyType, key derive.Key) *Transaction {
	return &Transaction{ksn: ksn, kind: t, key: key}
}

// KSN returns the key serial number, which travels with what the keys protect.
func (t *Transaction) KSN() KSN { return t.ksn }

// Wipe erases the key and clears the room. The transaction gives no keys after.
func (t *Transaction) Wipe() { t.key.Erase() }

// PINEncryptionKey is for PIN blocks (usage 1000).
func (t *Transaction) PINEncryptionKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.PINEncryption, kt)
}

// DataEncryptionKey is for data from the device to the receiver (usage 3000).
func (t *Transaction) DataEncryptionKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.DataEncryption, kt)
}

// DataDecryptionKey is for data from the receiver to the device (usage 3001).
func (t *Transaction) DataDecryptionKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.DataDecryption, kt)
}

// DataBothKey is for data in both directions (usage 3002): only where the
// device is registered so.
func (t *Transaction) DataBothKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.DataBoth, kt)
}

// MACGenerationKey is for MACs that the device makes (usage 2000).
func (t *Transaction) MACGenerationKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.MACGeneration, kt)
}

// MACVerificationKey is for MACs that the device verifies (usage 2001).
func (t *Transaction) MACVerificationKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.MACVerification, kt)
}

// MACBothKey is for MACs in both directions (usage 2002): only where the device
// is registered so.
func (t *Transaction) MACBothKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.MACBoth, kt)
}

// KeyEncryptionKey is for keys sent to the device (usage 0002).
func (t *Transaction) KeyEncryptionKey(dst []byte, kt KeyType) error {
	return t.workingKey(dst, derive.KeyEncryption, kt)
}

func (t *Transaction) workingKey(dst []byte, usage derive.Usage, kt KeyType) error {
	switch {
	case !t.key.Opened():
		return errWiped
	case kt.Size() == 0 || len(dst) != kt.Size():
		return errWorking
	case kt > t.kind:
		return errStronger
	}
	t.key.Derive(dst, usage, uint16(kt), t.ksn.derivationID())
	return nil
}
