package element_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// platform is a double that runs applets, too: it answers with what it was asked.
type platform struct{ double }

func (p *platform) LoadApplet(element.LoadApplet) (v element.Verified, err error) { return v, p.err }
func (p *platform) AdmitApplet(r element.AdmitApplet) (element.AppletAdmitted, error) {
	return element.AppletAdmitted{Version: r.Time}, p.err
}

func (p *platform) RunApplet(r element.RunApplet, c *element.Chance) (element.AppletAnswer, error) {
	return element.AppletAnswer{Refused: uint16(c[0]), Output: r.Input}, p.err
}

func (p *platform) UnloadApplet(element.UnloadApplet) (v element.Verified, err error) {
	return v, p.err
}

// appletRequests are one of each kind, and its answer's body.
func appletRequests() map[element.Kind][2]any {
	return map[element.Kind][2]any{
		element.KindLoadApplet:   {element.LoadApplet{Size: 3, Data: []byte("abc")}, element.Verified{}},
		element.KindAdmitApplet:  {element.AdmitApplet{Time: 7}, element.AppletAdmitted{Version: 7}},
		element.KindRunApplet:    {element.RunApplet{Operation: 1, Input: []byte("in")}, element.AppletAnswer{Refused: 9, Output: []byte("in")}},
		element.KindUnloadApplet: {element.UnloadApplet{}, element.Verified{}},
	}
}

func TestOnlyAnElementThatRunsAppletsTakesTheirVerbs(t *testing.T) {
	verbs := uint32(0)
	for kind, c := range appletRequests() {
		verbs |= 1 << kind
		body, err := frame.Append(nil, c[0])
		if err != nil {
			t.Fatal(err)
		}
		want, err := frame.Append([]byte{kind | element.KindAnswer}, c[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := element.Handle(nil, &platform{}, kind, body, &element.Chance{9}); !bytes.Equal(got, want) {
			t.Errorf("%02x: %x", kind, got)
		}
		if got := element.Handle(nil, &platform{double{err: element.CodeNotLoaded}}, kind, body, &element.Chance{}); !bytes.Equal(got, []byte{element.KindRefusal, byte(element.CodeNotLoaded)}) {
			t.Errorf("%02x: %x", kind, got)
		}
		if got := element.Handle(nil, &double{}, kind, body, &element.Chance{}); !bytes.Equal(got, []byte{element.KindRefusal, byte(element.CodeMalformed)}) {
			t.Errorf("%02x: %x by one that runs none", kind, got)
		}
	}
	if verbs != element.AppletVerbs {
		t.Errorf("%08x", verbs)
	}
}

func TestClientAsksAboutApplets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	t.Cleanup(serve(t, path, &platform{}))
	c := element.NewClient(path, 1)
	t.Cleanup(c.Close)
	ctx := context.Background()
	admitted, err := c.AdmitApplet(ctx, element.AdmitApplet{Time: 5})
	answer, failed := c.RunApplet(ctx, element.RunApplet{Input: make([]byte, element.MaxAppletData)})
	if err := errors.Join(err, failed, c.LoadApplet(ctx, element.LoadApplet{Data: make([]byte, element.AppletPiece)}), c.UnloadApplet(ctx, element.UnloadApplet{})); err != nil {
		t.Fatal(err)
	}
	if admitted.Version != 5 || len(answer.Output) != element.MaxAppletData {
		t.Errorf("%d, %d bytes", admitted.Version, len(answer.Output))
	}
}
