package services

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// PutData keeps a value under a name.
func (c *Session) PutData(name, value []byte) call.Code {
	e, object, code := c.datum(name)
	switch {
	case code != call.OK:
		return code
	case len(value) > call.MaxValue:
		return call.CodeTooLong
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.put(e.stores.Data, maxData, object, value)
}

// GetData appends the value.
func (c *Session) GetData(dst, name []byte) ([]byte, call.Code) {
	e, object, code := c.datum(name)
	if code != call.OK {
		return nil, code
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	err := withRoom(c.s.cfg.Memory, call.MaxValue, func(room []byte) error {
		n, err := e.stores.Data.Get(object, room)
		dst = append(dst, room[:n]...)
		return err
	})
	if err != nil {
		return nil, notFound(err)
	}
	return dst, call.OK
}

// DeleteData removes a value.
func (c *Session) DeleteData(name []byte) call.Code {
	e, object, code := c.datum(name)
	if code != call.OK {
		return code
	}
	return e.remove(e.stores.Data, object)
}

func (c *Session) datum(name []byte) (*estate, string, call.Code) {
	if code := c.allowed(PermitData); code != call.OK {
		return nil, "", code
	}
	e, code := c.place()
	switch {
	case code != call.OK:
		return nil, "", code
	case e.stores.Data == nil:
		return nil, "", call.CodeStorage
	}
	object, code := objectName(name)
	return e, object, code
}

// put holds a store to its number of objects.
func (e *estate) put(space Space, limit int, object string, value []byte) call.Code {
	names, err := space.List()
	switch {
	case err != nil:
		return call.CodeStorage
	case len(names) >= limit && !slices.Contains(names, object):
		return call.CodeQuota
	}
	e.changed(space)
	if space.Put(object, value) != nil {
		return call.CodeStorage
	}
	return call.OK
}

func (e *estate) remove(space Space, object string) call.Code {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.changed(space)
	if err := space.Delete(object); err != nil {
		return notFound(err)
	}
	return call.OK
}

// changed: what was verified with other certificates is to be verified anew.
func (e *estate) changed(space Space) {
	if space == e.stores.Certificates {
		clear(e.verified)
	}
}
