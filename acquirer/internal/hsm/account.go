package hsm

import "github.com/strongroom-pos/strongroom/secureworld/sensitive"

// Account is a card's account data, as long as a message is being answered.
type Account struct {
	pan    sensitive.Bytes // ASCII digits
	Expiry [2]byte         // YYMM, BCD
	PSN    uint8           // two BCD digits, 00 if the card has none
}

func newAccount(pan []byte, expiry [2]byte) *Account {
	return &Account{pan: sensitive.New(pan), Expiry: expiry}
}

// UsePAN calls f with the PAN's digits, which it must not keep.
func (a *Account) UsePAN(f func(pan []byte)) { a.pan.Use(f) }

// Wipe clears the PAN.
func (a *Account) Wipe() { a.pan.Wipe() }
