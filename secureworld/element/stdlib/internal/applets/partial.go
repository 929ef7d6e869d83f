package applets

import (
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

// partial is a package of which some pieces are here. It stays when it was refused, so
// that who asks again hears the same.
type partial struct {
	bytes   []byte
	here    []bool // by piece
	missing int
	used    uint64 // when, in the order of pieces
	wanted  bool   // an AdmitApplet overtook the last pieces
	time    uint64 // that it told
}

// LoadApplet implements element.Applets. Nothing is told of what is missing still:
// pieces may arrive in another order at another member. Where AdmitApplet overtook them,
// since two other members were quicker, it is made good for now.
func (p *Platform) LoadApplet(r element.LoadApplet) (element.Verified, error) {
	if !fits(r) {
		return element.Verified{}, element.CodeMalformed
	}
	if late, ok := p.keep(r); ok {
		_, _ = p.AdmitApplet(late) // who asked for it heard another answer
	}
	return element.Verified{}, nil
}

// keep keeps a piece. It returns what had overtaken it, if it was the last.
func (p *Platform) keep(r element.LoadApplet) (late element.AdmitApplet, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.admitted[r.Package] != nil {
		return late, false
	}
	one := p.take(r.Package, int(r.Size))
	one.put(int(r.Piece), r.Data)
	ok = one.wanted && one.missing == 0
	one.wanted = one.wanted && !ok
	return element.AdmitApplet{Package: r.Package, Time: one.time}, ok
}

// want remembers that a package shall be admitted when it is whole.
func (p *Platform) want(r element.AdmitApplet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.partial[r.Package]
	if one == nil {
		one = p.take(r.Package, 0)
	}
	one.wanted, one.time = true, r.Time
}

// fits tells whether a piece has the length that its place wants.
func fits(r element.LoadApplet) bool {
	from := int64(r.Piece) * element.AppletPiece
	return r.Size <= applet.MaxPackage && from < int64(r.Size) && int64(len(r.Data)) == min(element.AppletPiece, int64(r.Size)-from)
}

// take finds a package that is partial, or begins one. Under mu.
func (p *Platform) take(id element.PackageID, size int) *partial {
	one := p.partial[id]
	if one == nil || len(one.bytes) != size {
		before := one
		delete(p.partial, id)
		if len(p.partial) >= applet.MaxPartial {
			delete(p.partial, p.oldest())
		}
		pieces := (size + element.AppletPiece - 1) / element.AppletPiece
		one = &partial{bytes: make([]byte, size), here: make([]bool, pieces), missing: pieces}
		if before != nil {
			one.wanted, one.time = before.wanted, before.time
		}
		p.partial[id] = one
	}
	p.clock++
	one.used = p.clock
	return one
}

func (p *Platform) oldest() (id element.PackageID) {
	least := ^uint64(0)
	for candidate, one := range p.partial {
		if one.used < least {
			id, least = candidate, one.used
		}
	}
	return id
}

func (one *partial) put(piece int, data []byte) {
	copy(one.bytes[piece*element.AppletPiece:], data)
	if !one.here[piece] {
		one.here[piece] = true
		one.missing--
	}
}

// whole is a copy of a package of which all pieces are here and right; nil: there is
// none. A piece that comes meanwhile changes nothing of it.
func (p *Platform) whole(id element.PackageID) []byte {
	p.mu.Lock()
	one := p.partial[id]
	if one == nil || one.missing > 0 {
		p.mu.Unlock()
		return nil
	}
	pkg := append([]byte(nil), one.bytes...)
	p.mu.Unlock()
	if applet.ID(pkg) != id {
		return nil
	}
	return pkg
}
