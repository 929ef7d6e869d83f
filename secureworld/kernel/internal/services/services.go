package services

import (
	"errors"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Permissions is what an owner may use, a set.
type Permissions uint8

// Permissions.
const (
	PermitCompute      Permissions = 1 << iota // random numbers and hashes
	PermitKeys                                 // keys of a session
	PermitPersistent                           // keys that outlive it
	PermitImport                               // secrets from outside
	PermitCertificates                         // the certificate store
	PermitData                                 // the data store
)

// PermitAll is every permission.
const PermitAll = PermitCompute | PermitKeys | PermitPersistent | PermitImport | PermitCertificates | PermitData

// Space is one owner's part of a store, which keeps values secret, authentic and
// current. Names are letters and digits; what is read goes into room, and what is
// written may lie in secret memory. Get and Delete answer a name that is not there
// with ErrNotFound.
type Space interface {
	Get(name string, room []byte) (int, error)
	Put(name string, value []byte) error
	Delete(name string) error
	List() ([]string, error)
}

// ErrNotFound is a Space's answer to a name that is not there.
var ErrNotFound = errors.New("services: no such name")

// Stores are the three spaces of one owner.
type Stores struct{ Keys, Certificates, Data Space }

// Config of the services.
type Config struct {
	Memory Memory
	// Spaces opens the stores of an owner. Without it keys last for a session, and
	// the stores refuse.
	Spaces func(owner string) (Stores, error)
	// Device names this device in its certificates.
	Device string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Services are the cryptographic services of one kernel.
type Services struct {
	cfg        Config
	algorithms [call.AlgorithmEnd]algorithm
	hashes     [call.HashEnd - call.SHA256]hashing
	scratch    chan []byte

	mu      sync.Mutex
	estates map[Owner]*estate

	issuer    sync.Mutex // taken under an estate's lock, which is taken under mu
	authority *authority
}

// New takes the rooms that operations need.
func New(cfg Config) (*Services, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Services{cfg: cfg, algorithms: algorithms(), hashes: hashes(), scratch: make(chan []byte, scratchRooms), estates: map[Owner]*estate{}}
	for range scratchRooms {
		room, err := cfg.Memory.Room(call.MaxRequest)
		if err != nil {
			return nil, err
		}
		s.scratch <- room
	}
	return s, nil
}

// Session is one caller's use of the services, such as one instance of an
// application. Its methods may be called from several goroutines.
type Session struct {
	s      *Services
	owner  Owner
	permit func() Permissions
	limit  int // of the owner's keys; 0: the usual limits alone

	mu     sync.Mutex
	keys   map[uint32]*key // of this session
	estate *estate         // nil until it is needed
	closed bool
}

// Session begins one. permit is asked at every call, so that what is taken away
// is gone at once.
func (s *Services) Session(o Owner, permit func() Permissions) *Session {
	return &Session{s: s, owner: o, permit: permit, keys: map[uint32]*key{}}
}

// Limit lets the owner have so many keys, of this and all its sessions, and no more.
// Call it before the session is used.
func (c *Session) Limit(keys int) { c.limit = keys }

// Close ends the keys of the session.
func (c *Session) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for handle, k := range c.keys {
		k.end()
		delete(c.keys, handle)
		c.estate.leave()
	}
	c.closed = true
}

func (c *Session) allowed(p Permissions) call.Code {
	if c.permit()&p != p {
		return call.CodeNotPermitted
	}
	return call.OK
}

// place finds the estate, once.
func (c *Session) place() (*estate, call.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, call.CodeInternal
	}
	if c.estate != nil {
		return c.estate, call.OK
	}
	e, code := c.s.estateOf(c.owner)
	c.estate = e
	return e, code
}
