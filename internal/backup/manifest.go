package backup

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"time"
)

// ErrManifest reports what is no backup of this form.
var ErrManifest = errors.New("backup: this is no backup of a form that is known here")

const form = 1

// Manifest is what a backup says of itself.
type Manifest struct {
	Form int       `json:"form"`
	Made time.Time `json:"made"`
	// Device is the SHA-256 of the secure world's certificate, in hexadecimal; empty
	// where the backup has nothing of a secure world.
	Device string `json:"device,omitempty"`
	// Stand is how far the secure world was.
	Stand *Stand `json:"stand,omitempty"`
	Files []File `json:"files"`
}

// Stand tells how new a secure world's files are. All three only go up.
type Stand struct {
	Anchor  uint64 `json:"anchor"`   // root record that boot has acknowledged
	Entry   uint64 `json:"entry"`    // last entry of the secure world's journal
	HostKey uint64 `json:"host_key"` // newest state of the host key
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const journalName = "terminal/journal.db"

// named are the only names in a backup: none leads elsewhere, and none is of a file
// that holds a secret in clear.
var named = regexp.MustCompile(`^(terminal/journal\.db|secureworld/(journal|device|keystore/host\.state\.[01]|spaces/[0-9a-f]{8}(-[0-9a-f]{8})?\.[01]|spaces/root\.[01]))$`)

// sealed tells whether a file of the storage, by its path there, is one that may
// leave the machine.
func sealed(path string) bool { return named.MatchString("secureworld/" + path) }

func parseManifest(b []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if len(b) > maxManifest || d.Decode(&m) != nil {
		return Manifest{}, ErrManifest
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, ErrManifest
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if m.Form != form || len(m.Files) == 0 || len(m.Files) > maxFiles || (m.Device == "") != (m.Stand == nil) {
		return ErrManifest
	}
	if m.Device != "" && !digest(m.Device) {
		return ErrManifest
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !named.MatchString(f.Name) || seen[f.Name] || f.Size < 0 || f.Size > maxFile || !digest(f.SHA256) ||
			f.Name != journalName && m.Stand == nil {
			return ErrManifest
		}
		seen[f.Name] = true
	}
	return nil
}

func digest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && hex.EncodeToString(b) == s
}

// Journal tells whether the merchant's journal is in it.
func (m Manifest) Journal() bool {
	for _, f := range m.Files {
		if f.Name == journalName {
			return true
		}
	}
	return false
}
