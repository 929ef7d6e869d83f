//go:build linux && cgo

package main

import "github.com/strongroom-pos/strongroom/secureworld/element"

// absent refuses the verbs that a token cannot do.
type absent struct{}

func (absent) VerifyPIN(element.VerifyPIN) (v element.Verified, err error) {
	return v, element.CodeKey
}

func (absent) VerifyARQC(element.VerifyARQC) (a element.IssuerAuthentication, err error) {
	return a, element.CodeKey
}

func (absent) PINOffset(element.PINOffset) (o element.Offset, err error) {
	return o, element.CodeKey
}

func (absent) VerifyCVV(element.VerifyCVV) (v element.Verified, err error) {
	return v, element.CodeKey
}

func (absent) VerifyCVC3(element.VerifyCVC3) (v element.Verified, err error) {
	return v, element.CodeKey
}

func (absent) ScriptMAC(element.ScriptMAC) (m element.MAC, err error) {
	return m, element.CodeKey
}

func (absent) LoadKeyBlock(element.LoadKeyBlock) (l element.LoadedKey, err error) {
	return l, element.CodeKey
}

func (absent) Derive(element.Derive, *element.Chance) (d element.DerivedKey, err error) {
	return d, element.CodeKey
}

func (absent) TranslatePINUnder(element.TranslatePINUnder, *element.Chance) (t element.Translated, err error) {
	return t, element.CodeKey
}

func (absent) OpenAccountUnder(element.OpenAccountUnder) (a element.Account, err error) {
	return a, element.CodeKey
}
