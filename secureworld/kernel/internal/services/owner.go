package services

import (
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk/crypto/call"
)

// Owner is whose a key is: the app world, or a trusted application.
type Owner struct{ name string }

// AppWorld owns what the merchant's program asked for.
func AppWorld() Owner { return Owner{"app world"} }

// Application is the owner of that name. Names of applications have no space, so
// none is the app world's.
func Application(name string) (Owner, bool) {
	if name == "" || len(name) > call.MaxName {
		return Owner{}, false
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return Owner{}, false
		}
	}
	return Owner{name}, true
}

// Name is the application's, or "app world".
func (o Owner) Name() string { return o.name }

// estate is what one owner has.
type estate struct {
	owner  Owner
	stores Stores

	mu         sync.Mutex
	persistent map[uint32]*key
	session    int // keys of all sessions
	verified   map[string]*verified
}

// estateOf finds an owner's estate, and opens it at the first use.
func (s *Services) estateOf(o Owner) (*estate, call.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.estates[o]; ok {
		return e, call.OK
	}
	if len(s.estates) >= maxOwners {
		return nil, call.CodeQuota
	}
	e := &estate{owner: o, persistent: map[uint32]*key{}, verified: map[string]*verified{}}
	if code := s.openEstate(e); code != call.OK {
		return nil, code
	}
	s.estates[o] = e
	return e, call.OK
}

func (s *Services) openEstate(e *estate) call.Code {
	if s.cfg.Spaces == nil {
		return call.OK
	}
	var err error
	if e.stores, err = s.cfg.Spaces(e.owner.name); err != nil {
		return call.CodeStorage
	}
	return s.loadKeys(e)
}

// Forget ends what is kept open of an application: its persistent keys are erased
// from memory, and its stores are opened anew at the next use. Its sessions must have
// ended.
func (s *Services) Forget(application string) {
	owner, ok := Application(application)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.estates[owner]
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range e.persistent {
		k.end()
	}
	delete(s.estates, owner)
}
