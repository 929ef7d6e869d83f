package pairing

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Errors about clients.
var (
	ErrUnknown = errors.New("pairing: no such client")
	ErrRevoked = errors.New("pairing: the client's pairing was ended")
	ErrTooMany = errors.New("pairing: no more clients can be paired")
)

// Digest is the SHA-256 of a token: all that is kept of it.
type Digest [sha256.Size]byte

// Record is a client as it is stored. The token has 256 random bits, so that its
// plain hash tells nothing.
type Record struct {
	ID      string
	Name    string
	Scopes  Scopes
	Token   Digest
	Next    *Digest // told, and not used yet
	Created time.Time
	Revoked bool
}

// Store keeps clients durably.
type Store interface {
	// Clients returns all, in the order in which they were first put.
	Clients() ([]Record, error)
	// PutClient stores a client in place of what is known under its name.
	PutClient(Record) error
	// DropClient forgets one.
	DropClient(id string) error
}

// Client is a paired client as others may see it.
type Client struct {
	ID       string
	Name     string
	Scopes   Scopes
	Created  time.Time
	LastSeen time.Time // zero: not since this start
	Rotating bool
}

// Clients are those that are, or were, paired. It may be used by many at once.
type Clients struct {
	mu    sync.Mutex
	store Store
	now   func() time.Time
	all   []*entry // oldest first
}

type entry struct {
	Record
	seen time.Time
}

// Load reads the clients of a store.
func Load(s Store, now func() time.Time) (*Clients, error) {
	records, err := s.Clients()
	if err != nil {
		return nil, fmt.Errorf("pairing: reading the clients: %w", err)
	}
	c := &Clients{store: s, now: now}
	for _, r := range records {
		c.all = append(c.all, &entry{Record: r})
	}
	return c, nil
}

// Authenticate returns the client of a token, ErrRevoked where its pairing was
// ended, or ErrUnknown. The first use of a new token ends the one before.
func (c *Clients) Authenticate(token string) (Client, error) {
	id, _, _ := strings.Cut(token, ".")
	given := Digest(sha256.Sum256([]byte(token)))
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id)
	if e == nil {
		e = &entry{} // a stranger's token is compared all the same
	}
	current, next := equal(given, &e.Token), equal(given, e.Next)
	switch {
	case e.ID == "" || !current && !next:
		return Client{}, ErrUnknown
	case e.Revoked:
		return Client{}, ErrRevoked
	}
	if next {
		r := e.Record
		r.Token, r.Next = given, nil
		if err := c.put(e, r); err != nil {
			return Client{}, err
		}
	}
	e.seen = c.now()
	return e.shown(), nil
}

func equal(given Digest, want *Digest) bool {
	return want != nil && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// add pairs a client and returns its token, which is told this once.
func (c *Clients) add(name string, s Scopes) (Client, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.living()) >= maxClients {
		return Client{}, "", ErrTooMany
	}
	id := drawID(clientPrefix)
	token := drawToken(id)
	e := &entry{}
	if err := c.put(e, Record{ID: id, Name: name, Scopes: s, Token: sha256.Sum256([]byte(token)), Created: c.now()}); err != nil {
		return Client{}, "", err
	}
	c.all = append(c.all, e)
	return e.shown(), token, nil
}

// Full reports whether no more clients can be paired.
func (c *Clients) Full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.living()) >= maxClients
}

// Revoke ends a pairing. What was paid with it stays.
func (c *Clients) Revoke(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id)
	if e == nil || e.Revoked {
		return ErrUnknown
	}
	r := e.Record
	r.Revoked, r.Next = true, nil
	if err := c.put(e, r); err != nil {
		return err
	}
	return c.forgetOldest()
}

// Rotate gives a client another token. Asked for by the client itself, the one
// before holds until the new one is used: an answer that is lost locks nobody out.
// Asked for by another, who may know that it was stolen, it ends at once.
func (c *Clients) Rotate(id string, itself bool) (Client, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id)
	if e == nil || e.Revoked {
		return Client{}, "", ErrUnknown
	}
	token := drawToken(id)
	digest := Digest(sha256.Sum256([]byte(token)))
	r := e.Record
	if itself {
		r.Next = &digest
	} else {
		r.Token, r.Next = digest, nil
	}
	if err := c.put(e, r); err != nil {
		return Client{}, "", err
	}
	return e.shown(), token, nil
}

// Get returns a client, or ErrUnknown.
func (c *Clients) Get(id string) (Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id)
	if e == nil || e.Revoked {
		return Client{}, ErrUnknown
	}
	return e.shown(), nil
}

// List returns the clients that are paired, oldest first.
func (c *Clients) List() []Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []Client{}
	for _, e := range c.living() {
		list = append(list, e.shown())
	}
	return list
}

// put makes a change durable before it holds.
func (c *Clients) put(e *entry, r Record) error {
	if err := c.store.PutClient(r); err != nil {
		return fmt.Errorf("pairing: storing a client: %w", err)
	}
	e.Record = r
	return nil
}

func (c *Clients) find(id string) *entry {
	for _, e := range c.all {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (c *Clients) living() []*entry {
	living := slices.Clone(c.all)
	return slices.DeleteFunc(living, func(e *entry) bool { return e.Revoked })
}

// forgetOldest bounds how many ended pairings are remembered.
func (c *Clients) forgetOldest() error {
	if len(c.all)-len(c.living()) <= maxRevoked {
		return nil
	}
	i := slices.IndexFunc(c.all, func(e *entry) bool { return e.Revoked })
	if err := c.store.DropClient(c.all[i].ID); err != nil {
		return fmt.Errorf("pairing: forgetting a client: %w", err)
	}
	c.all = slices.Delete(c.all, i, i+1)
	return nil
}

func (e *entry) shown() Client {
	return Client{ID: e.ID, Name: e.Name, Scopes: e.Scopes, Created: e.Created, LastSeen: e.seen, Rotating: e.Next != nil}
}
