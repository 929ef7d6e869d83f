package storage

// Get copies an object into room and returns its size. The room may be secret
// memory; nothing of the object lies elsewhere afterwards. Errors: ErrNotFound,
// ErrRoom, and what is wrong with the object.
func (p *Space) Get(name string, room []byte) (int, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	e, c, err := p.entry(name)
	if err != nil {
		return 0, err
	}
	if len(room) < int(e.size) {
		return 0, ErrRoom
	}
	at := place{kindObject, p.space, e.object, e.version}
	n := 0
	return n, p.s.fetch(at, e.tag, c.key, func(body []byte) error {
		n = copy(room, body)
		return nil
	})
}

// Size of an object, without reading it.
func (p *Space) Size(name string) (int, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	e, _, err := p.entry(name)
	return int(e.size), err
}

// List names all objects, in ascending order.
func (p *Space) List() (names []string, err error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, c, err := p.open()
	if err != nil {
		return nil, err
	}
	for _, e := range c.index.entries {
		names = append(names, e.name)
	}
	return names, nil
}

// Used is what counts against the quota now.
func (p *Space) Used() (Quota, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, c, err := p.open()
	if err != nil {
		return Quota{}, err
	}
	return Quota{Objects: len(c.index.entries), Bytes: c.index.bytes()}, nil
}

// Put makes data the object of that name, durably; data stays as it is and may
// lie in secret memory. Errors: ErrName, ErrTooLong, ErrQuota, ErrDead.
func (p *Space) Put(name string, data []byte) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	l, c, err := p.open()
	if err != nil {
		return err
	}
	if !validName(name) {
		return ErrName
	}
	if len(data) > MaxObject {
		return ErrTooLong
	}
	e := entry{name: name, object: c.index.next, version: 1, size: uint32(len(data))}
	if i, found := c.index.find(name); found {
		e.object, e.version = c.index.entries[i].object, c.index.entries[i].version+1
	}
	next := c.index.with(e)
	if !p.fits(next, c.index) {
		return ErrQuota
	}
	return p.store(l, c, next, e, data)
}

// fits: a change that makes a space smaller is permitted also where a smaller
// quota was given meanwhile.
func (p *Space) fits(next, now *index) bool {
	objects, bytes := len(next.entries), next.bytes()
	if objects > MaxObjects || next.next == 1<<32-1 {
		return false
	}
	return objects <= p.quota.Objects && bytes <= p.quota.Bytes ||
		objects <= len(now.entries) && bytes <= now.bytes()
}

func (p *Space) store(l line, c *content, next *index, e entry, data []byte) error {
	at := place{kindObject, p.space, e.object, e.version}
	err := p.s.withRoom(len(data)+tagSize, func(room []byte) error {
		copy(room, data)
		b, t, err := p.s.seal(c.key, room, len(data), at)
		if err != nil {
			return err
		}
		i, _ := next.find(e.name)
		next.entries[i].tag = t
		return p.s.stage(at, b)
	})
	if err != nil {
		return err
	}
	if err := p.s.commitIndex(l, c, next); err != nil {
		return err
	}
	p.s.drop(at.before())
	return nil
}

// Delete removes an object, durably. Errors: ErrNotFound, ErrDead.
func (p *Space) Delete(name string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	l, c, err := p.open()
	if err != nil {
		return err
	}
	i, found := c.index.find(name)
	if !found {
		return ErrNotFound
	}
	e := c.index.entries[i]
	if err := p.s.commitIndex(l, c, c.index.without(i)); err != nil {
		return err
	}
	p.s.drop(place{kindObject, p.space, e.object, e.version})
	return nil
}

// Check reads every object and returns the first that is not as it was written,
// with what is wrong with it.
func (p *Space) Check() (name string, err error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	_, c, err := p.open()
	if err != nil {
		return "", err
	}
	for _, e := range c.index.entries {
		at := place{kindObject, p.space, e.object, e.version}
		if err := p.s.fetch(at, e.tag, c.key, func([]byte) error { return nil }); err != nil {
			return e.name, err
		}
	}
	return "", nil
}

// open finds the space again in what is in force.
func (p *Space) open() (line, *content, error) {
	if p.s.dead != nil {
		return line{}, nil, ErrDead
	}
	i, found := p.s.table.find(p.name)
	if !found || p.s.table.lines[i].space != p.space {
		return line{}, nil, ErrNoSpace
	}
	c := p.s.contents[p.space]
	switch {
	case c == nil:
		return line{}, nil, ErrLocked
	case c.err != nil:
		return line{}, nil, c.err
	}
	return p.s.table.lines[i], c, nil
}

func (p *Space) entry(name string) (entry, *content, error) {
	_, c, err := p.open()
	if err != nil {
		return entry{}, nil, err
	}
	i, found := c.index.find(name)
	if !found {
		return entry{}, nil, ErrNotFound
	}
	return c.index.entries[i], c, nil
}

// commitIndex puts the next index of a space in force.
func (s *Store) commitIndex(l line, c *content, next *index) error {
	body := next.encode()
	at := place{kind: kindIndex, space: l.space, version: l.version + 1}
	err := s.withRoom(len(body)+tagSize, func(room []byte) error {
		copy(room, body)
		b, t, err := s.seal(c.key, room, len(body), at)
		if err != nil {
			return err
		}
		l.version, l.tag = at.version, t
		return s.stage(at, b)
	})
	if err != nil {
		return err
	}
	if err := s.commit(s.table.with(l)); err != nil {
		return err
	}
	c.index = next
	return nil
}

// drop removes a file that nothing refers to any more. What a power cut or an
// error leaves is removed at the next start.
func (s *Store) drop(p place) { _ = s.disk.Remove(p.file()) }
