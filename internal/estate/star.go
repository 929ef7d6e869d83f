//go:build linux

package estate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
)

const (
	programHub = "hub"
	// seedFile is by which a world may use the bus, and usersFile who may.
	seedFile, usersFile = "bus.seed", "users.json"
)

// busUser is a user of the bus as its server's file has it (package bus/server).
type busUser struct {
	Role struct {
		Kind   string `json:"kind"`
		Name   string `json:"name,omitempty"`
		Branch string `json:"branch,omitempty"`
		Group  string `json:"group,omitempty"`
	} `json:"role"`
	NKey string `json:"nkey"`
}

// enlist makes the seeds of MCU and acquirer and the hub's list of them, once.
func (l *Lane) enlist() error {
	worlds := filepath.Join(l.Home, ceremony.Worlds)
	list := filepath.Join(worlds, string(premises.Hub), usersFile)
	if _, err := os.Stat(list); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(list), 0o700); err != nil {
		return err
	}
	var mcu, host busUser
	mcu.Role.Kind, mcu.Role.Name, mcu.Role.Branch, mcu.Role.Group = "mcu", "mcu", branch, group
	host.Role.Kind, host.Role.Name = "client", "acquirer"
	for w, u := range map[premises.World]*busUser{premises.MCU: &mcu, premises.Acquirer: &host} {
		key, err := l.newSeed(filepath.Join(worlds, string(w), seedFile))
		if err != nil {
			return err
		}
		u.NKey = key
	}
	b, err := json.Marshal([]busUser{mcu, host})
	if err != nil {
		return err
	}
	return os.WriteFile(list, append(b, '\n'), 0o600)
}

// newSeed has the hub's program make a seed and returns the public half.
func (l *Lane) newSeed(path string) (string, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of a cut-off ceremony
		return "", err
	}
	out, err := exec.Command(filepath.Join(l.options.Programs, programHub), "key", path).Output() //nolint:gosec,noctx // own program
	if err != nil {
		return "", fmt.Errorf("making a seed for the bus: %w", err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// starURL is where the hub listens: a port that was free at the lane's start.
func (l *Lane) starURL() string { return "nats://" + l.listen(Hub, "") }

// choosePort finds one for the hub, whom others look for before it listens.
func (l *Lane) choosePort(ctx context.Context) error {
	if !l.options.Star {
		return nil
	}
	var c net.ListenConfig
	free, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	l.keepAddress(Hub, free.Addr().String())
	return free.Close()
}

func (l *Lane) configHub(c *child.Config) {
	dir := l.as(c, premises.Hub, programHub)
	c.Args = []string{
		"-name", "centre", "-domain", "centre", "-listen", l.listen(Hub, ""), "-users", filepath.Join(dir, usersFile),
		"-folder", filepath.Join(dir, "registry"), "-view", l.Star,
	}
}

// hubReady: it tells of the star, though nobody is in it yet.
func (l *Lane) hubReady(ctx context.Context) bool {
	_, err := elements.Centre(ctx, l.Star)
	return err == nil
}
