// Package licence lets a trusted application check that the kernel under it may use
// its licence: it draws a challenge and holds the answer to the key that the licence
// names (package licensing). An application that was sold for one customer's kernels
// so refuses to work on another's. No permission is needed, since nothing secret comes
// out.
//
//	var challenge [32]byte
//	rand.Read(challenge[:])
//	proof, err := licence.Prove(challenge)
//	if err != nil || proof.Verify(licensing.UseApplication, challenge, licensing.ApplicationBinding(ownDigest), licence, key) != nil {
//		return // not licensed
//	}
package licence

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/licensing"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
)

var errAnswer = errors.New("licence: the kernel's answer is none")

// Prove asks the kernel. The proof is not verified.
func Prove(challenge [32]byte) (licensing.Proof, error) {
	buf := append(make([]byte, 0, licensing.AnswerSize), challenge[:]...)
	n, err := tasdk.Host(licensing.HostFunction, buf)
	if err != nil {
		return licensing.Proof{}, err
	}
	p, ok := licensing.ParseAnswer(licensing.UseApplication, challenge, buf[:n])
	if !ok {
		return p, errAnswer
	}
	return p, nil
}
