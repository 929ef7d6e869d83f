//go:build linux

package command

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/updates"
	"github.com/strongroom-pos/strongroom/secureworld/control"
)

// updateFlags are what `strongroom update` is told.
type updateFlags struct {
	settings
	repository, place string
	version, minimum  uint64
}

// update is `strongroom update`.
func update(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	does := map[string]func(context.Context, updateFlags, io.Writer) error{
		"publish": publish, "list": listReleases, "stage": stage, "activate": activate, "status": updateStatus, "history": history, "licence": license,
	}
	if len(args) == 0 || does[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	var u updateFlags
	f := u.flags(args[0], stderr)
	if err := parse(f, args[1:]); err != nil {
		return help(err)
	}
	if u.repository == "" {
		u.repository = estate.Repository(u.home)
	}
	return does[args[0]](ctx, u, stdout)
}

func (u *updateFlags) flags(name string, stderr io.Writer) *flag.FlagSet {
	f := flags("update "+name, stderr, &u.settings)
	f.StringVar(&u.repository, "from", "", "`folder` of the repository (repository, below -var)")
	f.Uint64Var(&u.version, "version", 0, "`number` of the release; 0 is the newest")
	switch name {
	case "publish":
		f.StringVar(&u.programs, "bin", defaultPrograms(), "`directory` of the built programs")
		f.Uint64Var(&u.minimum, "minimum", 1, "`number` below which releases are refused once this one proved healthy")
	case "activate":
		f.StringVar(&u.place, "place", "", "`place` to run: a, b or factory (what was staged)")
	}
	return f
}

func publish(_ context.Context, u updateFlags, out io.Writer) error {
	version, err := estate.Publish(u.home, u.repository, estate.Issue{Programs: u.programs, Version: u.version, Minimum: u.minimum})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "version %d is in %s\n", version, u.repository)
	return nil
}

// openRepository verifies it against what this home saw of it before.
func (u updateFlags) openRepository() (*updates.Repository, error) {
	key, err := ceremony.UpdatesKey(u.home)
	if err != nil {
		return nil, err
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the repository's key is no Ed25519 key")
	}
	return updates.Open(u.repository, public, filepath.Join(u.home, "release", "seen.checkpoint"), time.Now())
}

// release is the one asked for, with its files, verified.
func (u updateFlags) release() (updates.Release, map[string][]byte, error) {
	r, err := u.openRepository()
	if err != nil {
		return updates.Release{}, nil, err
	}
	release, err := r.Find(u.version)
	if err != nil {
		return updates.Release{}, nil, err
	}
	files, err := r.Load(release)
	return release, files, err
}

func listReleases(_ context.Context, u updateFlags, out io.Writer) error {
	r, err := u.openRepository()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "VERSION\tFILES\tKERNEL")
	for _, release := range r.Releases() {
		for _, f := range release.Files {
			if f.Name == "kernel" {
				fmt.Fprintf(t, "%d\t%d\t%x…\n", release.Version, len(release.Files), f.SHA256[:8])
			}
		}
	}
	fmt.Fprintf(t, "\nall that there is until %s\n", r.Until().Format(time.RFC3339))
	return t.Flush()
}

// dial opens the control door of the lane that runs from a home.
func dial(home string) (*control.Client, error) {
	places, err := estate.Find(home)
	if err != nil {
		return nil, err
	}
	return control.Dial(places.Control)
}

// through does one thing through the control door.
func through(home string, do func(*control.Client) error) error {
	c, err := dial(home)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

// stage hands a release to boot, which verifies it and keeps it in the spare slot.
func stage(_ context.Context, u updateFlags, out io.Writer) error {
	release, files, err := u.release()
	if err != nil {
		return err
	}
	return through(u.home, func(c *control.Client) error {
		version, err := c.Submit(control.KindImage, Contents(files))
		if err != nil {
			return fmt.Errorf("staging version %d: %w", release.Version, err)
		}
		fmt.Fprintf(out, "version %d is staged; strongroom update activate lets it run\n", version)
		return nil
	})
}

// Contents are files by their names in a slot as the control door takes them.
func Contents(files map[string][]byte) []control.Content {
	var out []control.Content
	for name, b := range files {
		out = append(out, control.Content{File: fileOf(name), Bytes: b})
	}
	return out
}

func fileOf(name string) control.File {
	if application, ok := strings.CutSuffix(name, ".wasm"); ok {
		return control.File{Role: control.RoleModule, Name: application}
	}
	if application, ok := strings.CutSuffix(name, ".statement"); ok {
		return control.File{Role: control.RoleStatement, Name: application}
	}
	if application, ok := strings.CutSuffix(name, ".countersignature"); ok {
		return control.File{Role: control.RoleCountersignature, Name: application}
	}
	return control.File{Role: map[string]control.Role{
		"kernel": control.RoleKernel, "kernel.manifest": control.RoleManifest, "licence": control.RoleLicence,
	}[name]}
}

// license replaces the licence of the app world by that of a release.
func license(_ context.Context, u updateFlags, out io.Writer) error {
	release, files, err := u.release()
	if err != nil {
		return err
	}
	return through(u.home, func(c *control.Client) error {
		if _, err := c.Submit(control.KindLicence, Contents(map[string][]byte{"licence": files["licence"]})); err != nil {
			return fmt.Errorf("replacing the licence: %w", err)
		}
		fmt.Fprintf(out, "the licence of version %d is in force; the kernel goes on\n", release.Version)
		return nil
	})
}

// activate lets a staged image run, and waits until it proved healthy or was
// given up.
func activate(ctx context.Context, u updateFlags, out io.Writer) error {
	return through(u.home, func(c *control.Client) error {
		place, err := choosePlace(c, u.place)
		if err != nil {
			return err
		}
		version, err := c.Activate(place)
		if err != nil {
			return fmt.Errorf("activating version %d: %w", version, err)
		}
		fmt.Fprintf(out, "version %d (%s) is being tried\n", version, place)
		s, err := Settled(ctx, c)
		if err != nil {
			return err
		}
		if s.Active != place {
			return fmt.Errorf("fell back to %s: %s", s.Running, s.Reason)
		}
		fmt.Fprintf(out, "version %d proved healthy and stays\n", version)
		return nil
	})
}

func choosePlace(c *control.Client, name string) (control.Place, error) {
	s, err := c.Standing()
	if err != nil {
		return control.NoPlace, err
	}
	for i, image := range s.Images {
		place := control.Factory + control.Place(i)
		if name == place.String() || name == "" && image.State == control.Staged {
			return place, nil
		}
	}
	return control.NoPlace, errors.New("nothing is staged; strongroom update stage first")
}

// Settled waits until no image is on trial.
func Settled(ctx context.Context, c *control.Client) (control.Standing, error) {
	for {
		s, err := c.Standing()
		if err != nil || s.Pending == control.NoPlace {
			return s, err
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func updateStatus(_ context.Context, u updateFlags, out io.Writer) error {
	return through(u.home, func(c *control.Client) error {
		s, err := c.Standing()
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "PLACE\tSTATE\tVERSION\tKERNEL\t")
		for i, image := range s.Images {
			place := control.Factory + control.Place(i)
			fmt.Fprintf(t, "%s\t%s\t%d\t%x…\t%s\n", place, image.State, image.Version, image.Kernel[:8], marks(s, place))
		}
		fmt.Fprintf(t, "\noldest version permitted\t%d (kept in a %s)\n", s.Counter, s.Strength)
		fmt.Fprintf(t, "last refusal or fall-back\t%s\n", reason(s.Reason))
		return t.Flush()
	})
}

func marks(s control.Standing, p control.Place) string {
	var marks []string
	for _, m := range []struct {
		is   control.Place
		what string
	}{{s.Running, "runs"}, {s.Active, "active"}, {s.Pending, fmt.Sprintf("on trial, try %d", s.Tries)}} {
		if m.is == p {
			marks = append(marks, m.what)
		}
	}
	return strings.Join(marks, ", ")
}

func reason(r control.Reason) string {
	if r == control.Accepted {
		return "none"
	}
	return r.String()
}

func history(_ context.Context, u updateFlags, out io.Writer) error {
	return through(u.home, func(c *control.Client) error {
		entries, err := c.History()
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "TIME\tWHAT\tVERSION\tPLACE\tREASON")
		for _, e := range entries {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", time.Unix(e.Time, 0).Format(time.DateTime), e.Event, e.Version, e.Place, reason(e.Reason))
		}
		return t.Flush()
	})
}

// app is `strongroom app`.
func app(_ context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return errUsage
	}
	var s settings
	f := flags("app "+args[0], stderr, &s)
	var m manifestFlags
	if args[0] == "sign" {
		m.register(f)
	}
	names, err := mixed(f, args[1:])
	if err != nil {
		return help(err)
	}
	switch {
	case args[0] == "list" && len(names) == 0:
		return through(s.home, func(c *control.Client) error { return listApplications(c, stdout) })
	case args[0] == "install" && len(names) == 1:
		return through(s.home, func(c *control.Client) error { return install(c, names[0], stdout) })
	case args[0] == "sign" && len(names) == 1:
		return signApplication(s.home, names[0], &m, stdout)
	case args[0] == "remove" && len(names) == 1:
		return through(s.home, func(c *control.Client) error { return c.Remove(names[0]) })
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}

func listApplications(c *control.Client, out io.Writer) error {
	list, err := c.Applications()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tVERSION\tFROM\tMODULE")
	for _, a := range list {
		fmt.Fprintf(t, "%s\t%d\t%s\t%x…\n", a.Name, a.Version, a.Origin, a.SHA256[:8])
	}
	return t.Flush()
}

// install takes NAME.wasm; its statement, and its countersignature where it has
// one, lie beside it.
func install(c *control.Client, module string, out io.Writer) error {
	base := strings.TrimSuffix(module, ".wasm")
	name := filepath.Base(base)
	var files []control.Content
	for _, part := range []struct {
		suffix string
		role   control.Role
		must   bool
	}{{".wasm", control.RoleModule, true}, {".statement", control.RoleStatement, true}, {".countersignature", control.RoleCountersignature, false}} {
		b, err := os.ReadFile(base + part.suffix)
		if errors.Is(err, os.ErrNotExist) && !part.must {
			continue
		}
		if err != nil {
			return err
		}
		files = append(files, control.Content{File: control.File{Role: part.role, Name: name}, Bytes: b})
	}
	version, err := c.Submit(control.KindApplication, files)
	if err != nil {
		return fmt.Errorf("installing %s: %w", name, err)
	}
	fmt.Fprintf(out, "%s version %d runs\n", name, version)
	return nil
}
