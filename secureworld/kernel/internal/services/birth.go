package services

import (
	"crypto/rand"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Request is what a key that is to be made is to be.
type Request struct {
	Algorithm  call.Algorithm
	Usage      call.Usage
	Persistent bool
	Label      []byte // empty, or one that none of the owner's persistent keys has
}

// needs is what the caller must be permitted.
func (r Request) needs() Permissions {
	if r.Persistent {
		return PermitKeys | PermitPersistent
	}
	return PermitKeys
}

// check returns the algorithm's line.
func (c *Session) check(r Request, more Permissions) (algorithm, call.Code) {
	if code := c.allowed(r.needs() | more); code != call.OK {
		return algorithm{}, code
	}
	a, code := c.s.known(r.Algorithm)
	switch {
	case code != call.OK:
		return a, code
	case !a.permits(r.Usage):
		return a, call.CodeUsage
	case len(r.Label) > call.MaxName:
		return a, call.CodeTooLong
	}
	return a, call.OK
}

// Generate makes a key of random bits.
func (c *Session) Generate(r Request) (uint32, call.Code) {
	a, code := c.check(r, 0)
	if code != call.OK {
		return 0, code
	}
	if a.secret == 0 {
		return c.generatePrivate(a, r)
	}
	return c.bear(a, r, a.secret, func(secret []byte) call.Code {
		_, _ = rand.Read(secret) // never fails
		return call.OK
	})
}

// Import takes a symmetric key from outside.
func (c *Session) Import(r Request, secret []byte) (uint32, call.Code) {
	a, code := c.check(r, PermitImport)
	switch {
	case code != call.OK:
		return 0, code
	case a.secret == 0:
		return 0, call.CodeAlgorithm
	case len(secret) > call.MaxSecret:
		return 0, call.CodeTooLong
	case len(secret) != a.secret && !a.elastic || len(secret) < 16:
		return 0, call.CodeMalformed
	}
	return c.bear(a, r, len(secret), func(room []byte) call.Code { copy(room, secret); return call.OK })
}

// bear makes a symmetric key of n bytes that fill writes into secret memory.
func (c *Session) bear(a algorithm, r Request, n int, fill func([]byte) call.Code) (handle uint32, code call.Code) {
	err := withRoom(c.s.cfg.Memory, n, func(room []byte) error {
		if code = fill(room); code != call.OK {
			return nil
		}
		m, err := a.open(c.s.cfg.Memory, room)
		if err != nil {
			return err
		}
		handle, code = c.enter(r, m, room)
		return nil
	})
	if err != nil {
		return 0, call.CodeQuota // the key pool is full
	}
	return handle, code
}

// generatePrivate makes a private key, on the heap.
func (c *Session) generatePrivate(a algorithm, r Request) (uint32, call.Code) {
	if code := c.room(r); code != call.OK {
		return 0, code // before the work
	}
	m, err := a.generate()
	if err != nil {
		return 0, call.CodeInternal
	}
	secret, err := m.marshal()
	if err != nil {
		return 0, call.CodeInternal
	}
	defer clear(secret)
	return c.enter(r, m, secret)
}

// room reports whether the owner may have another key.
func (c *Session) room(r Request) call.Code {
	e, code := c.place()
	if code != call.OK {
		return code
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hasRoom(r, c.limit)
}

func (e *estate) hasRoom(r Request, limit int) call.Code {
	switch {
	case limit > 0 && e.session+len(e.persistent) >= limit:
		return call.CodeQuota
	case !r.Persistent && e.session >= maxSession, r.Persistent && len(e.persistent) >= maxPersistent:
		return call.CodeQuota
	case r.Persistent && e.stores.Keys == nil:
		return call.CodeStorage
	case r.Persistent && len(r.Label) > 0 && e.labelled(string(r.Label)) != nil:
		return call.CodeExists
	}
	return call.OK
}

// enter gives a key its handle. secret is what it rests as.
func (c *Session) enter(r Request, m material, secret []byte) (uint32, call.Code) {
	k := &key{algorithm: r.Algorithm, usage: r.Usage, persistent: r.Persistent, label: string(r.Label), material: m}
	code := c.keep(k, r, secret)
	if code != call.OK {
		k.end()
		return 0, code
	}
	return k.handle, call.OK
}

func (c *Session) keep(k *key, r Request, secret []byte) call.Code {
	e, code := c.place()
	if code != call.OK {
		return code
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if code := e.hasRoom(r, c.limit); code != call.OK {
		return code
	}
	if c.closed {
		return call.CodeInternal
	}
	k.handle = c.newHandle(e)
	if !k.persistent {
		c.keys[k.handle] = k
		e.session++
		return call.OK
	}
	if code := c.s.store(e, k, secret); code != call.OK {
		return code
	}
	e.persistent[k.handle] = k
	return call.OK
}

func (e *estate) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.session--
}

func (e *estate) labelled(label string) *key {
	for _, k := range e.persistent {
		if k.label == label {
			return k
		}
	}
	return nil
}

// Find looks for a persistent key by its label, once after a start.
func (c *Session) Find(label []byte) (Key, call.Code) {
	e, code := c.keysOf()
	if code != call.OK {
		return Key{}, code
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if k := e.labelled(string(label)); k != nil && len(label) > 0 {
		return k.public(), call.OK
	}
	return Key{}, call.CodeNoKey
}

func (c *Session) keysOf() (*estate, call.Code) {
	if code := c.allowed(PermitKeys); code != call.OK {
		return nil, code
	}
	return c.place()
}

// Describe tells what a key is.
func (c *Session) Describe(handle uint32) (Key, call.Code) {
	if code := c.allowed(PermitKeys); code != call.OK {
		return Key{}, code
	}
	k, code := c.find(handle)
	if code != call.OK {
		return Key{}, code
	}
	return k.public(), call.OK
}

// List gives the keys that this session can use.
func (c *Session) List() ([]Key, call.Code) {
	e, code := c.keysOf()
	if code != call.OK {
		return nil, code
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Key
	for _, table := range []map[uint32]*key{c.keys, e.persistent} {
		for _, k := range table {
			all = append(all, k.public())
		}
	}
	return all, call.OK
}

// Delete ends a key, durably where it was persistent.
func (c *Session) Delete(handle uint32) call.Code {
	if code := c.allowed(PermitKeys); code != call.OK {
		return code
	}
	k, code := c.find(handle)
	if code != call.OK {
		return code
	}
	if code := c.strike(k); code != call.OK {
		return code
	}
	k.end()
	return call.OK
}

func (c *Session) strike(k *key) call.Code {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.estate.mu.Lock()
	defer c.estate.mu.Unlock()
	switch {
	case k.persistent && c.estate.persistent[k.handle] == k:
		if c.estate.stores.Keys.Delete(k.name()) != nil {
			return call.CodeStorage
		}
		delete(c.estate.persistent, k.handle)
	case !k.persistent && c.keys[k.handle] == k:
		delete(c.keys, k.handle)
		c.estate.session--
	default:
		return call.CodeNoKey // another was faster
	}
	return call.OK
}
