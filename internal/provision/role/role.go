// Package role keeps what one role of the device build has: a folder of its own
// with keys, certificates and the record of its acts. A folder has one role and
// says so; whoever opens it names the role that he wants to act in, and another's
// folder is refused.
//
//	role.json       which role, who, where its keys lie
//	audit           every act (package audit)
//	lock            one process at a time
//	keys/NAME.key   PKCS #8 PEM, mode 0600, unless the key lies in a token
//	NAME            what the role was given or made: certificates, lists
//
// The operator's command and the demo's ceremony import it. It holds private keys
// of roles without a token, which is for tests and demos.
//
// BUG(provisioning): a key that is no token's lies in the folder in clear, under
// the protection of the file system alone.
package role

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/internal/provision/audit"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/token"
)

// Name is a role.
type Name string

// Roles. The acquirer is the other company, here for demos and tests.
const (
	Manufacturer Name = "manufacturer"
	Customer     Name = "customer"
	Developer    Name = "developer"
	Acquirer     Name = "acquirer"
	Custodian    Name = "custodian"
)

// Names are all roles.
func Names() []Name { return []Name{Manufacturer, Customer, Developer, Acquirer, Custodian} }

// Errors that a caller tells apart.
var (
	ErrOtherRole = errors.New("the folder belongs to another role")
	ErrNone      = errors.New("no role was ever set up here: init")
	ErrExists    = errors.New("a role was set up here already")
	ErrInUse     = errors.New("another process acts for this role")
)

// Token is where a role's keys lie, if not in files. The PIN is nowhere.
type Token struct {
	Program string `json:"program"`
	Library string `json:"library"`
	Label   string `json:"label"`
}

// record is role.json.
type record struct {
	Role    Name              `json:"role"`
	Name    string            `json:"name"`
	Created time.Time         `json:"created"`
	Token   *Token            `json:"token,omitempty"`
	Keys    map[string]string `json:"keys"`           // SHA-256 of each public key
	Root    string            `json:"root,omitempty"` // the manufacturer's public key, once it is known
}

const (
	recordFile = "role.json"
	auditFile  = "audit"

	// A folder in use is tried for three seconds.
	lockTries = 60
	lockPause = 50 * time.Millisecond
)

// Folder is a role's folder, held by this process.
type Folder struct {
	Dir  string
	Now  func() time.Time
	held *os.File
	log  *audit.Log
	r    record

	pin   func() ([]byte, error)
	token *token.Token
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$`)

// Options say who acts, and with what.
type Options struct {
	Name  string                 // who it is, for certificates; 1 to 64 letters, digits, spaces, ._-
	Token *Token                 // nil: keys lie in files
	PIN   func() ([]byte, error) // asked for when the token is first needed
	Now   func() time.Time       // nil: time.Now
}

// Create sets a role up in a folder that is new or empty.
func Create(dir string, n Name, o Options) (*Folder, error) {
	if !nameForm.MatchString(o.Name) {
		return nil, errors.New("a name has 1 to 64 letters, digits, spaces, full stops, hyphens and underscores")
	}
	f, err := hold(dir, o)
	if err != nil {
		return nil, err
	}
	err = f.read()
	switch {
	case err == nil && f.r.Role != n:
		err = f.other(n)
	case err == nil:
		err = ErrExists
	case errors.Is(err, os.ErrNotExist):
		f.r = record{Role: n, Name: o.Name, Created: f.Now().UTC().Truncate(time.Second), Token: o.Token, Keys: map[string]string{}}
		err = f.begin()
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// begin refuses a token that another role keeps its keys in.
func (f *Folder) begin() (err error) {
	if f.log, err = audit.Open(f.path(auditFile)); err != nil {
		return err
	}
	if f.r.Token != nil {
		if err := f.tokenIsFree(); err != nil {
			return err
		}
	}
	return f.save()
}

// Open opens a role's folder. It returns ErrOtherRole, ErrNone, ErrInUse,
// audit.ErrBroken or an error of reading.
func Open(dir string, n Name, o Options) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(dir, recordFile)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNone)
	}
	f, err := hold(dir, o)
	if err != nil {
		return nil, err
	}
	if err = f.read(); err == nil && f.r.Role != n {
		err = f.other(n)
	}
	if err == nil {
		f.log, err = audit.Open(f.path(auditFile))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Which tells whose folder it is.
func Which(dir string) (Name, error) {
	f := &Folder{Dir: dir}
	if err := f.read(); err != nil {
		return "", err
	}
	return f.r.Role, nil
}

func (f *Folder) other(n Name) error {
	return fmt.Errorf("%w: %s is the %s's, not the %s's", ErrOtherRole, f.Dir, f.r.Role, n)
}

func hold(dir string, o Options) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s must be for its owner alone (mode 0700): %w", dir, errors.Join(err, os.ErrPermission))
	}
	held, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(held); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	f := &Folder{Dir: dir, Now: o.Now, held: held, pin: o.PIN}
	if f.Now == nil {
		f.Now = time.Now
	}
	return f, nil
}

// lock waits for another process's act to end; most take milliseconds.
func lock(f *os.File) error {
	for range lockTries {
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil { //nolint:gosec // a descriptor
			return nil
		}
		time.Sleep(lockPause)
	}
	return ErrInUse
}

func (f *Folder) read() error {
	b, err := os.ReadFile(f.path(recordFile))
	if err != nil {
		return err
	}
	if json.Unmarshal(b, &f.r) != nil || f.r.Keys == nil || !nameForm.MatchString(f.r.Name) {
		return fmt.Errorf("%s is damaged", f.path(recordFile))
	}
	return nil
}

func (f *Folder) save() error {
	b, err := json.MarshalIndent(f.r, "", "  ")
	if err != nil {
		return err
	}
	return f.Put(recordFile, append(b, '\n'))
}

// Close lets the folder go, and ends the token's program.
func (f *Folder) Close() error {
	var err error
	if f.token != nil {
		err = f.token.Close()
	}
	return errors.Join(err, f.held.Close())
}

func (f *Folder) path(name string) string { return filepath.Join(f.Dir, filepath.FromSlash(name)) }

// Name is who it is.
func (f *Folder) Name() string { return f.r.Name }

// Role is the folder's.
func (f *Folder) Role() Name { return f.r.Role }

// Get reads what the role keeps under a name.
func (f *Folder) Get(name string) ([]byte, error) { return os.ReadFile(f.path(name)) }

// Put keeps something under a name, in one step.
func (f *Folder) Put(name string, b []byte) error {
	path := f.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Did writes an act down: what was done to whom, and the SHA-256 of what came of it.
func (f *Folder) Did(act, subject string, result []byte) error {
	who := string(f.r.Role) + " " + f.r.Name
	if u, err := user.Current(); err == nil {
		who += ", " + u.Username
	}
	e := audit.Entry{Time: f.Now(), Who: who, Act: act, Subject: subject}
	if result != nil {
		sum := sha256.Sum256(result)
		e.Digest = hex.EncodeToString(sum[:])
	}
	return f.log.Add(e)
}

// Record reads a role's acts and the digest of the last.
func Record(dir string) ([]audit.Entry, string, error) {
	return audit.Read(filepath.Join(dir, auditFile))
}
