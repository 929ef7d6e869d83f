package compiled

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

var errOther = errors.New("compiled: wazero's cache is not as expected")

// Cache is a cache of wazero that finds code on the shelf, and puts there what it did
// not find. Each application is to have its own: what shares a cache shares an engine.
func (s *Shelf) Cache() (wazero.CompilationCache, error) {
	cache := wazero.NewCompilationCache()
	pointer := reflect.ValueOf(cache)
	if pointer.Kind() != reflect.Pointer || pointer.Elem().Kind() != reflect.Struct {
		return nil, errOther
	}
	place := pointer.Elem().FieldByName("fileCache")
	if !place.IsValid() || place.Kind() != reflect.Interface || !reflect.TypeFor[store]().Implements(place.Type()) {
		return nil, errOther
	}
	// The field is not exported, hence by its address; its type was compared above.
	reflect.NewAt(place.Type(), unsafe.Pointer(place.UnsafeAddr())).Elem().Set(reflect.ValueOf(store{s})) //nolint:gosec // see above
	return cache, nil
}

// store is what wazero's cache asks: its package internal/filecache has the interface.
type store struct{ *Shelf }

// Get finds the code of a module; wazero closes it.
func (s store) Get(k key) (io.ReadCloser, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code, found := s.given[k]
	if !found {
		return nil, false, nil
	}
	s.used[k] = code
	return io.NopCloser(bytes.NewReader(code)), true, nil
}

// Add takes what was compiled.
func (s store) Add(k key, content io.Reader) error {
	code, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[k], s.made = code, true
	return nil
}

// Delete drops code of another version of wazero.
func (s store) Delete(k key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.given, k)
	delete(s.used, k)
	return nil
}
