package element

import "context"

// Kinds of the requests about applets, which programs of other developers run in: the
// last numbers that a set of verbs has. See package applet.
const (
	KindLoadApplet   Kind = 0x1C
	KindAdmitApplet  Kind = 0x1D
	KindRunApplet    Kind = 0x1E
	KindUnloadApplet Kind = 0x1F
)

// AppletVerbs are those of an element that runs applets.
const AppletVerbs uint32 = 1<<KindLoadApplet | 1<<KindAdmitApplet | 1<<KindRunApplet | 1<<KindUnloadApplet

// SlotAppletRoot is where all keys of applets come from, the same in all members of a
// group: B3 A X, 32 bytes. An element that runs no applets has none.
const SlotAppletRoot Slot = "applet.root"

const (
	// AppletPiece is the length of every piece of a package but its last: one fits the
	// frame of a host message.
	AppletPiece = 4096
	// MaxAppletData is what an applet is asked and what it answers at most.
	MaxAppletData = 4096
)

// PackageID is the SHA-256 of an applet's package, which names it.
type PackageID [32]byte

// LoadApplet brings one piece of a package. Pieces may come in any order and more than
// once.
type LoadApplet struct {
	Package PackageID
	Size    uint32 // of the whole package
	Piece   uint16 // from 0
	Data    []byte `max:"4096"` // AppletPiece bytes; of the last piece the rest
}

// AdmitApplet verifies a package of which all pieces are there, and makes it ready to
// run.
type AdmitApplet struct {
	Package PackageID
	Time    uint64 // seconds since 1970, for certificates: elements have no clock
}

// AppletAdmitted answers AdmitApplet.
type AppletAdmitted struct {
	Version uint64
}

// RunApplet asks an applet.
type RunApplet struct {
	Package   PackageID
	Operation uint32
	Input     []byte `max:"4096"`
}

// AppletAnswer answers RunApplet.
type AppletAnswer struct {
	Refused uint16 // the applet's own reason, 1 to 999; 0: it answers
	Output  []byte `max:"4096"`
}

// UnloadApplet forgets a package, whatever is there of it.
type UnloadApplet struct {
	Package PackageID
}

// Applets are the operations of an element that runs applets, beside Operations. The
// rules are those of Operations.
type Applets interface {
	LoadApplet(LoadApplet) (Verified, error)
	AdmitApplet(AdmitApplet) (AppletAdmitted, error)
	RunApplet(RunApplet, *Chance) (AppletAnswer, error)
	UnloadApplet(UnloadApplet) (Verified, error)
}

// applets answers a request about applets, where the element runs them.
func applets(dst []byte, ops Operations, kind Kind, body []byte, chance *Chance) []byte {
	a, ok := ops.(Applets)
	if !ok {
		return refuse(dst, CodeMalformed)
	}
	switch kind {
	case KindLoadApplet:
		return respond(dst, kind, body, a.LoadApplet)
	case KindAdmitApplet:
		return respond(dst, kind, body, a.AdmitApplet)
	case KindRunApplet:
		return respond(dst, kind, body, func(r RunApplet) (AppletAnswer, error) { return a.RunApplet(r, chance) })
	}
	return respond(dst, kind, body, a.UnloadApplet)
}

// LoadApplet brings one piece of a package.
func (c *Client) LoadApplet(ctx context.Context, r LoadApplet) error {
	_, err := call[Verified](ctx, c, KindLoadApplet, r)
	return err
}

// AdmitApplet has a package verified and made ready.
func (c *Client) AdmitApplet(ctx context.Context, r AdmitApplet) (AppletAdmitted, error) {
	return call[AppletAdmitted](ctx, c, KindAdmitApplet, r)
}

// RunApplet asks an applet.
func (c *Client) RunApplet(ctx context.Context, r RunApplet) (AppletAnswer, error) {
	return call[AppletAnswer](ctx, c, KindRunApplet, r)
}

// UnloadApplet has a package forgotten.
func (c *Client) UnloadApplet(ctx context.Context, r UnloadApplet) error {
	_, err := call[Verified](ctx, c, KindUnloadApplet, r)
	return err
}
