package applications

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/internal/entitlement"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/tahost"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// Space is one application's part of the trusted storage. What is read goes into
// room; what is written may lie in secret memory.
type Space interface {
	Get(name string, room []byte) (int, error)
	Put(name string, value []byte) error
	Delete(name string) error
	List() ([]string, error)
}

// Spaces opens and erases spaces; the kernel has them in its storage. Refusal tells
// an application's own fault (not found, quota, too long) from the storage's.
type Spaces interface {
	Open(application string, bytes int) (Space, error)
	// Erase gives up everything that an application has stored, keys too.
	Erase(application string) error
	Refusal(err error) call.Code
}

// storageFunctions are 128 to 131.
func storageFunctions() tahost.HostFunctions {
	return tahost.HostFunctions{
		call.FnGet: permitted(func(s Space, mem []byte) (int, error) {
			if !call.ValidName(mem) {
				return 0, call.CodeMalformed
			}
			return s.Get(string(mem), mem[:cap(mem)])
		}),
		call.FnPut: permitted(func(s Space, mem []byte) (int, error) {
			name, value, ok := call.ParsePut(mem)
			if !ok {
				return 0, call.CodeMalformed
			}
			return 0, s.Put(string(name), value)
		}),
		call.FnDelete: permitted(func(s Space, mem []byte) (int, error) {
			if !call.ValidName(mem) {
				return 0, call.CodeMalformed
			}
			return 0, s.Delete(string(mem))
		}),
		call.FnList: permitted(list),
	}
}

func list(s Space, mem []byte) (int, error) {
	names, err := s.List()
	if err != nil {
		return 0, err
	}
	out := mem[:0]
	for _, n := range names {
		if len(out)+1+len(n) > cap(mem) {
			return 0, call.CodeTooLong
		}
		out = append(append(out, byte(len(n))), n...)
	}
	return len(out), nil
}

// permitted asks for the permission at each call: an application without it has no
// space.
func permitted(f func(Space, []byte) (int, error)) tahost.HostFunc {
	return func(ctx context.Context, mem []byte) (int, int32) {
		s, ok := tahost.SessionFrom(ctx).(*session)
		if !ok || s.space == nil {
			return 0, int32(call.CodeNotPermitted)
		}
		n, err := f(s.space, mem)
		var code call.Code
		switch {
		case err == nil:
			return n, 0
		case errors.As(err, &code):
			return 0, int32(code)
		}
		return 0, int32(call.CodeFailed)
	}
}

// shelf tells the storage's refusals as codes.
type shelf struct {
	Space
	spaces Spaces
}

func (s shelf) Get(name string, room []byte) (int, error) {
	n, err := s.Space.Get(name, room)
	return n, s.told(err)
}

func (s shelf) Put(name string, value []byte) error { return s.told(s.Space.Put(name, value)) }

func (s shelf) Delete(name string) error { return s.told(s.Space.Delete(name)) }

func (s shelf) told(err error) error {
	if err == nil {
		return nil
	}
	return s.spaces.Refusal(err)
}

// permissions are what the services may do for a grant.
func permissions(p entitlement.Permissions) services.Permissions {
	if p.Has(entitlement.Crypto) {
		return services.PermitAll
	}
	return 0
}
