//go:build linux && cgo

// Command pkcs11 is the secure element whose keys lie in a PKCS#11 token: of a
// hardware module, or of SoftHSM2 for tests.
//
//	pkcs11 -load -module LIB -token LABEL -pin FILE -keys FILE -kbpk FILE
//	pkcs11 -socket PATH -module LIB -token LABEL -pin FILE [-member FOLDER]
//
// It does what a token can do without giving a key out: AES DUKPT by
// CKM_AES_ECB_ENCRYPT_DATA (PKCS #11 2.40), each derived key an object of the
// session that is sensitive, cannot be extracted, has one use and is destroyed
// after it; CKM_AES_GCM, CKM_AES_CMAC and CKM_AES_ECB with the last one. A token
// has no PIN verbs and no TDES that stays inside, so there is no VerifyPIN, no
// PINOffset, no cryptogram and no card verification value.
//
// Nor are there verbs of key blocks under a key-exchange key: no token of PKCS #11 2.40
// opens or makes an ANSI X9.143 block. The keys of one block come of CMACs under the
// key-exchange key, and those that a token computes are given to this process, not kept
// as keys; so the keys of each question, and every initial key, would pass through its
// memory, where the other verbs have one clear PIN field at most. A group of which a
// token is a member agrees on the verbs without them.
//
// What passes through the memory of this process, said openly:
//
//   - a clear PIN field, in TranslatePIN, between the two steps of a block's
//     decipherment and of the new one's encipherment, for some hundred
//     microseconds: no token translates ISO 9564-1 format 4;
//   - account data, which OpenAccount returns anyway;
//   - the clear keys, in -load: a token unwraps no ANSI X9.143 block. Load in the
//     key ceremony, and keep the key block protection key there;
//   - the token's PIN, at each login.
//
// All of them are wiped here. The binding and the token's library copy them into
// memory of C, which they free and do not wipe; so the program starts itself once
// more with glibc told to overwrite what is freed (see wipe.go).
//
// What the token does not keep from whoever has its PIN: PKCS #11 lets any holder
// of a base derivation key's handle derive a child with attributes of his choice,
// an extractable one too (tried with SoftHSM2 2.6.1). The keys were made outside,
// so CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE are false of them. SoftHSM2
// itself is no boundary: its keys are in files, and in this process in use.
//
// It links C, which is why it is a program of its own.
package main

import (
	"errors"
	"flag"
	"os"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
)

// Verbs are those that a token can do: bit n is verb n.
const verbs uint32 = 1<<element.KindStatus | 1<<element.KindOpenAccount | 1<<element.KindMACVerify |
	1<<element.KindMACGenerate | 1<<element.KindTranslatePIN | 1<<element.KindPANReference

// place is where a token is.
type place struct {
	module, label, pin string
}

func (p *place) flags(f *flag.FlagSet) {
	f.StringVar(&p.module, "module", "", "PKCS#11 library of the token's maker, `file`")
	f.StringVar(&p.label, "token", "", "`label` of the token")
	f.StringVar(&p.pin, "pin", "", "`file` with the token's user PIN")
}

func (p *place) complete() error {
	if p.module == "" || p.label == "" || p.pin == "" {
		return errors.New("-module, -token and -pin are needed")
	}
	return nil
}

func main() {
	wipeFreed()
	var p place
	if len(os.Args) > 1 && os.Args[1] == "-load" {
		program.Once(os.Args[2:], p.flags, func(file element.KeyFile, kbpk []byte) error { return loadInto(p, file, kbpk) })
		return
	}
	program.Main(program.Make{
		Name: "pkcs11", Verbs: verbs, Elsewhere: true, Flags: p.flags,
		Open: func(element.KeyFile, []byte) (element.Operations, func(), error) { return open(p) },
	})
}

// loadInto puts the AES keys of a file into the token.
func loadInto(p place, file element.KeyFile, kbpk []byte) error {
	t, err := openToken(p)
	if err != nil {
		return err
	}
	defer t.close()
	return t.load(file, kbpk)
}

// open takes the keys of a token into use.
func open(p place) (element.Operations, func(), error) {
	t, err := openToken(p)
	if err != nil {
		return nil, nil, err
	}
	return &operations{token: t}, t.close, nil
}
