package applets

import (
	"crypto/ed25519"
	"errors"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

// Platform is an element's applets. Any number of goroutines may use it.
type Platform struct {
	authority ed25519.PublicKey
	root      root
	turns     chan struct{} // one for each run

	admission sync.Mutex // one package is verified and made ready at a time

	mu       sync.Mutex
	partial  map[element.PackageID]*partial  // guarded by mu
	admitted map[element.PackageID]*admitted // guarded by mu
	floors   map[name]uint64                 // guarded by mu; lowest versions
	clock    uint64                          // guarded by mu; of pieces
}

// name is what an applet is known by, whatever its version.
type name struct{ developer, applet string }

// New makes a platform for the applets of one authority, with 32 bytes of key, which the
// caller clears.
func New(authority ed25519.PublicKey, key []byte) (*Platform, error) {
	if len(authority) != ed25519.PublicKeySize {
		return nil, errors.New("applets: no authority")
	}
	r, err := newRoot(key)
	if err != nil {
		return nil, err
	}
	return &Platform{
		authority: authority, root: r, turns: make(chan struct{}, maxRuns),
		partial: make(map[element.PackageID]*partial), admitted: make(map[element.PackageID]*admitted), floors: make(map[name]uint64),
	}, nil
}

// Close forgets every applet and erases the keys. Nothing is asked after it.
func (p *Platform) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.admitted {
		a.close()
	}
	clear(p.admitted)
	clear(p.partial)
	p.root.erase()
}

// AdmitApplet implements element.Applets.
func (p *Platform) AdmitApplet(r element.AdmitApplet) (element.AppletAdmitted, error) {
	p.admission.Lock() // a question that comes twice is verified once
	defer p.admission.Unlock()
	if a := p.find(r.Package); a != nil {
		return element.AppletAdmitted{Version: a.Version}, nil
	}
	pkg := p.whole(r.Package)
	if pkg == nil {
		p.want(r)
		return element.AppletAdmitted{}, element.CodeNotLoaded
	}
	opened, err := applet.Open(pkg, p.authority, time.Unix(int64(min(r.Time, 1<<40)), 0)) //nolint:gosec // bounded
	if err != nil {
		return element.AppletAdmitted{}, element.CodeSeal
	}
	if !p.admissible(r.Package, &opened) {
		return element.AppletAdmitted{}, element.CodeNotLoaded
	}
	a, err := p.ready(opened)
	if err != nil {
		return element.AppletAdmitted{}, element.CodeApplet
	}
	p.admit(r.Package, a)
	return element.AppletAdmitted{Version: a.Version}, nil
}

// wait returns an applet that is admitted, or about to be: a member may be slower to do
// so than those whose answer was enough.
func (p *Platform) wait(id element.PackageID) *admitted {
	if a := p.find(id); a != nil {
		return a
	}
	p.admission.Lock()
	defer p.admission.Unlock()
	return p.find(id)
}

func (p *Platform) find(id element.PackageID) *admitted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.admitted[id]
}

// admissible tells whether a version may come in: it is higher than the one that is here
// and not below what was here, and there is room. The caller holds admission.
func (p *Platform) admissible(id element.PackageID, a *applet.Applet) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := name{a.Developer, a.Name}
	if a.Version < p.floors[of] {
		return false
	}
	if _, known := p.floors[of]; !known && len(p.floors) >= maxFloors {
		return false
	}
	for _, other := range p.admitted {
		if other.name() == of {
			return other.Version < a.Version
		}
	}
	return len(p.admitted) < applet.MaxAdmitted
}

// admit takes an applet in, in the place of a lower version.
func (p *Platform) admit(id element.PackageID, a *admitted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other, old := range p.admitted {
		if old.name() == a.name() {
			old.close()
			delete(p.admitted, other)
		}
	}
	p.admitted[id] = a
	p.floors[a.name()] = max(p.floors[a.name()], a.Minimum)
	delete(p.partial, id)
}

// UnloadApplet implements element.Applets.
func (p *Platform) UnloadApplet(r element.UnloadApplet) (element.Verified, error) {
	p.admission.Lock()
	defer p.admission.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.admitted[r.Package]; a != nil {
		a.close()
		delete(p.admitted, r.Package)
	}
	delete(p.partial, r.Package)
	return element.Verified{}, nil
}
