package applet

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Loader is an element, or a group of them: element.Client and pool.Client are.
type Loader interface {
	LoadApplet(ctx context.Context, r element.LoadApplet) error
	AdmitApplet(ctx context.Context, r element.AdmitApplet) (element.AppletAdmitted, error)
}

// Load brings a package to an element, piece by piece, and has it admitted at this time.
// It may be called again at any time, and should be when a member of a group came back:
// who has it already is sent it for nothing. Errors are Codes of package element, or ErrPackage.
func Load(ctx context.Context, to Loader, pkg []byte, now time.Time) (version uint64, err error) {
	if len(pkg) == 0 || len(pkg) > MaxPackage {
		return 0, ErrPackage
	}
	id := ID(pkg)
	for i := 0; i*element.AppletPiece < len(pkg); i++ {
		from := i * element.AppletPiece
		piece := element.LoadApplet{
			Package: id, Size: uint32(len(pkg)), Piece: uint16(i),
			Data: pkg[from:min(from+element.AppletPiece, len(pkg))],
		}
		if err := to.LoadApplet(ctx, piece); err != nil {
			return 0, err
		}
	}
	a, err := to.AdmitApplet(ctx, element.AdmitApplet{Package: id, Time: uint64(max(now.Unix(), 0))})
	return a.Version, err
}
