package updates

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Origin is the log's name in checkpoints and of the key that signs them.
const Origin = "strongroom/updates"

// Why a repository is refused.
var (
	ErrSignature  = errors.New("updates: the checkpoint is not signed by the key of this repository")
	ErrFrozen     = errors.New("updates: the checkpoint's time is over: newer releases may be withheld")
	ErrRolledBack = errors.New("updates: the repository has fewer releases than it had before")
	ErrForked     = errors.New("updates: the repository's history is another than it was before")
	ErrMixed      = errors.New("updates: a file is not the one that the log names for this release")
	ErrLog        = errors.New("updates: the log is not the one that the checkpoint names")
)

// Checkpoint is what is signed of a log.
type Checkpoint struct {
	Size  int64
	Root  tlog.Hash
	Until time.Time
}

const checkpointForm = Origin + "\n%d\n%s\nvalid-until %s\n"

func (c Checkpoint) text() string {
	return fmt.Sprintf(checkpointForm, c.Size, c.Root, c.Until.UTC().Format(time.RFC3339))
}

func (c Checkpoint) sign(key crypto.Signer) ([]byte, error) {
	s, err := newSigner(key)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: c.text()}, s)
}

func openCheckpoint(raw []byte, public ed25519.PublicKey) (Checkpoint, error) {
	var c Checkpoint
	v, err := verifier(public)
	if err != nil {
		return c, err
	}
	n, err := note.Open(raw, note.VerifierList(v))
	if err != nil {
		return c, ErrSignature
	}
	var root, until string
	if _, err := fmt.Sscanf(n.Text, checkpointForm, &c.Size, &root, &until); err != nil {
		return c, errors.New("updates: malformed checkpoint")
	}
	var rootErr, timeErr error
	c.Root, rootErr = tlog.ParseHash(root)
	c.Until, timeErr = time.Parse(time.RFC3339, until)
	if rootErr != nil || timeErr != nil || c.Size < 0 || c.text() != n.Text {
		return c, errors.New("updates: malformed checkpoint")
	}
	return c, nil
}

func verifier(public ed25519.PublicKey) (note.Verifier, error) {
	if len(public) != ed25519.PublicKeySize {
		return nil, errors.New("updates: the repository's key is no Ed25519 key")
	}
	text, err := note.NewEd25519VerifierKey(Origin, public)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(text)
}

// signer lets a key sign notes that may lie in a token.
type signer struct {
	key  crypto.Signer
	hash uint32
}

func newSigner(key crypto.Signer) (signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return signer{}, errors.New("updates: the repository's key is no Ed25519 key")
	}
	v, err := verifier(public)
	if err != nil {
		return signer{}, err
	}
	return signer{key, v.KeyHash()}, nil
}

// Name, KeyHash and Sign are note.Signer.
func (signer) Name() string { return Origin }

// KeyHash names the key in a signature's line.
func (s signer) KeyHash() uint32 { return s.hash }

// Sign signs a note's text.
func (s signer) Sign(text []byte) ([]byte, error) {
	return s.key.Sign(rand.Reader, text, crypto.Hash(0))
}
