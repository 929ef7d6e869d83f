// Package engine is the make on libgcrypt 1.10: the payment layer of package
// native over that library's AES, DES and GCM (primitives.c).
//
// Expanded keys lie in the library's secure memory, which is locked; all other
// secrets in native's own. The element's program imports it, and tests that
// compare makes. It must never hold a key on the Go side.
package engine

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -fvisibility=hidden -I${SRCDIR}/../../internal/native
#cgo LDFLAGS: -lgcrypt
#include "primitives.h"

const struct primitives *gcrypt_primitives(void);
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/internal/native"
)

// Library gives the library's ciphers to the payment layer.
func Library() native.Library {
	return native.Library{Primitives: unsafe.Pointer(C.gcrypt_primitives())}
}

// Open loads the keys of file under kbpk, 32 bytes, and returns what wipes them.
func Open(file element.KeyFile, kbpk []byte) (element.Operations, func(), error) {
	return Library().Open(file, kbpk)
}

// BenchTranslate is the processor's time of n PIN translations in C alone: AES-256
// keys, eight bits set in the counter, the whole walk each time.
func BenchTranslate(n int) time.Duration { return Library().BenchTranslate(32, n) }
