package native

// #include "native.h"
import "C"

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// BenchTranslate measures the processor's time of n PIN translations in C alone, on
// one thread: AES DUKPT with keys of keySize bytes (16 or 32) at counters with eight
// bits set, each from the base derivation key, of which and of the zone's key only
// the schedules are kept. 0 says that it could not be measured.
func (l Library) BenchTranslate(keySize, n int) time.Duration {
	return time.Duration(C.native_bench_translate(l.primitives(), C.size_t(keySize), C.size_t(n)))
}

// Bare gives a library's building blocks to tests with published vectors, whose
// keys are shorter than an element's. It reaches no element's key.
type Bare struct{ Library Library }

// WorkingKey derives from a base derivation key of 16 or 32 bytes, over initial
// and transaction key of that size, what has this usage (ANSI X9.24-3). The KSN
// has 12 bytes.
func (b Bare) WorkingKey(bdk, ksn []byte, usage uint16) ([]byte, error) {
	key := make([]byte, len(bdk))
	return key, bare(C.native_bare_working_key(b.Library.primitives(), octets(key), octets(bdk), size(bdk), octets(ksn), C.uint(usage)))
}

// PIN opens a format 4 block of 16 bytes.
func (b Bare) PIN(key, block, pan []byte) ([]byte, error) {
	var pin [12]byte
	var n C.size_t
	code := C.native_bare_pin(b.Library.primitives(), octets(key), size(key), octets(block), octets(pan), size(pan), octets(pin[:]), &n)
	return pin[:n], bare(code)
}

// Unwrap opens a version D key block under a protection key of 32 bytes. expect
// is usage, algorithm and mode; n the length of the key.
func (b Bare) Unwrap(kbpk []byte, block, expect string, n int) ([]byte, error) {
	key := make([]byte, n)
	blockText, blockN := text(block)
	expectText, _ := text(expect + "\x00")
	return key, bare(C.native_bare_unwrap(b.Library.primitives(), octets(kbpk), blockText, blockN, expectText, size(key), octets(key)))
}

// Initial derives the initial key of an id, 8 bytes, from a base derivation key of 16
// or 32 bytes.
func (b Bare) Initial(bdk, id []byte) ([]byte, error) {
	key := make([]byte, len(bdk))
	return key, bare(C.native_bare_initial(b.Library.primitives(), octets(bdk), size(bdk), octets(id), octets(key)))
}

// Wrap makes a key block of an AES key under a protection key of 32 bytes. The header
// is whole, and fill has 46 bytes less the key's.
func (b Bare) Wrap(kbpk []byte, header string, key, fill []byte) (string, error) {
	block, n := make([]byte, element.MaxKeyBlock), C.size_t(0)
	text, textN := text(header)
	err := bare(C.native_bare_wrap(b.Library.primitives(), octets(kbpk), text, textN, octets(key), size(key), octets(fill), letters(block), &n))
	return string(block[:n]), err
}

// MAC is the CMAC of data under an AES key.
func (b Bare) MAC(key, data []byte) ([]byte, error) {
	mac := make([]byte, 16)
	return mac, bare(C.native_bare_mac(b.Library.primitives(), octets(key), size(key), octets(data), size(data), octets(mac)))
}

func bare(code C.int) error {
	if code != C.DONE {
		return element.Code(code)
	}
	return nil
}
