//go:build linux

package estate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
)

// Names of the processes that a group of elements adds; its first member is Element.
const (
	ElementGcrypt = "element-gcrypt"
	ElementNettle = "element-nettle"
	MCU           = "mcu"
	Hub           = "hub" // where Options.Star is set
)

// GroupOfThree is Options.Elements for a group of three makes behind an MCU.
const GroupOfThree = 3

// branch and group are where a lane's elements stand in a star.
const branch, group = "demo", "lane"

// member is one element: its process, its world and its program.
type member struct {
	name    string
	world   premises.World
	make    string
	program string
}

// members are the elements of a lane's group, in the order of its transcript.
func members() []member {
	return []member{
		{Element, premises.Element, "stdlib", programElement},
		{ElementGcrypt, premises.ElementGcrypt, "gcrypt", "element-gcrypt"},
		{ElementNettle, premises.ElementNettle, "nettle", "element-nettle"},
	}
}

const programMCU = "mcu"

// groupPrograms are those that a group needs besides the others.
func groupPrograms() []string { return []string{"element-gcrypt", "element-nettle", programMCU} }

// grouped tells whether the acquirer asks a group and not one element.
func (l *Lane) grouped() bool { return l.options.Elements == GroupOfThree }

// elementNames are the processes behind the acquirer, who is asked last first.
func (l *Lane) elementNames() []string {
	if !l.grouped() {
		return []string{Element}
	}
	if l.options.Star {
		return []string{Element, ElementGcrypt, ElementNettle, Hub, MCU}
	}
	return []string{Element, ElementGcrypt, ElementNettle, MCU}
}

func memberOf(name string) (member, bool) {
	for _, m := range members() {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}

// gather makes a group's keys and identities, once.
func (l *Lane) gather() error {
	if !l.grouped() {
		return nil
	}
	var makes []ceremony.Make
	for _, m := range members() {
		makes = append(makes, ceremony.Make{World: string(m.world), Name: m.make})
	}
	if err := ceremony.Gather(l.Home, makes); err != nil || !l.options.Star {
		return err
	}
	return l.enlist()
}

// startElements starts what the acquirer needs: the members side by side, then who
// makes a group of them.
func (l *Lane) startElements(ctx context.Context) error {
	if err := l.choosePort(ctx); err != nil {
		return err
	}
	var steps []func() error
	for _, name := range l.elementNames() {
		if name != MCU { // the hub beside them: the MCU waits for it, not for its start
			steps = append(steps, func() error { return l.start(ctx, name) })
		}
	}
	if err := together(steps...); err != nil || !l.grouped() {
		return err
	}
	return l.start(ctx, MCU)
}

func (l *Lane) socketOf(m member) string {
	return filepath.Join(l.premises.Door(m.world), "element.sock")
}

func (l *Lane) elementSocket() string { return l.socketOf(members()[0]) }

func (l *Lane) configElement(c *child.Config, m member) {
	dir := l.as(c, m.world, m.program)
	c.Args = []string{
		"-socket", l.socketOf(m), "-keys", filepath.Join(dir, "keys.json"), "-kbpk", filepath.Join(dir, "kbpk"),
	}
	if l.grouped() {
		c.Args = append(c.Args, "-member", filepath.Join(dir, ceremony.Member))
	}
}

func (l *Lane) configMCU(c *child.Config) {
	dir := l.as(c, premises.MCU, programMCU)
	var sockets []string
	for _, m := range members() {
		sockets = append(sockets, l.socketOf(m))
	}
	c.Args = []string{
		"-socket", l.MCU, "-branch", branch, "-group", group, "-mode", "quorum", "-elements", strings.Join(sockets, ","),
		"-mcu", filepath.Join(dir, ceremony.Overseer), "-evidence", filepath.Join(dir, "evidence"),
	}
	if l.options.Star {
		c.Args = append(c.Args, "-nats", l.starURL(), "-nats-seed", filepath.Join(dir, seedFile))
	}
}

// elementArgs tell the acquirer where its elements are.
func (l *Lane) elementArgs(dir string) []string {
	if !l.grouped() {
		return []string{"-element", l.elementSocket()}
	}
	if l.options.Star {
		return []string{"-star", l.starURL(), "-star-seed", filepath.Join(dir, seedFile), "-pool-client", filepath.Join(dir, ceremony.PoolClient)}
	}
	return []string{"-mcu", branch + "/" + group + "=" + l.MCU, "-pool-client", filepath.Join(dir, ceremony.PoolClient)}
}

// memberReady opens an element's socket to who may ask it, and to nobody else.
func (l *Lane) memberReady(m member) func(context.Context) bool {
	asker := premises.Acquirer
	if l.grouped() {
		asker = premises.MCU
	}
	return func(ctx context.Context) bool { return l.giveDoor(ctx, l.socketOf(m), asker) }
}

// mcuReady: a group serves when its members have agreed.
func (l *Lane) mcuReady(ctx context.Context) bool {
	p, err := elements.View(ctx, l.MCU)
	return err == nil && p.State == "serving" && l.giveDoor(ctx, l.MCU, premises.Acquirer)
}

func (l *Lane) giveDoor(ctx context.Context, socket string, w premises.World) bool {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return l.premises.Give(socket, w) == nil
}

// checkElements refuses a number of elements that no lane has.
func (o Options) checkElements() error {
	if !slices.Contains([]int{1, GroupOfThree}, o.Elements) {
		return fmt.Errorf("a lane has 1 element or %d, not %d", GroupOfThree, o.Elements)
	}
	if o.Star && o.Elements != GroupOfThree {
		return errors.New("one element alone is asked at its socket: a star is of groups")
	}
	return nil
}
