package boot

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
)

// Published is the addresses file: it exists while a kernel serves.
type Published struct {
	Doors         map[string]string `json:"doors"`
	Version       uint64            `json:"version"`
	Starts        int               `json:"starts"`
	KernelPID     int               `json:"kernel_pid"`
	LayersInForce []string          `json:"layers_in_force"`
	LayersMissing []string          `json:"layers_missing"`
}

func (b *Boot) publish(m handover.Ready, version uint64, pid int) error {
	p := Published{
		Doors: map[string]string{}, Version: version, Starts: int(b.starts.Load()), KernelPID: pid,
		LayersInForce: sandbox.Names(m.InForce), LayersMissing: sandbox.Names(m.Missing),
	}
	for _, d := range b.doors {
		address := d.listener.Addr()
		p.Doors[d.name] = address.Network() + ":" + address.String()
	}
	encoded, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return replace(b.cfg.Addresses, append(encoded, '\n'))
}

// replace writes beside and renames, so that a reader sees a whole file.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".addresses-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
