package applets

import (
	"bytes"
	"crypto/ed25519"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

func TestWhatTheAuthorityDoesNotAnswerForIsRefused(t *testing.T) {
	w := newWorld(t)
	module, m := probe{body: echo()}.wasm(), applet.Manifest{Name: "probe", Developer: "acme", Version: 1, Pages: 1, Fuel: 1000}
	sign := func(m applet.Manifest, key ed25519.PrivateKey, cert []byte) []byte {
		pkg, err := applet.Sign(m, module, key, cert)
		if err != nil {
			t.Fatal(err)
		}
		return pkg
	}
	cert := w.certify("acme", "probe")
	good := sign(m, w.developer, cert)
	foreign := newWorld(t)
	foreign.developer = w.developer
	altered := bytes.Clone(good)
	altered[len(altered)-1] ^= 1
	for name, pkg := range map[string][]byte{
		"a key that is not certified":            sign(m, newKey(t), cert),
		"a developer of another authority":       sign(m, w.developer, foreign.certify("acme", "probe")),
		"an applet that is not the developer's":  sign(m, w.developer, w.certify("acme", "other")),
		"a developer under another's name":       sign(m, w.developer, w.certify("umbrella", "probe")),
		"a module with one bit altered":          altered,
		"a module that is longer":                append(bytes.Clone(good), 0),
		"a manifest with one byte altered":       bytes.Replace(good, []byte(`"version":1`), []byte(`"version":9`), 1),
		"a manifest in another form":             bytes.Replace(good, []byte(`"version":1,`), []byte(`"version": 1,`), 1),
		"no package":                             []byte("no package"),
		"a package of another version":           append([]byte{2}, good[1:]...),
		"a manifest that runs over the package":  {1, 0xFF, 0xFF, '{'},
		"a certificate of another role's letter": bytes.Replace(good, []byte(`"role":"applet"`), []byte(`"role":"licence"`), 1),
	} {
		id := bring(t, w.Platform, pkg)
		for range 2 { // asked again, it says the same
			if err := admit(w.Platform, id); code(err) != element.CodeSeal {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	id := bring(t, w.Platform, good)
	for name, at := range map[string]time.Time{"expired": now().Add(2 * time.Hour), "not valid yet": now().Add(-2 * time.Hour)} {
		if _, err := w.AdmitApplet(element.AdmitApplet{Package: id, Time: uint64(at.Unix())}); code(err) != element.CodeSeal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := admit(w.Platform, id); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestALowerVersionDoesNotComeBack(t *testing.T) {
	w := newWorld(t)
	of := func(version, minimum uint64) []byte {
		return w.pack(applet.Manifest{Version: version, Minimum: minimum, Pages: 1}, probe{body: echo()}.wasm())
	}
	refused := func(pkg []byte, why string) {
		t.Helper()
		if err := admit(w.Platform, bring(t, w.Platform, pkg)); code(err) != element.CodeNotLoaded {
			t.Errorf("%s: %v", why, err)
		}
	}
	one := w.load(of(1, 0))
	w.goesOn(one)
	five := w.load(of(5, 3))
	if _, c := w.asks(one, 0, ""); c != element.CodeNotLoaded {
		t.Errorf("the old version runs: %v", c)
	}
	refused(of(4, 0), "lower than the one that is here")
	refused(of(5, 0), "as high, and another package")
	w.goesOn(five)
	if _, err := w.UnloadApplet(element.UnloadApplet{Package: five}); err != nil {
		t.Fatal(err)
	}
	refused(of(2, 0), "lower than the minimum that was here")
	w.goesOn(w.load(of(3, 0)))
	if id := w.load(of(5, 3)); id != five {
		t.Error("the same package has another name")
	}
}

func TestPiecesComeInAnyOrderAndMoreThanOnce(t *testing.T) {
	w := newWorld(t)
	module := append(probe{body: echo()}.wasm(), section(0, append(text("padding"), bytes.Repeat([]byte{1}, 9000)...)...)...)
	pkg := w.pack(applet.Manifest{}, module)
	id := applet.ID(pkg)
	piece := func(i int) element.LoadApplet {
		from := i * element.AppletPiece
		return element.LoadApplet{Package: id, Size: uint32(len(pkg)), Piece: uint16(i), Data: pkg[from:min(len(pkg), from+element.AppletPiece)]}
	}
	for _, i := range []int{2, 0, 2} {
		if _, err := w.LoadApplet(piece(i)); err != nil {
			t.Fatal(err)
		}
		if err := admit(w.Platform, id); code(err) != element.CodeNotLoaded {
			t.Fatalf("admitted in part: %v", err)
		}
	}
	wrong := piece(1)
	wrong.Data = bytes.Repeat([]byte{9}, element.AppletPiece)
	if _, err := w.LoadApplet(wrong); err != nil {
		t.Fatal(err)
	}
	if err := admit(w.Platform, id); code(err) != element.CodeNotLoaded {
		t.Errorf("a wrong piece: %v", err)
	}
	if _, err := w.LoadApplet(piece(1)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := admit(w.Platform, id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.LoadApplet(piece(0)); err != nil {
			t.Fatal(err)
		}
	}
	w.goesOn(id)
}

func TestAnAdmissionThatOvertakesItsPiecesIsMadeGood(t *testing.T) {
	w := newWorld(t)
	pkg := w.pack(applet.Manifest{}, probe{body: echo()}.wasm())
	if err := admit(w.Platform, applet.ID(pkg)); code(err) != element.CodeNotLoaded {
		t.Fatal(err)
	}
	w.goesOn(bring(t, w.Platform, pkg))
	bad := append(pkg[:len(pkg):len(pkg)], 0)
	if err := admit(w.Platform, applet.ID(bad)); code(err) != element.CodeNotLoaded {
		t.Fatal(err)
	}
	if _, c := w.asks(bring(t, w.Platform, bad), 0, ""); c != element.CodeNotLoaded {
		t.Errorf("not what was signed, and runs: %v", c)
	}
}

func TestPiecesThatFitNowhereAreMalformed(t *testing.T) {
	w := newWorld(t)
	full := make([]byte, element.AppletPiece)
	for name, r := range map[string]element.LoadApplet{
		"of nothing":           {},
		"of too large a thing": {Size: applet.MaxPackage + 1, Data: full},
		"too short":            {Size: 5000, Data: full[1:]},
		"the last too long":    {Size: 5000, Piece: 1, Data: full},
		"behind the end":       {Size: 5000, Piece: 2, Data: full},
		"far behind the end":   {Size: 5000, Piece: 65535, Data: nil},
	} {
		if _, err := w.LoadApplet(r); code(err) != element.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.partial) != 0 {
		t.Error("something was kept")
	}
}

func TestWhatIsHalfLoadedAndWhatIsAdmittedAreBounded(t *testing.T) {
	w := newWorld(t)
	for i := range 100 {
		r := element.LoadApplet{Package: element.PackageID{byte(i)}, Size: applet.MaxPackage, Data: make([]byte, element.AppletPiece)}
		if _, err := w.LoadApplet(r); err != nil {
			t.Fatal(err)
		}
		if len(w.partial) > applet.MaxPartial {
			t.Fatalf("%d are half loaded", len(w.partial))
		}
	}
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	ids := []element.PackageID{}
	for i, name := range names {
		id := bring(t, w.Platform, w.pack(applet.Manifest{Name: name, Pages: 1}, probe{body: echo()}.wasm()))
		ids = append(ids, id)
		want := element.Code(0)
		if i >= applet.MaxAdmitted {
			want = element.CodeNotLoaded
		}
		if err := admit(w.Platform, id); code(err) != want {
			t.Errorf("number %d: %v", i, err)
		}
	}
	if _, err := w.UnloadApplet(element.UnloadApplet{Package: ids[0]}); err != nil {
		t.Fatal(err)
	}
	last := len(names) - 1
	if err := admit(w.Platform, ids[last]); err != nil {
		t.Errorf("with room: %v", err)
	}
	w.goesOn(ids[last])
}

func TestRunsLoadsAndUnloadsGoOnSideBySide(t *testing.T) {
	w := newWorld(t)
	pkg := w.pack(applet.Manifest{Pages: 1}, probe{body: echo()}.wasm())
	id := w.load(pkg)
	answered := make(chan int, 8)
	var wg sync.WaitGroup
	for range cap(answered) {
		wg.Go(func() {
			n := 0
			for range 50 {
				switch a, err := w.RunApplet(element.RunApplet{Package: id, Input: []byte("x")}, &element.Chance{}); code(err) {
				case 0:
					if string(a.Output) == "x" {
						n++
					}
				case element.CodeNotLoaded:
				default:
					t.Error(err)
				}
			}
			answered <- n
		})
	}
	for range 20 {
		if _, err := w.UnloadApplet(element.UnloadApplet{Package: id}); err != nil {
			t.Error(err)
		}
		w.load(pkg)
	}
	wg.Wait()
	close(answered)
	w.goesOn(id)
}
