package command

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/applet"
)

// Files of who signs applets.
const (
	appletKey         = "applet.key"         // an authority's or a developer's, PKCS #8
	appletPublic      = "applet.pem"         // its public part; an authority's goes to each element
	appletCertificate = "applet.certificate" // a developer's
)

// appletFlags are those of `strongroom applet`.
type appletFlags struct {
	developer, key, names, functions, element, out string
	version, minimum, fuel                         uint64
	pages                                          uint
}

func (a *appletFlags) register(f *flag.FlagSet) {
	f.StringVar(&a.developer, "developer", "", "certify: the developer's name; sign: his `folder`")
	f.StringVar(&a.key, "key", "", "certify: the developer's applet.pem, `file`")
	f.StringVar(&a.names, "names", "", "certify: applets that he may sign, with commas; sign: his name and the applet's, as acme,reference")
	f.StringVar(&a.functions, "functions", "", "sign: chance, cmac, hmac, seal: in this order, with commas")
	f.StringVar(&a.out, "out", appletCertificate, "certify: the certificate, `file`")
	f.Uint64Var(&a.version, "version", 1, "sign: an older one is not admitted over it")
	f.Uint64Var(&a.minimum, "minimum", 0, "sign: versions below are not admitted after it")
	f.Uint64Var(&a.fuel, "fuel", applet.MaxFuel, "sign: instructions of one run")
	f.UintVar(&a.pages, "pages", 64, "sign: memory of one run, pages of 64 KiB")
	f.StringVar(&a.element, "element", "", "load: `socket` of an element that serves alone")
}

// applets is `strongroom applet`.
func applets(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	f := flag.NewFlagSet("strongroom applet "+args[0], flag.ContinueOnError)
	f.SetOutput(stderr)
	var a appletFlags
	a.register(f)
	names, err := mixed(f, args[1:])
	if err != nil {
		return help(err)
	}
	if len(names) == 1 {
		switch args[0] {
		case "key":
			return makeAppletKey(names[0], stdout)
		case "certify":
			return a.certify(names[0], stdout)
		case "sign":
			return a.sign(names[0], stdout)
		case "load":
			return a.load(ctx, names[0], stdout)
		}
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

// makeAppletKey makes the key of an authority or a developer in a folder, which must not
// have one.
func makeAppletKey(folder string, out io.Writer) error {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	defer clear(key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	defer clear(der)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	private, err := os.OpenFile(filepath.Join(folder, appletKey), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(pem.Encode(private, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), private.Close()); err != nil {
		return err
	}
	text, err := applet.EncodeAuthority(public)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the public key is %s\n", filepath.Join(folder, appletPublic))
	return os.WriteFile(filepath.Join(folder, appletPublic), text, 0o644) //nolint:gosec // public
}

func readAppletKey(folder string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(filepath.Join(folder, appletKey)) //nolint:gosec // named by the operator
	if err != nil {
		return nil, err
	}
	defer clear(text)
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New(appletKey + " is no key")
	}
	defer clear(block.Bytes)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if k, ok := key.(ed25519.PrivateKey); err == nil && ok {
		return k, nil
	}
	return nil, errors.New(appletKey + " is no Ed25519 key")
}

// certify gives a developer his certificate, with the authority's key in folder.
func (a *appletFlags) certify(folder string, out io.Writer) error {
	key, err := readAppletKey(folder)
	if err != nil {
		return err
	}
	defer clear(key)
	text, err := os.ReadFile(a.key)
	if err != nil {
		return err
	}
	public, err := applet.ParseAuthority(text)
	if err != nil {
		return err
	}
	now := time.Now()
	cert, err := applet.Certify(key, a.developer, public, now.Add(-time.Hour), now.AddDate(0, 0, signedDays), strings.Split(a.names, ",")...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s may sign %s; his certificate is %s\n", a.developer, a.names, a.out)
	return os.WriteFile(a.out, cert, 0o644) //nolint:gosec // signed, and for everybody
}

// sign makes NAME.applet of NAME.wasm.
func (a *appletFlags) sign(module string, out io.Writer) error {
	wasm, err := os.ReadFile(module) //nolint:gosec // named by the developer
	if err != nil {
		return err
	}
	m, err := a.manifest()
	if err != nil {
		return err
	}
	key, err := readAppletKey(a.developer)
	if err != nil {
		return err
	}
	defer clear(key)
	cert, err := os.ReadFile(filepath.Join(a.developer, appletCertificate))
	if err != nil {
		return err
	}
	pkg, err := applet.Sign(m, wasm, key, cert)
	if err != nil {
		return err
	}
	file := strings.TrimSuffix(module, ".wasm") + ".applet"
	fmt.Fprintf(out, "%s version %d of %s is signed: %x\n", m.Name, m.Version, m.Developer, applet.ID(pkg))
	return os.WriteFile(file, pkg, 0o644) //nolint:gosec // signed, and for everybody
}

func (a *appletFlags) manifest() (applet.Manifest, error) {
	developer, name, ok := strings.Cut(a.names, ",")
	var words []string
	if a.functions != "" {
		words = strings.Split(a.functions, ",")
	}
	functions, known := applet.ParseWords(words)
	if !ok || !known || a.pages > applet.MaxPages {
		return applet.Manifest{}, applet.ErrManifest
	}
	return applet.Manifest{Name: name, Developer: developer, Version: a.version, Minimum: a.minimum,
		Functions: functions, Pages: uint32(a.pages), Fuel: a.fuel}, nil
}

// load brings a package to an element that serves alone.
func (a *appletFlags) load(ctx context.Context, file string, out io.Writer) error {
	pkg, err := os.ReadFile(file) //nolint:gosec // named by the operator
	if err != nil {
		return err
	}
	c := element.NewClient(a.element, 1)
	defer c.Close()
	version, err := applet.Load(ctx, c, pkg, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "version %d is admitted: %x\n", version, applet.ID(pkg))
	return nil
}
