package services

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

var errOpen = errors.New("does not open")

// aead is AES-GCM or ChaCha20-Poly1305 in a room. The kernel draws the nonce, so
// that no caller can repeat one.
type aead struct {
	cipher.AEAD
	erase func()
}

func (a *aead) wipe() { a.erase() }

func openGCM(m Memory, k []byte) (material, error) {
	return inRoom(m, schedule.RoomGCM, func(room []byte) (cipher.AEAD, func(), error) { return schedule.NewGCM(k, room) })
}

func openChaCha(m Memory, k []byte) (material, error) {
	return inRoom(m, schedule.RoomForeign, func(room []byte) (cipher.AEAD, func(), error) {
		a, err := chacha20poly1305.New(k)
		if err != nil {
			return nil, nil, err
		}
		return schedule.MoveAEAD(a, room)
	})
}

func inRoom(m Memory, n int, make func([]byte) (cipher.AEAD, func(), error)) (material, error) {
	room, err := m.Room(n)
	if err != nil {
		return nil, err
	}
	a, erase, err := make(room)
	if err != nil {
		release(m, room)
		return nil, err
	}
	return &aead{a, func() { erase(); release(m, room) }}, nil
}

func (a *aead) seal(dst, plaintext, extra []byte) ([]byte, error) {
	dst = drawn(dst, a.NonceSize())
	nonce := dst[len(dst)-a.NonceSize():]
	return a.Seal(dst, nonce, plaintext, extra), nil
}

func (a *aead) open(dst, sealed, extra []byte) ([]byte, error) {
	n := a.NonceSize()
	if len(sealed) < n {
		return nil, errOpen
	}
	return a.Open(dst, sealed[:n], sealed[n:], extra)
}

// drawn appends n random bytes.
func drawn(dst []byte, n int) []byte {
	end := len(dst) + n
	dst = append(dst, make([]byte, n)...)
	_, _ = rand.Read(dst[end-n : end]) // never fails
	return dst
}

// foreign hides the type of a block from package cipher, whose modes would copy
// an AES object that they recognise, with its key, to the heap.
type foreign struct{ cipher.Block }

// blockKey is AES in a room.
type blockKey struct {
	cipher.Block
	erase func()
}

func (b *blockKey) wipe() { b.erase() }

func openBlock(m Memory, k []byte) (blockKey, error) {
	b, erase, err := block(m, k)
	return blockKey{b, erase}, err
}

type cbc struct{ blockKey }

func openCBC(m Memory, k []byte) (material, error) {
	b, err := openBlock(m, k)
	return &cbc{b}, err
}

var errBlocks = errors.New("not whole blocks, or something beside them")

func (c *cbc) seal(dst, plaintext, extra []byte) ([]byte, error) {
	if len(plaintext)%c.BlockSize() != 0 || len(extra) != 0 {
		return nil, errBlocks
	}
	dst = drawn(dst, c.BlockSize())
	iv := dst[len(dst)-c.BlockSize():]
	dst = append(dst, plaintext...)
	cipher.NewCBCEncrypter(foreign{c.Block}, iv).CryptBlocks(dst[len(dst)-len(plaintext):], plaintext)
	return dst, nil
}

func (c *cbc) open(dst, sealed, extra []byte) ([]byte, error) {
	n := c.BlockSize()
	if len(sealed) < n || len(sealed)%n != 0 || len(extra) != 0 {
		return nil, errBlocks
	}
	dst = append(dst, sealed[n:]...)
	cipher.NewCBCDecrypter(foreign{c.Block}, sealed[:n]).CryptBlocks(dst[len(dst)-len(sealed)+n:], sealed[n:])
	return dst, nil
}

type ctr struct{ blockKey }

func openCTR(m Memory, k []byte) (material, error) {
	b, err := openBlock(m, k)
	return &ctr{b}, err
}

func (c *ctr) seal(dst, plaintext, extra []byte) ([]byte, error) {
	if len(extra) != 0 {
		return nil, errBlocks
	}
	dst = drawn(dst, c.BlockSize())
	return c.stream(dst, dst[len(dst)-c.BlockSize():], plaintext)
}

func (c *ctr) open(dst, sealed, extra []byte) ([]byte, error) {
	if len(sealed) < c.BlockSize() || len(extra) != 0 {
		return nil, errBlocks
	}
	return c.stream(dst, sealed[:c.BlockSize()], sealed[c.BlockSize():])
}

func (c *ctr) stream(dst, counter, data []byte) ([]byte, error) {
	dst = append(dst, data...)
	out := dst[len(dst)-len(data):]
	cipher.NewCTR(foreign{c.Block}, counter).XORKeyStream(out, data)
	return dst, nil
}

type cmacKey struct{ blockKey }

func openCMAC(m Memory, k []byte) (material, error) {
	b, err := openBlock(m, k)
	return &cmacKey{b}, err
}

func (c *cmacKey) mac(dst, message []byte) ([]byte, error) {
	return cmac.Sum(dst, c.Block, message), nil
}
